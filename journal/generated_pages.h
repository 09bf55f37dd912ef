#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "journal/session_id.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

// What a save generated, as format.md stores it: pages of entities for reading it back, and buckets of handles for resolving one.

std::vector<std::string> EncodeGeneratedPages(const std::vector<v1::GeneratedEntity>& generated);
// The serialised GroupedValues in a page that EncodeGeneratedPages wrote.
absl::string_view GroupedValuesOf(absl::string_view page);
// Adds the page's entities. False for a malformed page.
bool DecodeGeneratedPage(absl::string_view value, std::vector<v1::GeneratedEntity>& entities);

// Adds merge operands by key of the handles family. INTERNAL for an entity whose two keys differ in size.
absl::Status CollectHandles(const SessionId& id, const std::vector<v1::GeneratedEntity>& generated,
                            std::map<std::string, std::string>& buckets);
// Looks a handle up in its bucket. An error where the bucket is malformed.
absl::StatusOr<bool> FindHandle(absl::string_view bucket, uint64_t counter, v1::Value& value);

}  // namespace uow
