#include "journal/schema_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "journal/errors.h"
#include "journal/test_shop.h"

namespace uow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SchemaIndex, TheSameSchemaAlwaysHasTheSameId) {
  SchemaRef a = shop::Index();
  EXPECT_EQ(a->id(), shop::Index()->id());
  EXPECT_THAT(a->id(), ::testing::MatchesRegex("[0-9a-f]{64}"));
}

TEST(SchemaIndex, AnyDifferenceGivesAnotherId) {
  v1::Schema schema = shop::Schema();
  schema.mutable_tables(0)->mutable_columns(2)->set_nullable(false);
  EXPECT_NE(SchemaIndex::Create(schema).value()->id(), shop::Index()->id());
}

TEST(SchemaIndex, KnowsKeysHandlesAndWhatAnInsertNeeds) {
  SchemaRef index = shop::Index();
  EXPECT_EQ(index->key_position(shop::kItems, shop::kLine), 1);
  EXPECT_EQ(index->key_position(shop::kItems, shop::kProduct), -1);
  EXPECT_TRUE(index->is_key(shop::kCustomers, shop::kCustomerId));
  EXPECT_TRUE(index->accepts_handle(shop::kCustomers, shop::kCustomerId));
  EXPECT_TRUE(index->accepts_handle(shop::kOrders, shop::kCustomer));
  EXPECT_TRUE(index->accepts_handle(shop::kItems, shop::kItemOrder));
  EXPECT_FALSE(index->accepts_handle(shop::kItems, shop::kLine));
  EXPECT_FALSE(index->accepts_handle(shop::kTags, shop::kTag));
  EXPECT_TRUE(index->in_foreign_key(shop::kItems, shop::kItemOrder));
  EXPECT_FALSE(index->in_foreign_key(shop::kCustomers, shop::kCustomerId));
  EXPECT_THAT(index->required_columns(shop::kCustomers), ElementsAre(shop::kName));
  EXPECT_THAT(index->required_columns(shop::kItems), IsEmpty());
}

TEST(SchemaIndex, FindsTablesAndColumnsByName) {
  SchemaRef index = shop::Index();
  EXPECT_EQ(index->FindTable("items").value(), shop::kItems);
  EXPECT_EQ(ReasonOf(index->FindTable("Items").status()), v1::ERROR_REASON_TABLE_NOT_FOUND);
  EXPECT_EQ(index->FindColumn(shop::kOrders, "note").value(), shop::kNote);
  absl::Status missing = index->FindColumn(shop::kOrders, "notes").status();
  EXPECT_EQ(ReasonOf(missing), v1::ERROR_REASON_COLUMN_NOT_FOUND);
  EXPECT_EQ(DetailOf(missing)->entities(0).table(), "orders");
  EXPECT_THAT(DetailOf(missing)->columns(), ElementsAre("notes"));
}

v1::Table TableNamed(const std::string& name_space, const std::string& name) {
  v1::Table table = shop::Schema().tables(shop::kTags);
  table.clear_foreign_keys();
  table.set_namespace_(name_space);
  table.set_name(name);
  return table;
}

TEST(SchemaIndex, ANameInTwoNamespacesNeedsItsNamespace) {
  v1::Schema schema;
  *schema.add_tables() = TableNamed("sales", "users");
  *schema.add_tables() = TableNamed("staff", "users");
  SchemaRef index = SchemaIndex::Create(schema).value();
  EXPECT_EQ(index->FindTable("staff.users").value(), 1u);
  EXPECT_EQ(index->TableLabel(1), "staff.users");
  absl::Status ambiguous = index->FindTable("users").status();
  EXPECT_EQ(ReasonOf(ambiguous), v1::ERROR_REASON_TABLE_NOT_FOUND);
  EXPECT_THAT(std::string(ambiguous.message()), HasSubstr("namespace.name"));
}

TEST(SchemaIndex, ATableWithoutNamespaceIsFoundByItsNameInAnyCase) {
  v1::Schema schema;
  *schema.add_tables() = TableNamed("staff", "users");
  *schema.add_tables() = TableNamed("", "users");
  EXPECT_EQ(SchemaIndex::Create(schema).value()->FindTable("users").value(), 1u);
}

TEST(SchemaIndex, NamesWithDotsDontPassForNamespaces) {
  v1::Schema schema;
  *schema.add_tables() = TableNamed("a.b", "c");
  *schema.add_tables() = TableNamed("a", "b.c");
  EXPECT_EQ(ReasonOf(SchemaIndex::Create(schema).value()->FindTable("a.b.c").status()), v1::ERROR_REASON_TABLE_NOT_FOUND);
}

struct BadSchema {
  const char* name;
  std::function<void(v1::Schema&)> spoil;
  const char* table;
  const char* column;
  const char* says;
};

v1::Column& Column(v1::Schema& schema, int table, int column) { return *schema.mutable_tables(table)->mutable_columns(column); }
v1::Type& TypeOf(v1::Schema& schema, int table, int column) { return *Column(schema, table, column).mutable_type(); }

const BadSchema kBadSchemas[] = {
    {"NoTables", [](auto& s) { s.Clear(); }, "", "", "no tables"},
    {"TooManyTables",
     [](auto& s) {
       for (int i = 0; i < 4096; ++i) *s.add_tables() = TableNamed("", "t" + std::to_string(i));
     },
     "", "", "at most 4096"},
    {"EmptyTableName", [](auto& s) { s.mutable_tables(1)->clear_name(); }, "", "", "table 1"},
    {"LongTableName", [](auto& s) { s.mutable_tables(0)->set_name(std::string(256, 'x')); }, nullptr, "", "longer than 255"},
    {"NulInTableName", [](auto& s) { s.mutable_tables(0)->set_name(std::string("a\0b", 3)); }, nullptr, "", "NUL"},
    {"NulInNamespace", [](auto& s) { s.mutable_tables(0)->set_namespace_(std::string("a\0b", 3)); }, "customers", "", "NUL"},
    {"TwoTablesOfOneName", [](auto& s) { s.mutable_tables(1)->set_name("customers"); }, "customers", "", "two tables"},
    {"EmptyColumnName", [](auto& s) { Column(s, 0, 1).clear_name(); }, "customers", "", "name is empty"},
    {"NulInColumnName", [](auto& s) { Column(s, 0, 1).set_name(std::string("\0", 1)); }, "customers", nullptr, "NUL"},
    {"TwoColumnsOfOneName", [](auto& s) { Column(s, 0, 2).set_name("name"); }, "customers", "name", "two columns"},
    {"TooManyColumns",
     [](auto& s) {
       for (int i = 0; i < 2000; ++i) {
         v1::Column& column = *s.mutable_tables(0)->add_columns();
         column.set_name("c" + std::to_string(i));
         column.mutable_type()->set_kind(v1::Type::KIND_INT64);
       }
     },
     "customers", "", "more than 2000"},
    {"NoPrimaryKey", [](auto& s) { s.mutable_tables(0)->clear_primary_key(); }, "customers", "", "no primary key"},
    {"KeyOutOfRange", [](auto& s) { s.mutable_tables(0)->set_primary_key(0, 5); }, "customers", "", "column 5"},
    {"KeyTwice", [](auto& s) { s.mutable_tables(2)->set_primary_key(1, 0); }, "items", "", "twice"},
    {"NullableKey", [](auto& s) { Column(s, 3, 0).set_nullable(true); }, "tags", "name", "nullable"},
    {"ComputedKey", [](auto& s) { Column(s, 3, 0).set_generation(v1::GENERATION_COMPUTED); }, "tags", "name", "computed"},
    {"UnknownGeneration", [](auto& s) { Column(s, 3, 1).set_generation(static_cast<v1::Generation>(9)); }, "tags", "color", "9"},
    {"NoType", [](auto& s) { Column(s, 0, 1).clear_type(); }, "customers", "name", "kind"},
    {"UnknownKind", [](auto& s) { TypeOf(s, 0, 1).set_kind(static_cast<v1::Type::Kind>(99)); }, "customers", "name", "99"},
    {"ScaleAbovePrecision", [](auto& s) { TypeOf(s, 0, 3).set_scale(11); }, "customers", "balance", "scale 11"},
    {"PrecisionOfText", [](auto& s) { TypeOf(s, 0, 1).set_precision(3); }, "customers", "name", "only DECIMAL"},
    {"ArrayOfNothing", [](auto& s) { TypeOf(s, 0, 1).set_kind(v1::Type::KIND_ARRAY); }, "customers", "name", "elements"},
    {"ArrayOfArrays",
     [](auto& s) {
       TypeOf(s, 0, 1).set_kind(v1::Type::KIND_ARRAY);
       TypeOf(s, 0, 1).mutable_element()->set_kind(v1::Type::KIND_ARRAY);
     },
     "customers", "name", "innermost"},
    {"ElementOfText", [](auto& s) { TypeOf(s, 0, 1).mutable_element()->set_kind(v1::Type::KIND_TEXT); }, "customers", "name",
     "no element type"},
    {"NamelessOther", [](auto& s) { TypeOf(s, 0, 1).set_kind(v1::Type::KIND_OTHER); }, "customers", "name", "OTHER type is empty"},
    {"LabelTwice", [](auto& s) { TypeOf(s, 3, 1).add_enum_values("red"); }, "tags", "color", "twice"},
    {"LabelsOfText", [](auto& s) { TypeOf(s, 0, 1).add_enum_values("red"); }, "customers", "name", "only ENUM"},
    {"ForeignKeyOverNothing", [](auto& s) { s.mutable_tables(1)->mutable_foreign_keys(0)->clear_columns(); }, "orders", "",
     "foreign key 0 has no columns"},
    {"ForeignKeyToNothing", [](auto& s) { s.mutable_tables(1)->mutable_foreign_keys(0)->clear_referenced_columns(); }, "orders", "",
     "has no columns"},
    {"ForeignKeyToNoTable", [](auto& s) { s.mutable_tables(1)->mutable_foreign_keys(0)->set_referenced_table(4); }, "orders", "",
     "table 4"},
    {"ForeignKeyOutOfRange", [](auto& s) { s.mutable_tables(1)->mutable_foreign_keys(0)->set_columns(0, 3); }, "orders", "",
     "column 3"},
    {"ForeignKeyToNoColumn", [](auto& s) { s.mutable_tables(1)->mutable_foreign_keys(0)->set_referenced_columns(0, 5); }, "orders",
     "", "column 5"},
    {"ForeignKeyCountsDiffer", [](auto& s) { s.mutable_tables(1)->mutable_foreign_keys(0)->add_columns(2); }, "orders", "",
     "has 2 columns but refers to 1"},
    {"ForeignKeyOfOtherType", [](auto& s) { TypeOf(s, 1, 1).set_kind(v1::Type::KIND_TEXT); }, "orders", "customer_id",
     "from TEXT to \"id\", a INT64"},
    {"UniqueOverNothing", [](auto& s) { s.mutable_tables(0)->add_uniques()->set_name("u"); }, "customers", "",
     "unique constraint 0"},
    {"UniqueOutOfRange", [](auto& s) { s.mutable_tables(0)->add_uniques()->add_columns(5); }, "customers", "", "column 5"},
};

class ASchemaThatContradictsItself : public ::testing::TestWithParam<BadSchema> {};

TEST_P(ASchemaThatContradictsItself, IsRefusedNamingThePlace) {
  v1::Schema schema = shop::Schema();
  GetParam().spoil(schema);
  absl::Status status = SchemaIndex::Create(schema).status();
  ASSERT_EQ(ReasonOf(status), v1::ERROR_REASON_SCHEMA_INVALID) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().says));
  v1::ErrorDetail detail = DetailOf(status).value();
  if (GetParam().table != nullptr && *GetParam().table != '\0') {
    ASSERT_EQ(detail.entities_size(), 1);
    EXPECT_EQ(detail.entities(0).table(), GetParam().table);
  }
  if (GetParam().column != nullptr && *GetParam().column != '\0') {
    EXPECT_THAT(detail.columns(), ElementsAre(GetParam().column));
  }
}

INSTANTIATE_TEST_SUITE_P(Each, ASchemaThatContradictsItself, ::testing::ValuesIn(kBadSchemas),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SchemaIndex, ATableHasOneVersionThatCanMove) {
  auto create = [](auto change) {
    v1::Schema schema = shop::Schema();
    change(*schema.mutable_tables(0));
    return SchemaIndex::Create(schema);
  };
  auto index = create([](v1::Table& table) { table.mutable_columns(2)->set_version(true); });
  ASSERT_TRUE(index.ok()) << index.status();
  EXPECT_EQ((*index)->version_column(0), 2);
  EXPECT_EQ((*index)->version_column(1), -1);
  auto refused = [&](auto change) { return ReasonOf(create(change).status()) == v1::ERROR_REASON_SCHEMA_INVALID; };
  EXPECT_TRUE(refused([](v1::Table& table) {
    table.mutable_columns(1)->set_version(true);
    table.mutable_columns(2)->set_version(true);
  })) << "two versions";
  EXPECT_TRUE(refused([](v1::Table& table) { table.mutable_columns(0)->set_version(true); })) << "the key";
  EXPECT_TRUE(refused([](v1::Table& table) { table.mutable_columns(3)->set_version(true); })) << "a decimal";
  EXPECT_TRUE(refused([](v1::Table& table) { table.set_concurrency(v1::CONCURRENCY_VERSION); })) << "no version";
  EXPECT_TRUE(refused([](v1::Table& table) {
    table.mutable_columns(2)->set_version(true);
    table.set_concurrency(v1::CONCURRENCY_CHANGED_COLUMNS);
  })) << "a version that isn't used";
}

TEST(SchemaIndex, ForeignKeysMayCrossIntegerWidths) {
  v1::Schema schema = shop::Schema();
  TypeOf(schema, 1, 1).set_kind(v1::Type::KIND_INT32);
  EXPECT_TRUE(SchemaIndex::Create(schema).ok());
}

TEST(SchemaIndex, ForeignKeysMayCrossKindsOfText) {
  v1::Schema schema = shop::Schema();
  Column(schema, 0, 0).clear_generation();
  TypeOf(schema, 0, 0).set_kind(v1::Type::KIND_TEXT);
  TypeOf(schema, 1, 1).set_kind(v1::Type::KIND_OTHER);
  TypeOf(schema, 1, 1).set_name("bpchar");
  EXPECT_TRUE(SchemaIndex::Create(schema).ok());
}

TEST(SchemaIndex, TwoGeneratedKeyColumnsAndAnEnumWithoutANameAreFine) {
  v1::Schema schema = shop::Schema();
  Column(schema, 2, 0).set_generation(v1::GENERATION_KEY);
  Column(schema, 2, 1).set_generation(v1::GENERATION_KEY);
  EXPECT_TRUE(SchemaIndex::Create(schema).ok());
}

TEST(SchemaIndex, ALongNameOfWideCharactersIsClippedBetweenThem) {
  v1::Schema schema = shop::Schema();
  std::string name;
  for (int i = 0; i < 100; ++i) name += "€";
  schema.mutable_tables(0)->set_name(name);
  absl::Status status = SchemaIndex::Create(schema).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_SCHEMA_INVALID);  // the detail is valid UTF-8, or it wouldn't parse
}

}  // namespace
}  // namespace uow
