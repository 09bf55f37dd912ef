#include "journal/entity_identity.h"

#include <cstring>

#include "journal/canonical.h"

namespace uow {
namespace {

constexpr char kHandleMark = '\xFF';  // no value's bytes begin so
constexpr size_t kTableBytes = sizeof(uint16_t);
constexpr size_t kWriterBytes = sizeof(HandleBook::Id::first_type);
constexpr size_t kCounterBytes = sizeof(HandleBook::Id::second_type);

template <typename T>
void AppendRaw(T number, std::string& out) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <typename T>
T ReadRaw(absl::string_view bytes) {
  T number;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

}  // namespace

void BeginIdentity(uint32_t table, std::string& identity) {
  identity.clear();
  AppendRaw(static_cast<uint16_t>(table), identity);
}

void AppendIdentity(const HandleBook::Id& handle, std::string& identity) {
  identity += kHandleMark;
  // By the writer's number, for that is short.
  AppendRaw(handle.first, identity);
  AppendRaw(handle.second, identity);
}

std::optional<LoneKey> LoneKeyOf(absl::string_view identity) {
  if (identity.size() <= kTableBytes) return std::nullopt;
  const uint64_t table = ReadRaw<uint16_t>(identity);
  const absl::string_view key = identity.substr(kTableBytes);
  if (key[0] != kHandleMark) {
    const std::optional<int64_t> number = WholeNumberOf(key);
    if (!number) return std::nullopt;
    return LoneKey{.is_handle = false, .group = table, .number = static_cast<uint64_t>(*number)};
  }
  if (key.size() != 1 + kWriterBytes + kCounterBytes) return std::nullopt;
  const uint64_t writer = ReadRaw<HandleBook::Id::first_type>(key.substr(1));
  return LoneKey{.is_handle = true, .group = writer << 16 | table, .number = ReadRaw<uint64_t>(key.substr(1 + kWriterBytes))};
}

}  // namespace uow
