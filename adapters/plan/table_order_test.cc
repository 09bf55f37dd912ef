#include "adapters/plan/table_order.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace uow {
namespace {

using testing::ElementsAre;

// Tables of one key column and one column for each reference: (child, parent).
SchemaRef Tables(uint32_t count, const std::vector<std::pair<uint32_t, uint32_t>>& references) {
  v1::Schema schema;
  for (uint32_t t = 0; t < count; ++t) {
    v1::Table& table = *schema.add_tables();
    table.set_name(absl::StrCat("t", t));
    v1::Column& key = *table.add_columns();
    key.set_name("id");
    key.mutable_type()->set_kind(v1::Type::KIND_INT64);
    table.add_primary_key(0);
  }
  for (const auto& [child, parent] : references) {
    v1::Table& table = *schema.mutable_tables(child);
    v1::Column& column = *table.add_columns();
    column.set_name(absl::StrCat("ref", table.columns_size()));
    column.mutable_type()->set_kind(v1::Type::KIND_INT64);
    column.set_nullable(true);
    v1::ForeignKey& key = *table.add_foreign_keys();
    key.add_columns(table.columns_size() - 1);
    key.set_referenced_table(parent);
    key.add_referenced_columns(0);
  }
  auto index = SchemaIndex::Create(schema);
  EXPECT_TRUE(index.ok()) << index.status();
  return *index;
}

TEST(TableOrderTest, DepthIsTheLongestPathToATableThatRefersToNone) {
  TableOrder order(*Tables(4, {{2, 1}, {1, 0}, {2, 0}, {3, 0}}));
  EXPECT_THAT((std::vector{order.depth(0), order.depth(1), order.depth(2), order.depth(3)}), ElementsAre(0, 1, 2, 1));
  EXPECT_FALSE(order.cyclic(2));
}

TEST(TableOrderTest, TablesInACycleShareADepth) {
  TableOrder order(*Tables(5, {{1, 2}, {2, 1}, {1, 0}, {3, 2}, {4, 4}}));
  EXPECT_EQ(order.group(1), order.group(2));
  EXPECT_EQ(order.depth(1), 1u);
  EXPECT_EQ(order.depth(2), 1u);
  EXPECT_EQ(order.depth(3), 2u);
  EXPECT_TRUE(order.cyclic(1));
  EXPECT_FALSE(order.cyclic(3));
  EXPECT_TRUE(order.cyclic(4)) << "a table that refers to itself";
}

TEST(TableOrderTest, TablesThatReferThroughOthersAreFound) {
  TableOrder order(*Tables(5, {{1, 0}, {2, 1}, {3, 3}}));
  EXPECT_THAT(order.Referring({0}), ElementsAre(true, true, true, false, false));
}

TEST(TableOrderTest, AChainOfThousandsOfTablesNeedsNoRecursion) {
  std::vector<std::pair<uint32_t, uint32_t>> chain;
  for (uint32_t t = 0; t + 1 < 4000; ++t) chain.emplace_back(t, t + 1);
  TableOrder order(*Tables(4000, chain));
  EXPECT_EQ(order.depth(0), 3999u);
}

}  // namespace
}  // namespace uow
