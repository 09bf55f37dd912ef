#include "journal/entity_identity.h"

#include <cstring>

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

std::optional<LoneHandle> LoneHandleOf(absl::string_view identity) {
  if (identity.size() != kTableBytes + 1 + kWriterBytes + kCounterBytes || identity[kTableBytes] != kHandleMark) {
    return std::nullopt;
  }
  const uint64_t table = ReadRaw<uint16_t>(identity);
  const uint64_t writer = ReadRaw<HandleBook::Id::first_type>(identity.substr(kTableBytes + 1));
  return LoneHandle{writer << 16 | table, ReadRaw<uint64_t>(identity.substr(kTableBytes + 1 + kWriterBytes))};
}

}  // namespace uow
