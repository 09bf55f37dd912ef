#include "adapters/postgres/binary_array.h"

#include <endian.h>

#include <bit>
#include <limits>

namespace uow::postgres {
namespace {

// Of pg_type.dat; they never change.
enum Oid : uint32_t { kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kFloat8 = 701 };

// Dimensions, whether there are NULLs, the type of the elements; then the one dimension's length and first index.
constexpr size_t kHeader = 5 * sizeof(uint32_t);
constexpr size_t kHasNulls = 2 * sizeof(uint32_t) - 1;  // the last byte of that number

void Put32(uint32_t number, std::string& out) {
  number = htobe32(number);
  out.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

}  // namespace

std::optional<BinaryArray> BinaryArray::Of(v1::Type::Kind kind, size_t values) {
  switch (kind) {
    case v1::Type::KIND_BOOL:
      return BinaryArray(kind, kBool, 1, values);
    case v1::Type::KIND_INT16:
      return BinaryArray(kind, kInt2, 2, values);
    case v1::Type::KIND_INT32:
      return BinaryArray(kind, kInt4, 4, values);
    case v1::Type::KIND_INT64:
      return BinaryArray(kind, kInt8, 8, values);
    case v1::Type::KIND_DOUBLE:
      return BinaryArray(kind, kFloat8, 8, values);
    case v1::Type::KIND_TEXT:
      return BinaryArray(kind, kText, 0, values);
    case v1::Type::KIND_BYTES:
      return BinaryArray(kind, kBytea, 0, values);
    default:
      return std::nullopt;
  }
}

BinaryArray::BinaryArray(v1::Type::Kind kind, uint32_t element, uint32_t width, size_t values) : kind_(kind), width_(width) {
  constexpr size_t kShortText = 12;
  bytes_.reserve(kHeader + values * (sizeof(uint32_t) + (width > 0 ? width : kShortText)));
  for (const uint32_t number : {uint32_t{1}, uint32_t{0}, element, static_cast<uint32_t>(values), uint32_t{1}}) {
    Put32(number, bytes_);
  }
}

bool BinaryArray::AddNumber(int64_t number) {
  const int unused = 64 - 8 * static_cast<int>(width_);
  if (number < std::numeric_limits<int64_t>::min() >> unused || number > std::numeric_limits<int64_t>::max() >> unused)
    return false;
  const uint64_t ordered = htobe64(static_cast<uint64_t>(number) << unused);
  Put32(width_, bytes_);
  bytes_.append(reinterpret_cast<const char*>(&ordered), width_);
  return true;
}

void BinaryArray::AddBytes(absl::string_view bytes) {
  Put32(static_cast<uint32_t>(bytes.size()), bytes_);
  bytes_.append(bytes.data(), bytes.size());
}

bool BinaryArray::Add(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kNullValue:
      bytes_[kHasNulls] = 1;
      Put32(std::numeric_limits<uint32_t>::max(), bytes_);
      return true;
    case v1::Value::kBoolValue:
      return kind_ == v1::Type::KIND_BOOL && AddNumber(value.bool_value() ? 1 : 0);
    case v1::Value::kInt64Value:
      return (kind_ == v1::Type::KIND_INT16 || kind_ == v1::Type::KIND_INT32 || kind_ == v1::Type::KIND_INT64) &&
             AddNumber(value.int64_value());
    case v1::Value::kDoubleValue:
      return kind_ == v1::Type::KIND_DOUBLE && AddNumber(std::bit_cast<int64_t>(value.double_value()));
    case v1::Value::kTextValue:
      if (kind_ != v1::Type::KIND_TEXT || value.text_value().find('\0') != std::string::npos) return false;
      AddBytes(value.text_value());
      return true;
    case v1::Value::kBytesValue:
      if (kind_ != v1::Type::KIND_BYTES) return false;
      AddBytes(value.bytes_value());
      return true;
    default:
      return false;
  }
}

}  // namespace uow::postgres
