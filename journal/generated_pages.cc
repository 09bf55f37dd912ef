#include "journal/generated_pages.h"

#include "journal/coding.h"
#include "journal/errors.h"
#include "journal/keys.h"
#include "journal/records.h"

namespace uow {
namespace {

constexpr int kPageEntities = 1000;
constexpr size_t kPageBytes = 256 << 10;

}  // namespace

std::vector<std::string> EncodeGeneratedPages(const std::vector<v1::GeneratedEntity>& generated) {
  // Written field by field, which spares a copy of every entity.
  constexpr uint64_t kEntitiesTag = v1::GeneratedValues::kEntitiesFieldNumber << 3 | 2;
  std::vector<std::string> pages;
  int entities = 0;
  for (const v1::GeneratedEntity& entity : generated) {
    if (pages.empty() || entities == kPageEntities || pages.back().size() >= kPageBytes) {
      pages.push_back(EncodeVersioned(""));
      entities = 0;
    }
    PutVarint(kEntitiesTag, pages.back());
    PutVarint(entity.ByteSizeLong(), pages.back());
    entity.AppendToString(&pages.back());
    ++entities;
  }
  return pages;
}

absl::string_view GeneratedValuesOf(absl::string_view page) { return page.substr(EncodeVersioned("").size()); }

bool DecodeGeneratedPage(absl::string_view value, v1::GeneratedValues& page) {
  absl::string_view bytes;
  return DecodeVersioned(value, bytes) && page.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

absl::Status CollectHandles(const SessionId& id, const std::vector<v1::GeneratedEntity>& generated,
                            std::map<std::string, std::string>& buckets) {
  // Handles mostly come in order of their counters: then the next one is in the bucket of the one before.
  const v1::Handle* last = nullptr;
  std::string* bucket = nullptr;
  for (const v1::GeneratedEntity& entity : generated) {
    if (entity.key_size() != entity.generated_key_size()) {
      return InternalError("a generated entity has a key of another size than the one in its events");
    }
    for (int i = 0; i < entity.key_size(); ++i) {
      if (!entity.key(i).has_handle_value()) continue;
      const v1::Handle& handle = entity.key(i).handle_value();
      if (last == nullptr || last->counter() / kHandlesPerBucket != handle.counter() / kHandlesPerBucket ||
          last->writer() != handle.writer()) {
        bucket = &buckets[HandlesKey(id, handle.writer(), handle.counter())];
        if (bucket->empty()) bucket->push_back(kRecordVersion);
      }
      last = &handle;
      PutVarint(handle.counter() % kHandlesPerBucket, *bucket);
      PutVarint(entity.generated_key(i).ByteSizeLong(), *bucket);
      entity.generated_key(i).AppendToString(bucket);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> FindHandle(absl::string_view bucket, uint64_t counter, v1::Value& value) {
  absl::string_view bytes;
  if (!DecodeVersioned(bucket, bytes)) return InternalError("the record has an unknown version");
  absl::string_view found;
  bool any = false;
  for (Decoder in(bytes); !in.done();) {
    uint64_t number = in.Varint();
    absl::string_view record = in.String();
    if (!in.ok()) return InternalError("the record is malformed");
    if (number != counter % kHandlesPerBucket) continue;
    found = record;
    any = true;
  }
  if (!any) return false;
  if (!value.ParseFromArray(found.data(), static_cast<int>(found.size()))) return InternalError("the value is malformed");
  return true;
}

}  // namespace uow
