#pragma once

#include <google/protobuf/repeated_field.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "journal/saved_version.h"
#include "journal/schema_index.h"
#include "journal/session_id.h"
#include "uow/v1/save_service.pb.h"
#include "uow/v1/value.pb.h"

namespace uow {

// The versions that saves gave to rows, as format.md stores them: in buckets of the handles family that grow by merges, so that
// saving them needs no look at what is there.

// Where a row's records are: rows with neighbouring integer keys share a bucket.
struct RowVersionPlace {
  std::string bucket;  // the key in the handles family
  uint64_t slot = 0;   // the row's number within it
};

// The row's key has no handles.
RowVersionPlace PlaceRowVersion(const SessionId& id, uint32_t table, absl::Span<const v1::Value> key);
RowVersionPlace PlaceRowVersion(const SessionId& id, uint32_t table, const google::protobuf::RepeatedPtrField<v1::Value>& key);
// Whether a key of the handles family is one of these buckets.
bool IsVersionBucket(absl::string_view key);

// Adds the records of the versions that a save gave, as merge operands by key of the handles family.
void CollectRowVersions(const SessionId& id, const SchemaIndex& schema, const std::vector<v1::GeneratedEntity>& generated,
                        std::map<std::string, std::string>& buckets);
// A record of a save that gave the row the version `field.value`, in place of `field.old` where that is known; to be appended to a
// bucket, which begins with kRecordVersion.
void AppendRowVersion(uint64_t slot, const v1::Field& field, std::string& bucket);
// Reads what a bucket says of a row; false where that is nothing. An error where the bucket is malformed.
absl::StatusOr<bool> FindRowVersion(absl::string_view bucket, uint64_t slot, SavedVersion& saved);
// Drops what nobody asks for any more: all but a row's last 16 records. A malformed bucket stays as it is.
void TrimRowVersions(std::string& bucket);

}  // namespace uow
