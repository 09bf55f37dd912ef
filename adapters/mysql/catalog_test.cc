// What the catalog says, beyond what every dialect's does.
#include "adapters/mysql/mysql_test_fixture.h"

namespace uow {
namespace {

using testing::ElementsAre;

class MysqlCatalog : public MysqlTest {
 protected:
  const v1::Column& Column(const std::string& table, const std::string& name) {
    for (const v1::Column& column : TableNamed(table).columns()) {
      if (column.name() == name) return column;
    }
    ADD_FAILURE() << "no column " << name;
    return TableNamed(table).columns(0);
  }
};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlCatalog, testing::Values(mysql::Mariadb()));

TEST_P(MysqlCatalog, OnlyKeysAreGeneratedAndOnlyByDefaultsThatComputeSomething) {
  CreateTables(
      "CREATE TABLE t (id BIGINT NOT NULL AUTO_INCREMENT, tenant VARCHAR(20) NOT NULL DEFAULT 'main(x)', u VARCHAR(36) NOT NULL "
      "DEFAULT "
      "UUID(), made DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6), n INTEGER NOT NULL DEFAULT 1, twice INTEGER AS (n * 2) STORED, "
      "thrice "
      "INTEGER AS (n * 3) VIRTUAL, free INTEGER, PRIMARY KEY (tenant, id, u), KEY (id));");
  EXPECT_THAT(TableNamed("t").primary_key(), ElementsAre(1, 0, 2));
  EXPECT_EQ(Column("t", "id").generation(), v1::GENERATION_KEY);
  EXPECT_EQ(Column("t", "u").generation(), v1::GENERATION_KEY);
  EXPECT_EQ(Column("t", "tenant").generation(), v1::GENERATION_UNSPECIFIED);
  EXPECT_EQ(Column("t", "made").generation(), v1::GENERATION_UNSPECIFIED);
  EXPECT_EQ(Column("t", "twice").generation(), v1::GENERATION_COMPUTED);
  EXPECT_EQ(Column("t", "thrice").generation(), v1::GENERATION_COMPUTED);
  for (const char* name : {"id", "tenant", "u", "made", "n"}) EXPECT_TRUE(Column("t", name).has_default()) << name;
  EXPECT_FALSE(Column("t", "free").has_default());
  EXPECT_TRUE(Column("t", "free").nullable());
  EXPECT_FALSE(Column("t", "n").nullable());
}

TEST_P(MysqlCatalog, UniquesAreWholeColumnsOnly) {
  CreateTables(
      "CREATE TABLE t (id BIGINT PRIMARY KEY, a VARCHAR(50), b VARCHAR(50), c VARCHAR(50), UNIQUE KEY ab (b, a), UNIQUE KEY part "
      "(c(10)), KEY plain (a)); CREATE TABLE begins (k VARCHAR(50), PRIMARY KEY (k(5)));");
  ASSERT_EQ(TableNamed("t").uniques_size(), 1);
  EXPECT_EQ(TableNamed("t").uniques(0).name(), "ab");
  EXPECT_THAT(TableNamed("t").uniques(0).columns(), ElementsAre(2, 1));
  ASSERT_EQ(description_.skipped.size(), 1u);
  EXPECT_EQ(description_.skipped[0].name(), "begins");
}

TEST_P(MysqlCatalog, ForeignKeysHaveTheirActions) {
  CreateTables(
      "CREATE TABLE p (a BIGINT, b BIGINT, PRIMARY KEY (a, b)); CREATE TABLE c (id BIGINT PRIMARY KEY, x BIGINT, y BIGINT, z "
      "BIGINT, "
      "CONSTRAINT f1 FOREIGN KEY (y, x) REFERENCES p (a, b) ON DELETE CASCADE ON UPDATE SET NULL, CONSTRAINT f2 FOREIGN KEY (z) "
      "REFERENCES c (id) ON DELETE NO ACTION ON UPDATE RESTRICT);");
  const v1::Table& c = TableNamed("c");
  ASSERT_EQ(c.foreign_keys_size(), 2);
  EXPECT_EQ(c.foreign_keys(0).name(), "f1");
  EXPECT_THAT(c.foreign_keys(0).columns(), ElementsAre(2, 1));
  EXPECT_THAT(c.foreign_keys(0).referenced_columns(), ElementsAre(0, 1));
  EXPECT_EQ(c.foreign_keys(0).on_delete(), v1::REFERENTIAL_ACTION_CASCADE);
  EXPECT_EQ(c.foreign_keys(0).on_update(), v1::REFERENTIAL_ACTION_SET_NULL);
  EXPECT_FALSE(c.foreign_keys(0).deferrable());
  EXPECT_EQ(c.foreign_keys(1).on_delete(), v1::REFERENTIAL_ACTION_UNSPECIFIED);
  EXPECT_EQ(c.foreign_keys(1).on_update(), v1::REFERENTIAL_ACTION_RESTRICT);
}

TEST_P(MysqlCatalog, WhatIsLeftOutSaysWhy) {
  CreateTables(
      "CREATE TABLE t (id BIGINT PRIMARY KEY); CREATE TABLE k (a TEXT); CREATE VIEW v AS SELECT id FROM t; CREATE SEQUENCE s; "
      "CREATE "
      "TABLE aria (id BIGINT PRIMARY KEY) ENGINE=Aria;");
  std::vector<std::string> skipped;
  skipped.reserve(description_.skipped.size());
  for (const v1::SkippedTable& table : description_.skipped) skipped.push_back(absl::StrCat(table.name(), ": ", table.why()));
  EXPECT_THAT(skipped, ElementsAre("aria: its engine, Aria, knows no transactions", "k: it has no primary key",
                                   "s: it is a sequence", "v: it is a view"));
  ASSERT_EQ(description_.schema.tables_size(), 1);
}

TEST_P(MysqlCatalog, TheSameCatalogGivesTheSameSchema) {
  CreateTables(
      "CREATE TABLE z (id {key}); CREATE TABLE a (id {key}, z_id BIGINT REFERENCES z (id)); CREATE TABLE `B.c` (id {key});");
  auto again = target_->Describe();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*SchemaIndex::Create(again->schema))->id(), schema_->id());
  EXPECT_EQ(schema_->table(0).name(), "B.c");
}

}  // namespace
}  // namespace uow
