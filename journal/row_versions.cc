#include "journal/row_versions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "journal/coding.h"
#include "journal/errors.h"
#include "journal/records.h"

namespace uow {
namespace {

constexpr size_t kMaxRecords = 16;  // of a row
constexpr uint64_t kRowsPerBucket = 128;
// Handles begin with their writer, which is printable.
constexpr char kVersionsMark = '\x01';
constexpr char kIntegerKeys = 'i', kAnyKey = 'k';

struct Record {
  uint64_t slot = 0;
  absl::string_view version;
  absl::string_view old;  // empty where it isn't known
};

bool Read(Decoder& in, Record& record) {
  record.slot = in.Varint();
  record.version = in.String();
  record.old = in.String();
  return in.ok();
}

template <typename Key>
RowVersionPlace Place(const SessionId& id, uint32_t table, const Key& key) {
  RowVersionPlace place;
  place.bucket.assign(id.AsBytes().data(), id.AsBytes().size());
  place.bucket += kVersionsMark;
  PutVarint(table, place.bucket);
  if (key.size() == 1 && key[0].has_int64_value()) {
    const auto number = static_cast<uint64_t>(key[0].int64_value());
    place.bucket += kIntegerKeys;
    PutBigEndian64(number / kRowsPerBucket, place.bucket);
    place.slot = number % kRowsPerBucket;
    return place;
  }
  place.bucket += kAnyKey;
  for (const v1::Value& value : key) PutString(value.SerializeAsString(), place.bucket);
  return place;
}

}  // namespace

RowVersionPlace PlaceRowVersion(const SessionId& id, uint32_t table, absl::Span<const v1::Value> key) {
  return Place(id, table, key);
}

RowVersionPlace PlaceRowVersion(const SessionId& id, uint32_t table, const google::protobuf::RepeatedPtrField<v1::Value>& key) {
  return Place(id, table, key);
}

bool IsVersionBucket(absl::string_view key) {
  const size_t mark = SessionId().AsBytes().size();
  return key.size() > mark && key[mark] == kVersionsMark;
}

void AppendRowVersion(uint64_t slot, const v1::Field& field, std::string& bucket) {
  PutVarint(slot, bucket);
  auto put = [&bucket](const v1::Value& value) {
    PutVarint(value.ByteSizeLong(), bucket);
    value.AppendToString(&bucket);
  };
  put(field.value());
  if (field.has_old()) {
    put(field.old());
  } else {
    PutVarint(0, bucket);
  }
}

void CollectRowVersions(const SessionId& id, const SchemaIndex& schema, const std::vector<v1::GeneratedEntity>& generated,
                        std::map<std::string, std::string>& buckets) {
  // Rows mostly come in order of their keys: then the next one is in the bucket of the one before.
  std::string last;
  std::string* bucket = nullptr;
  for (const v1::GeneratedEntity& entity : generated) {
    for (const v1::Field& field : entity.fields()) {
      if (entity.table() >= schema.table_count() || schema.version_column(entity.table()) != static_cast<int>(field.column())) {
        continue;
      }
      RowVersionPlace place = PlaceRowVersion(id, entity.table(), entity.generated_key());
      if (bucket == nullptr || place.bucket != last) {
        bucket = &buckets[place.bucket];
        if (bucket->empty()) bucket->push_back(kRecordVersion);
        last = std::move(place.bucket);
      }
      AppendRowVersion(place.slot, field, *bucket);
    }
  }
}

absl::StatusOr<bool> FindRowVersion(absl::string_view bucket, uint64_t slot, SavedVersion& saved) {
  absl::string_view bytes;
  if (!DecodeVersioned(bucket, bytes)) return InternalError("the record has an unknown version");
  auto parse = [](absl::string_view from, v1::Value& value) {
    return value.ParseFromArray(from.data(), static_cast<int>(from.size()));
  };
  bool any = false;
  saved.replaced.clear();
  for (Decoder in(bytes); !in.done();) {
    Record record;
    if (!Read(in, record)) return InternalError("the record is malformed");
    if (record.slot != slot) continue;
    any = true;
    // A version that somebody else gave the row in between would have made the save fail.
    if (record.old.empty()) {
      saved.replaced.clear();
    } else if (!parse(record.old, saved.replaced.emplace_back())) {
      return InternalError("a version is malformed");
    }
    if (saved.replaced.size() > kMaxRecords) saved.replaced.erase(saved.replaced.begin());
    if (!parse(record.version, saved.version)) return InternalError("a version is malformed");
  }
  return any;
}

void TrimRowVersions(std::string& bucket) {
  absl::string_view bytes;
  if (!DecodeVersioned(bucket, bytes)) return;
  std::vector<std::pair<uint64_t, absl::string_view>> records;  // slots and all of their bytes
  for (Decoder in(bytes); !in.done();) {
    const absl::string_view from = in.rest();
    Record record;
    if (!Read(in, record)) return;
    records.emplace_back(record.slot, from.substr(0, from.size() - in.rest().size()));
  }
  absl::flat_hash_map<uint64_t, size_t> left;  // to be dropped, by slot
  for (const auto& [slot, record] : records) ++left[slot];
  for (auto& [slot, count] : left) count -= std::min(count, kMaxRecords);
  std::string trimmed(1, kRecordVersion);
  for (const auto& [slot, record] : records) {
    if (size_t& drop = left[slot]; drop > 0) {
      --drop;
    } else {
      trimmed.append(record.data(), record.size());
    }
  }
  bucket = std::move(trimmed);
}

}  // namespace uow
