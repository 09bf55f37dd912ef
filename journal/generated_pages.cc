#include "journal/generated_pages.h"

#include "journal/coding.h"
#include "journal/errors.h"
#include "journal/keys.h"
#include "journal/records.h"
#include "proto/grouped_values.h"

namespace uow {
namespace {

// Pages are messages to clients, too.
constexpr size_t kPageEntities = 10'000;
constexpr size_t kPageBytes = 256 << 10;

// An upper bound of what an entity takes in a page, but for what groups have in common.
size_t BytesOf(const v1::GeneratedEntity& entity) { return entity.fields().empty() ? sizeof(uint64_t) * 3 : entity.ByteSizeLong(); }

}  // namespace

std::vector<std::string> EncodeGeneratedPages(const std::vector<v1::GeneratedEntity>& generated) {
  std::vector<std::string> pages;
  for (size_t from = 0; from < generated.size();) {
    size_t to = from;
    for (size_t bytes = 0; to < generated.size() && to - from < kPageEntities && bytes < kPageBytes; ++to) {
      bytes += BytesOf(generated[to]);
    }
    v1::GroupedValues page;
    GroupEntities(generated.data() + from, generated.data() + to, page);
    pages.push_back(EncodeVersioned(""));
    page.AppendToString(&pages.back());
    from = to;
  }
  return pages;
}

absl::string_view GroupedValuesOf(absl::string_view page) { return page.substr(EncodeVersioned("").size()); }

bool DecodeGeneratedPage(absl::string_view value, std::vector<v1::GeneratedEntity>& entities) {
  absl::string_view bytes;
  v1::GroupedValues page;
  return DecodeVersioned(value, bytes) && page.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
         UngroupEntities(page, entities);
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
