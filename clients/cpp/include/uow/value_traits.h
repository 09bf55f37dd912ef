#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "uow/types.h"
#include "uow/v1/value.pb.h"

namespace uow::inline client {

// What a column holds, as far as the client must know to match it with the database's type.
enum class ValueKind {
  kBool,
  kInt16,
  kInt32,
  kInt64,
  kUint64,
  kDouble,
  kDecimal,
  kText,
  kBytes,
  kDate,
  kTime,
  kTimestamp,
  kUuid,
  kJson
};

// How a C++ type travels as a column's value. Specialise it for a type of your own: `kKind`, `Encode`, `Decode`.
template <typename V>
struct ValueTraits;

// The labels of a C++ enum that is an SQL enum or text. Specialise it with
//   static constexpr std::array kLabels = {std::pair{Mood::kHappy, "happy"}, …};
template <typename E>
struct EnumLabels;

namespace internal {

// "expected …, found …": a journaled value that doesn't have the declared type.
absl::Status WrongKind(ValueKind expected, const v1::Value& found);

template <typename A>
concept IntegerLike = std::integral<std::remove_cvref_t<A>> && !std::same_as<std::remove_cvref_t<A>, bool> &&
                      !std::same_as<std::remove_cvref_t<A>, char> && !std::same_as<std::remove_cvref_t<A>, wchar_t>;

template <typename A>
concept StringLike = std::constructible_from<std::string, A> && !std::same_as<std::remove_cvref_t<A>, std::nullptr_t> &&
                     !std::same_as<std::remove_cvref_t<A>, std::allocator<char>>;

template <typename E>
concept LabelledEnum = std::is_enum_v<E> && requires {
  EnumLabels<E>::kLabels;
};

template <typename I, ValueKind Kind>
struct SignedTraits {
  static constexpr ValueKind kKind = Kind;
  static v1::Value Encode(I value) {
    v1::Value result;
    result.set_int64_value(value);
    return result;
  }
  static absl::StatusOr<I> Decode(const v1::Value& value) {
    if (value.kind_case() != v1::Value::kInt64Value) return WrongKind(Kind, value);
    if (value.int64_value() < std::numeric_limits<I>::min() || value.int64_value() > std::numeric_limits<I>::max()) {
      return WrongKind(Kind, value);
    }
    return static_cast<I>(value.int64_value());
  }
};

}  // namespace internal

template <>
struct ValueTraits<int16_t> : internal::SignedTraits<int16_t, ValueKind::kInt16> {};
template <>
struct ValueTraits<int32_t> : internal::SignedTraits<int32_t, ValueKind::kInt32> {};
template <>
struct ValueTraits<int64_t> : internal::SignedTraits<int64_t, ValueKind::kInt64> {};

template <>
struct ValueTraits<uint64_t> {
  static constexpr ValueKind kKind = ValueKind::kUint64;
  static v1::Value Encode(uint64_t value);
  static absl::StatusOr<uint64_t> Decode(const v1::Value& value);
};
template <>
struct ValueTraits<bool> {
  static constexpr ValueKind kKind = ValueKind::kBool;
  static v1::Value Encode(bool value);
  static absl::StatusOr<bool> Decode(const v1::Value& value);
};
template <>
struct ValueTraits<double> {
  static constexpr ValueKind kKind = ValueKind::kDouble;
  static v1::Value Encode(double value);
  static absl::StatusOr<double> Decode(const v1::Value& value);
};
template <>
struct ValueTraits<std::string> {
  static constexpr ValueKind kKind = ValueKind::kText;
  static v1::Value Encode(std::string value);
  static absl::StatusOr<std::string> Decode(const v1::Value& value);
};
template <>
struct ValueTraits<Bytes> {
  static constexpr ValueKind kKind = ValueKind::kBytes;
  static v1::Value Encode(Bytes value);
  static absl::StatusOr<Bytes> Decode(const v1::Value& value);
};
template <>
struct ValueTraits<Decimal> {
  static constexpr ValueKind kKind = ValueKind::kDecimal;
  static v1::Value Encode(const Decimal& value);
  static absl::StatusOr<Decimal> Decode(const v1::Value& value);
};
template <>
struct ValueTraits<Date> {
  static constexpr ValueKind kKind = ValueKind::kDate;
  static v1::Value Encode(Date value);
  static absl::StatusOr<Date> Decode(const v1::Value& value);
};
template <>
struct ValueTraits<TimeOfDay> {
  static constexpr ValueKind kKind = ValueKind::kTime;
  static v1::Value Encode(TimeOfDay value);
  static absl::StatusOr<TimeOfDay> Decode(const v1::Value& value);
};
template <>
struct ValueTraits<Timestamp> {
  static constexpr ValueKind kKind = ValueKind::kTimestamp;
  static v1::Value Encode(Timestamp value);
  static absl::StatusOr<Timestamp> Decode(const v1::Value& value);
};
template <>
struct ValueTraits<Uuid> {
  static constexpr ValueKind kKind = ValueKind::kUuid;
  static v1::Value Encode(const Uuid& value);
  static absl::StatusOr<Uuid> Decode(const v1::Value& value);
};
template <>
struct ValueTraits<Json> {
  static constexpr ValueKind kKind = ValueKind::kJson;
  static v1::Value Encode(Json value);
  static absl::StatusOr<Json> Decode(const v1::Value& value);
};

template <internal::LabelledEnum E>
struct ValueTraits<E> {
  static constexpr ValueKind kKind = ValueKind::kText;
  static v1::Value Encode(E value) {
    v1::Value result;
    for (const auto& [constant, label] : EnumLabels<E>::kLabels) {
      if (constant == value) result.set_text_value(std::string(label));
    }
    return result;
  }
  static absl::StatusOr<E> Decode(const v1::Value& value) {
    for (const auto& [constant, label] : EnumLabels<E>::kLabels) {
      if (value.kind_case() == v1::Value::kTextValue && value.text_value() == label) return constant;
    }
    return internal::WrongKind(kKind, value);
  }
};

}  // namespace uow::inline client
