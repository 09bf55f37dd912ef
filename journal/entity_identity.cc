#include "journal/entity_identity.h"

#include <optional>

#include "journal/canonical.h"

namespace uow {
namespace {

constexpr char kHandleMark = '\xFF';  // no value's bytes begin so

template <typename T>
void AppendRaw(T number, std::string& out) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

void EntityIdentity::Begin(uint32_t table) {
  table_ = table;
  parts_ = 0;
  bytes_.clear();
  AppendRaw(static_cast<uint16_t>(table), bytes_);
}

void EntityIdentity::Append(const HandleBook::Id& handle) {
  bytes_ += kHandleMark;
  // By the writer's number, for that is short.
  AppendRaw(handle.first, bytes_);
  AppendRaw(handle.second, bytes_);
  ++parts_;
  is_lone_ = true;
  lone_ = {.is_handle = true, .group = uint64_t{handle.first} << 16 | table_, .number = handle.second};
}

void EntityIdentity::Append(const v1::Value& value) {
  const size_t before = bytes_.size();
  AppendValueBytes(value, bytes_);
  ++parts_;
  const std::optional<int64_t> number =
      value.kind_case() == v1::Value::kInt64Value ? value.int64_value() : WholeNumberOf(absl::string_view(bytes_).substr(before));
  is_lone_ = number.has_value();
  if (number) lone_ = {.is_handle = false, .group = table_, .number = static_cast<uint64_t>(*number)};
}

}  // namespace uow
