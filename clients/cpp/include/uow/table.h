#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "absl/strings/string_view.h"
#include "uow/column.h"

namespace uow::inline client {

// A list of columns, as a type.
template <typename... Cs>
struct ColumnList {};

// The columns of a table, for its kColumns.
template <typename... Cs>
consteval ColumnList<Cs...> Columns(const Cs&...) {
  return {};
}

// Base of a table's declaration:
//
//   struct Country : uow::Table<Country> {
//     static constexpr absl::string_view kName = "countries";
//     static constexpr Column<"id", int64_t, uow::kGeneratedKey> id{};
//     static constexpr Column<"name", std::string> name{};
//     static constexpr Column<"official_name", std::optional<std::string>> official_name{};
//     static constexpr auto kColumns = uow::Columns(id, name, official_name);
//   };
//
// Names are the database's own. `static constexpr absl::string_view kNamespace` names the SQL schema where the table's name alone
// is ambiguous. Columns of the database may be left out, except for those of the primary key.
template <typename T>
struct Table {
  template <internal::FixedString Name, typename V, ColumnRole Role = kPlain>
  using Column = client::Column<T, Name, V, Role>;
};

// A complete declaration of a table.
template <typename T>
concept TableType = std::derived_from<T, Table<T>> && requires {
  { T::kName } -> std::convertible_to<absl::string_view>;
  T::kColumns;
};

namespace internal {

constexpr bool IsKey(ColumnRole role) { return role == kKey || role == kGeneratedKey; }

// A declared column as data.
struct ColumnInfo {
  absl::string_view name;
  ColumnRole role;
  ValueKind kind;
  bool array;
  bool nullable;
  const struct TableInfo* (*referenced)();  // null where it is no reference
  absl::string_view referenced_column;
};

// A declared table as data. One object per table in the program; its address is its identity.
struct TableInfo {
  absl::string_view name_space;
  absl::string_view name;
  std::vector<ColumnInfo> columns;
};

// Whether C is one of Given.
template <typename C, typename... Given>
inline constexpr bool kAmong = (std::same_as<C, Given> || ...);

template <typename T, typename List>
struct ListTraits;
template <typename T, typename... Cs>
struct ListTraits<T, ColumnList<Cs...>> {
  static_assert((std::same_as<typename Cs::TableType, T> && ...), "kColumns lists a column of another table");
  static_assert(sizeof...(Cs) > 0 && (IsKey(Cs::kRole) || ...), "kColumns lists no column of the primary key");

  // The position of column C, or the number of columns where it isn't listed.
  template <typename C>
  static consteval uint32_t Index() {
    uint32_t index = 0;
    (void)((std::same_as<C, Cs> ? true : (++index, false)) || ...);
    return index;
  }
  static consteval uint32_t Size() { return sizeof...(Cs); }
  static consteval bool NamesAreUnique() {
    absl::string_view names[] = {Cs::name()...};
    for (size_t i = 0; i < sizeof...(Cs); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (names[i] == names[j]) return false;
      }
    }
    return true;
  }

  template <typename C>
  static constexpr bool kRequired = C::kRole == kKey || (C::kRole == kPlain && !Conversion<typename C::ValueType>::kNullable);
  // Whether the columns Given are each given once and leave none out that a create must have.
  template <typename... Given>
  static consteval bool AreComplete() {
    return ((!kRequired<Cs> || kAmong<Cs, Given...>)&&...);
  }
  // Whether Given are all columns of the key, each once.
  template <typename... Given>
  static consteval bool AreKey() {
    return (IsKey(Given::kRole) && ...) && ((!IsKey(Cs::kRole) || kAmong<Cs, Given...>)&&...);
  }
  // Whether Given contain all columns of the key.
  template <typename... Given>
  static consteval bool ContainKey() {
    return ((!IsKey(Cs::kRole) || kAmong<Cs, Given...>)&&...);
  }

  template <typename C>
  static ColumnInfo Info() {
    using Value = Conversion<typename C::ValueType>;
    ColumnInfo info{C::name(), C::kRole, Value::kKind, kIsArray<typename C::ValueType>, Value::kNullable, nullptr, ""};
    FillReference<C>(info);
    return info;
  }
  template <typename C>
  static void FillReference(ColumnInfo& info);
  static std::vector<ColumnInfo> Infos() { return {Info<Cs>()...}; }

  static consteval int KeyColumns() { return ((IsKey(Cs::kRole) ? 1 : 0) + ...); }
};

template <typename T>
using TraitsOf = ListTraits<T, std::remove_cvref_t<decltype(T::kColumns)>>;

template <typename T, typename C>
consteval uint32_t IndexOf() {
  static_assert(TraitsOf<T>::template Index<C>() < TraitsOf<T>::Size(), "the column isn't listed in the table's kColumns");
  return TraitsOf<T>::template Index<C>();
}

// The first key column of a list.
template <typename C, typename... Rest>
struct FirstKey : std::conditional_t<IsKey(C::kRole), std::type_identity<C>, FirstKey<Rest...>> {};
template <typename C>
struct FirstKey<C> : std::type_identity<C> {};
template <typename List>
struct FirstKeyOf;
template <typename... Cs>
struct FirstKeyOf<ColumnList<Cs...>> : FirstKey<Cs...> {};

template <typename T>
struct KeyColumnOf {
  static_assert(TraitsOf<T>::KeyColumns() == 1,
                "the table's key has several columns: name the one that is meant, Ref<Table, Column>");
  using Column = typename FirstKeyOf<std::remove_cvref_t<decltype(T::kColumns)>>::type;
};

template <typename... Cs>
struct AllDifferent : std::true_type {};
template <typename C, typename... Rest>
struct AllDifferent<C, Rest...> : std::bool_constant<(!std::same_as<C, Rest> && ...) && AllDifferent<Rest...>::value> {};

// The description of T. Thread-safe.
template <TableType T>
const TableInfo* InfoOf() {
  static_assert(TraitsOf<T>::NamesAreUnique(), "kColumns lists two columns of one name");
  static const TableInfo* info = [] {
    auto* made = new TableInfo{"", T::kName, TraitsOf<T>::Infos()};
    if constexpr (requires { T::kNamespace; }) made->name_space = T::kNamespace;
    return made;
  }();
  return info;
}

template <typename T, typename... Cs>
template <typename C>
void ListTraits<T, ColumnList<Cs...>>::FillReference(ColumnInfo& info) {
  using Target = typename RefTarget<typename C::ValueType>::Type;
  if constexpr (!std::is_void_v<Target>) {
    info.referenced = +[] { return InfoOf<Target>(); };
    info.referenced_column = RefColumn<typename C::ValueType>::Type::name();
  }
}

}  // namespace internal

// The tables that a session may change: `uow::tables<Country, Subdivision>()`.
using TableSet = std::vector<const internal::TableInfo*>;

template <TableType... Ts>
TableSet tables() {
  return {internal::InfoOf<Ts>()...};
}

// A create of T with these columns: each once, and none left out that must be given.
template <typename T, typename... Cs>
concept CompleteRow = TableType<T> && internal::AllDifferent<Cs...>::value && internal::TraitsOf<T>::template AreComplete<Cs...>();

// Exactly the columns of T's primary key.
template <typename T, typename... Cs>
concept KeyOf = TableType<T> && internal::AllDifferent<Cs...>::value && internal::TraitsOf<T>::template AreKey<Cs...>();

// The columns of T's primary key and any others, each once.
template <typename T, typename... Cs>
concept LoadedRow = TableType<T> && internal::AllDifferent<Cs...>::value && internal::TraitsOf<T>::template ContainKey<Cs...>();

}  // namespace uow::inline client
