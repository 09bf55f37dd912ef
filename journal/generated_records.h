#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "journal/schema_index.h"
#include "journal/session_id.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

// What a save generated, as format.md stores it. Making it takes a while with many rows, and nothing of the journal: whoever saves
// can do so while the target is at work.
struct GeneratedRecords {
  std::vector<std::string> pages;  // of EncodeGeneratedPages
  // Merge operands by key of the handles family: the keys of handles, and the versions of rows.
  std::map<std::string, std::string> operands;
};

// Whether there is any version among what was generated. Only then a schema is needed.
bool HasVersions(const std::vector<v1::GeneratedEntity>& generated);

// `schema`: may be null without versions. INTERNAL for an entity whose two keys differ in size.
absl::StatusOr<GeneratedRecords> MakeGeneratedRecords(const SessionId& id, const SchemaIndex* schema,
                                                      const std::vector<v1::GeneratedEntity>& generated);

}  // namespace uow
