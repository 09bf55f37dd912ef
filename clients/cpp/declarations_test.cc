// What must compile and what must not. Most of it is decided by the compiler; the rest is about the declarations as data.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/cpp/binding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "uow/uow.h"

namespace uow {
namespace {

enum class Kind { kCity, kRegion };

}  // namespace

template <>
struct client::EnumLabels<Kind> {
  static constexpr std::array kLabels = {std::pair{Kind::kCity, "city"}, std::pair{Kind::kRegion, "region"}};
};

namespace {

struct Country : Table<Country> {
  static constexpr absl::string_view kName = "countries";
  static constexpr Column<"id", int64_t, kGeneratedKey> id{};
  static constexpr Column<"alpha2", std::string> alpha2{};
  static constexpr Column<"area", std::optional<double>> area{};
  static constexpr Column<"population", int32_t, kHasDefault> population{};
  static constexpr Column<"density", double, kComputed> density{};
  static constexpr auto kColumns = uow::Columns(id, alpha2, area, population, density);
};

struct Place : Table<Place> {
  static constexpr absl::string_view kName = "places";
  static constexpr absl::string_view kNamespace = "geo";
  static constexpr Column<"country_id", Ref<Country>, kKey> country{};
  static constexpr Column<"number", int16_t, kKey> number{};
  static constexpr Column<"twin", std::optional<Ref<Country>>> twin{};
  static constexpr Column<"kind", std::optional<Kind>> kind{};
  static constexpr Column<"uuid", std::optional<Uuid>> uuid{};
  static constexpr Column<"price", std::optional<Decimal>> price{};
  static constexpr Column<"founded", std::optional<Date>> founded{};
  static constexpr Column<"seen", std::optional<Timestamp>> seen{};
  static constexpr Column<"opens", std::optional<TimeOfDay>> opens{};
  static constexpr Column<"photo", std::optional<Bytes>> photo{};
  static constexpr Column<"extra", std::optional<Json>> extra{};
  static constexpr Column<"tags", std::optional<std::vector<std::string>>> tags{};
  static constexpr Column<"serial", std::optional<uint64_t>> serial{};
  static constexpr auto kColumns =
      uow::Columns(country, number, twin, kind, uuid, price, founded, seen, opens, photo, extra, tags, serial);
};

template <typename C, typename A>
concept CanAssign = requires(const C& column, A value) {
  column = value;
};
template <typename T, typename C, typename A>
concept CanSet = requires(Entity<T> entity, const C& column, A value) {
  entity.set(column, value);
};
template <typename T, typename C>
concept CanGet = requires(Entity<T> entity, const C& column) {
  entity.get(column);
};
template <typename T, typename... As>
concept CanCreate = requires(Session& session, As... values) {
  session.template create<T>(values...);
};
template <typename T, typename... As>
concept CanFind = requires(Session& session, As... values) {
  session.template find<T>(values...);
};
template <typename T, typename... As>
concept CanAttach = requires(Session& session, As... values) {
  session.template attach<T>(values...);
};

template <const auto& C>
using Of = std::remove_cvref_t<decltype(C)>;
template <const auto& C, typename A>
using Given = decltype(C = std::declval<A>());

// Values of the column's type, and what converts without loss.
static_assert(CanAssign<Of<Country::alpha2>, const char*>);
static_assert(CanAssign<Of<Country::alpha2>, std::string>);
static_assert(CanAssign<Of<Country::alpha2>, std::string_view>);
static_assert(CanAssign<Of<Country::alpha2>, absl::string_view>);
static_assert(CanAssign<Of<Country::area>, double>);
static_assert(CanAssign<Of<Country::area>, int>);
static_assert(CanAssign<Of<Country::area>, std::optional<double>>);
static_assert(CanAssign<Of<Country::population>, int>);
static_assert(CanAssign<Of<Place::serial>, unsigned long long>);
static_assert(CanAssign<Of<Place::kind>, Kind>);
static_assert(CanAssign<Of<Place::tags>, std::vector<std::string>>);
static_assert(CanAssign<Of<Place::founded>, absl::CivilDay>);

// A wrong type.
static_assert(!CanAssign<Of<Country::alpha2>, int>);
static_assert(!CanAssign<Of<Country::alpha2>, std::nullptr_t>);
static_assert(!CanAssign<Of<Country::area>, const char*>);
static_assert(!CanAssign<Of<Country::area>, bool>);
static_assert(!CanAssign<Of<Country::population>, double>);
static_assert(!CanAssign<Of<Country::population>, bool>);
static_assert(!CanAssign<Of<Country::population>, char>);
static_assert(!CanAssign<Of<Place::kind>, const char*>);
static_assert(!CanAssign<Of<Place::kind>, int>);
static_assert(!CanAssign<Of<Place::uuid>, std::string>);
static_assert(!CanAssign<Of<Place::price>, double>);
static_assert(!CanAssign<Of<Place::founded>, absl::Time>);
static_assert(!CanAssign<Of<Place::tags>, std::vector<int>>);

// NULL only where the column is optional.
static_assert(CanAssign<Of<Country::area>, std::nullopt_t>);
static_assert(CanAssign<Of<Place::twin>, std::nullopt_t>);
static_assert(!CanAssign<Of<Country::alpha2>, std::nullopt_t>);
static_assert(!CanAssign<Of<Country::alpha2>, std::optional<std::string>>);
static_assert(!CanAssign<Of<Place::country>, std::nullopt_t>);

// References take entities of their table, or its key.
static_assert(CanAssign<Of<Place::country>, Entity<Country>>);
static_assert(CanAssign<Of<Place::country>, int64_t>);
static_assert(CanAssign<Of<Place::twin>, std::optional<Entity<Country>>>);
static_assert(!CanAssign<Of<Place::country>, Entity<Place>>);
static_assert(!CanAssign<Of<Place::country>, std::string>);

// Only columns of the entity's table, and none of its key, nor computed ones.
static_assert(CanSet<Country, Of<Country::alpha2>, std::string>);
static_assert(CanSet<Country, Of<Country::population>, int>);
static_assert(!CanSet<Place, Of<Country::alpha2>, std::string>);
static_assert(!CanSet<Country, Of<Country::id>, int64_t>);
static_assert(!CanSet<Country, Of<Country::density>, double>);
static_assert(CanGet<Country, Of<Country::density>>);
static_assert(!CanGet<Place, Of<Country::density>>);

// A create gives what the database doesn't: each column once.
using Alpha2 = Given<Country::alpha2, const char*>;
using Area = Given<Country::area, double>;
using Id = Given<Country::id, int>;
static_assert(CanCreate<Country, Alpha2>);
static_assert(CanCreate<Country, Alpha2, Area, Id>);
static_assert(!CanCreate<Country, Area>);
static_assert(!CanCreate<Country>);
static_assert(!CanCreate<Country, Alpha2, Alpha2>);
static_assert(!CanCreate<Place, Given<Place::country, int>>);
static_assert(CanCreate<Place, Given<Place::country, int>, Given<Place::number, int>>);
static_assert(!CanCreate<Place, Given<Place::country, int>, Given<Place::number, int>, Alpha2>);

// A look-up gives the key, all of it and nothing else; a loaded row at least the key.
static_assert(CanFind<Country, Id>);
static_assert(!CanFind<Country, Alpha2>);
static_assert(!CanFind<Country, Id, Alpha2>);
static_assert(!CanFind<Place, Given<Place::number, int>>);
static_assert(CanAttach<Country, Id, Alpha2>);
static_assert(!CanAttach<Country, Alpha2>);

// What a get returns.
template <const auto& C>
using Got = typename decltype(std::declval<Entity<typename Of<C>::TableType>>().get(C))::value_type;
static_assert(std::same_as<Got<Country::id>, int64_t>);
static_assert(std::same_as<Got<Country::area>, std::optional<double>>);
static_assert(std::same_as<Got<Place::country>, int64_t>);
static_assert(std::same_as<Got<Place::twin>, std::optional<int64_t>>);
static_assert(std::same_as<Got<Place::kind>, std::optional<Kind>>);
static_assert(std::same_as<Got<Place::tags>, std::optional<std::vector<std::string>>>);

// ---- Declarations as data ----

v1::Schema Declared() { return *internal::DeclaredSchema(tables<Country, Place>()); }

TEST(Declarations, DescribeASchema) {
  v1::Schema schema = Declared();
  ASSERT_EQ(schema.tables_size(), 2);
  const v1::Table& country = schema.tables(0);
  EXPECT_EQ(country.name(), "countries");
  EXPECT_THAT(country.primary_key(), testing::ElementsAre(0));
  EXPECT_EQ(country.columns(0).generation(), v1::GENERATION_KEY);
  EXPECT_TRUE(country.columns(2).nullable());
  EXPECT_EQ(country.columns(3).type().kind(), v1::Type::KIND_INT32);
  EXPECT_EQ(country.columns(4).generation(), v1::GENERATION_COMPUTED);
  const v1::Table& place = schema.tables(1);
  EXPECT_EQ(place.namespace_(), "geo");
  EXPECT_THAT(place.primary_key(), testing::ElementsAre(0, 1));
  EXPECT_EQ(place.columns(0).type().kind(), v1::Type::KIND_INT64);  // that of the key referred to
  ASSERT_EQ(place.foreign_keys_size(), 2);
  EXPECT_EQ(place.foreign_keys(1).columns(0), 2);
  EXPECT_EQ(place.foreign_keys(1).referenced_table(), 0);
  EXPECT_EQ(place.columns(11).type().kind(), v1::Type::KIND_ARRAY);
  EXPECT_EQ(place.columns(11).type().element().kind(), v1::Type::KIND_TEXT);
}

TEST(Declarations, AReferenceOutOfTheSetIsRefused) {
  absl::StatusOr<v1::Schema> schema = internal::DeclaredSchema(tables<Place>());
  EXPECT_EQ(ReasonOf(schema.status()), v1::ERROR_REASON_SCHEMA_INVALID);
  EXPECT_THAT(std::string(schema.status().message()), testing::HasSubstr("countries"));
}

TEST(Declarations, AgreeWithTheirOwnSchema) { EXPECT_TRUE(internal::Binding::Make(tables<Country, Place>(), Declared()).ok()); }

TEST(Declarations, EveryDifferenceFromTheDatabaseIsNamed) {
  v1::Schema schema = Declared();
  v1::Table& country = *schema.mutable_tables(0);
  country.mutable_columns(0)->set_generation(v1::GENERATION_UNSPECIFIED);
  country.mutable_columns(1)->mutable_type()->set_kind(v1::Type::KIND_BYTES);
  country.mutable_columns(2)->set_name("surface");
  country.mutable_columns(4)->set_generation(v1::GENERATION_UNSPECIFIED);
  schema.mutable_tables(1)->set_name("towns");
  absl::Status status = internal::Binding::Make(tables<Country, Place>(), schema).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_SCHEMA_INVALID);
  std::string message(status.message());
  for (const char* part : {"\"id\"", "\"alpha2\"", "BYTES", "\"area\"", "\"density\"", "\"places\""}) {
    EXPECT_THAT(message, testing::HasSubstr(part));
  }
}

TEST(Declarations, AColumnOfTheKeyMayNotBeLeftOut) {
  v1::Schema schema = Declared();
  schema.mutable_tables(0)->add_primary_key(1);
  absl::Status status = internal::Binding::Make(tables<Country, Place>(), schema).status();
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("\"alpha2\" is part of the primary key"));
}

TEST(Declarations, ValuesTakeTheFormOfTheDatabasesType) {
  v1::Schema schema = Declared();
  schema.mutable_tables(1)->mutable_columns(7)->mutable_type()->set_kind(v1::Type::KIND_TIMESTAMP);
  schema.mutable_tables(1)->mutable_columns(10)->mutable_type()->set_kind(v1::Type::KIND_TEXT);
  internal::Binding binding = *internal::Binding::Make(tables<Country, Place>(), schema);
  const internal::BoundTable& place = **binding.Find(internal::InfoOf<Place>());

  v1::Value seen = (Place::seen = absl::FromUnixMicros(1'500'000)).operand.value;
  ASSERT_TRUE(internal::FitValue(place, place.columns[7], seen).ok());
  EXPECT_EQ(seen.time_value(), "1970-01-01T00:00:01.5");
  v1::Value extra = (Place::extra = Json{"{}"}).operand.value;
  ASSERT_TRUE(internal::FitValue(place, place.columns[10], extra).ok());
  EXPECT_EQ(extra.text_value(), "{}");
}

TEST(Declarations, IntegersAreCheckedAgainstTheColumnsRange) {
  internal::Binding binding = *internal::Binding::Make(tables<Country, Place>(), Declared());
  const internal::BoundTable& place = **binding.Find(internal::InfoOf<Place>());
  auto fits = [&](internal::Operand operand) { return internal::FitValue(place, place.columns[operand.column], operand.value); };
  EXPECT_TRUE(fits((Place::number = -32768).operand).ok());
  EXPECT_EQ(ReasonOf(fits((Place::number = 32768).operand)), v1::ERROR_REASON_VALUE_OUT_OF_RANGE);
  EXPECT_TRUE(fits((Place::serial = ~uint64_t{0}).operand).ok());
  EXPECT_TRUE(fits((Place::serial = 7).operand).ok());
  EXPECT_EQ(ReasonOf(fits((Place::serial = -7).operand)), v1::ERROR_REASON_VALUE_OUT_OF_RANGE);
}

}  // namespace
}  // namespace uow
