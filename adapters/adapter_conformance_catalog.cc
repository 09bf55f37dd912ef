// What the catalog says of a database.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/adapter_conformance.h"
#include "gmock/gmock.h"

namespace uow {
namespace {

using test::Ref;
using test::Text;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(AdapterConformance, TheCatalogGivesKeysAndReferences) {
  CreateTables(absl::StrCat(test::kShop, "CREATE TABLE no_key (a BIGINT); CREATE VIEW seen AS SELECT id FROM customer;"));
  ASSERT_EQ(description_.schema.tables_size(), 3);
  const v1::Table& customer = TableNamed("customer");
  ASSERT_THAT(customer.primary_key(), ElementsAre(0));
  EXPECT_EQ(customer.columns(0).generation(), v1::GENERATION_KEY);
  EXPECT_FALSE(customer.columns(0).nullable());
  EXPECT_FALSE(customer.columns(1).nullable());
  EXPECT_TRUE(customer.columns(2).nullable());
  ASSERT_EQ(customer.uniques_size(), 1);
  EXPECT_THAT(customer.uniques(0).columns(), ElementsAre(2));
  const v1::Table& item = TableNamed("item");
  EXPECT_THAT(item.primary_key(), ElementsAre(0, 1));
  EXPECT_EQ(item.columns(0).generation(), v1::GENERATION_UNSPECIFIED);
  ASSERT_EQ(item.foreign_keys_size(), 1);
  EXPECT_THAT(item.foreign_keys(0).columns(), ElementsAre(0));
  EXPECT_EQ(description_.schema.tables(item.foreign_keys(0).referenced_table()).name(), "orders");
  EXPECT_TRUE(TableNamed("orders").columns(2).has_default());
  std::vector<std::string> skipped;
  for (const v1::SkippedTable& table : description_.skipped) {
    skipped.push_back(table.name());
    EXPECT_FALSE(table.why().empty());
  }
  EXPECT_THAT(skipped, testing::UnorderedElementsAre("no_key", "seen"));
}

TEST_P(AdapterConformance, TheCatalogLeavesTheMarkersOut) {
  CreateTables(test::kShop);
  ASSERT_TRUE(Save({Insert("customer", {Ref(1)}, {{"name", Text("A")}})}).ok());
  auto description = target_->Describe();
  ASSERT_TRUE(description.ok()) << description.status();
  EXPECT_EQ(description->schema.tables_size(), 3);
  EXPECT_THAT(description->skipped, IsEmpty());
}

}  // namespace
}  // namespace uow
