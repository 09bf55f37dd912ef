#include "journal/generated_pages.h"

#include <utility>

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
  std::vector<std::string> pages;
  v1::GeneratedValues page;
  size_t bytes = 0;
  auto finish = [&] {
    if (page.entities_size() > 0) pages.push_back(EncodeVersioned(page.SerializeAsString()));
    page.clear_entities();
    bytes = 0;
  };
  for (const v1::GeneratedEntity& entity : generated) {
    *page.add_entities() = entity;
    bytes += entity.ByteSizeLong();
    if (page.entities_size() == kPageEntities || bytes >= kPageBytes) finish();
  }
  finish();
  return pages;
}

bool DecodeGeneratedPage(absl::string_view value, v1::GeneratedValues& page) {
  absl::string_view bytes;
  return DecodeVersioned(value, bytes) && page.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

absl::Status CollectHandles(const SessionId& id, const std::vector<v1::GeneratedEntity>& generated,
                            std::map<std::string, std::string>& buckets) {
  for (const v1::GeneratedEntity& entity : generated) {
    if (entity.key_size() != entity.generated_key_size()) {
      return InternalError("a generated entity has a key of another size than the one in its events");
    }
    for (int i = 0; i < entity.key_size(); ++i) {
      if (!entity.key(i).has_handle_value()) continue;
      const v1::Handle& handle = entity.key(i).handle_value();
      std::string& bucket = buckets[HandlesKey(id, handle.writer(), handle.counter())];
      if (bucket.empty()) bucket.push_back(kRecordVersion);
      PutVarint(handle.counter() % kHandlesPerBucket, bucket);
      PutString(entity.generated_key(i).SerializeAsString(), bucket);
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
