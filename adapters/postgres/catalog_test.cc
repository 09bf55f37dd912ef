// What the catalog says, beyond what every dialect's does.
#include "adapters/postgres/postgres_test_fixture.h"

namespace uow {
namespace {

using testing::ElementsAre;

class PostgresCatalog : public PostgresTest {
 protected:
  const v1::Column& Column(const std::string& table, const std::string& name) {
    for (const v1::Column& column : TableNamed(table).columns()) {
      if (column.name() == name) return column;
    }
    ADD_FAILURE() << "no column " << name;
    return TableNamed(table).columns(0);
  }
};
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresCatalog, testing::Values(postgres::IdentityKeys()));

TEST_P(PostgresCatalog, OnlyKeysAreGeneratedAndOnlyByDefaultsThatComputeSomething) {
  CreateTables(
      "CREATE TABLE t (id serial, tenant text DEFAULT 'main', made timestamptz DEFAULT now(), u uuid DEFAULT gen_random_uuid(), "
      "n integer NOT NULL DEFAULT 1, twice integer GENERATED ALWAYS AS (n * 2) STORED, other bigint GENERATED ALWAYS AS IDENTITY, "
      "PRIMARY KEY (tenant, id, u));");
  EXPECT_THAT(TableNamed("t").primary_key(), ElementsAre(1, 0, 3));
  EXPECT_EQ(Column("t", "id").generation(), v1::GENERATION_KEY);
  EXPECT_EQ(Column("t", "u").generation(), v1::GENERATION_KEY);
  EXPECT_EQ(Column("t", "tenant").generation(), v1::GENERATION_UNSPECIFIED);
  EXPECT_EQ(Column("t", "made").generation(), v1::GENERATION_UNSPECIFIED);
  EXPECT_EQ(Column("t", "twice").generation(), v1::GENERATION_COMPUTED);
  EXPECT_EQ(Column("t", "other").generation(), v1::GENERATION_UNSPECIFIED);
  for (const char* name : {"id", "tenant", "made", "u", "n", "other"}) EXPECT_TRUE(Column("t", name).has_default()) << name;
  EXPECT_TRUE(Column("t", "made").nullable());
  EXPECT_FALSE(Column("t", "n").nullable());
}

TEST_P(PostgresCatalog, DroppedColumnsLeaveNoGap) {
  CreateTables(
      "CREATE TABLE t (gone text, id bigint PRIMARY KEY, also_gone text, n text UNIQUE); ALTER TABLE t DROP gone, DROP also_gone;");
  ASSERT_EQ(TableNamed("t").columns_size(), 2);
  EXPECT_THAT(TableNamed("t").primary_key(), ElementsAre(0));
  EXPECT_THAT(TableNamed("t").uniques(0).columns(), ElementsAre(1));
}

TEST_P(PostgresCatalog, UniquesArePlainColumnsOnly) {
  CreateTables(
      "CREATE TABLE t (id bigint PRIMARY KEY, a text, b text, c text, CONSTRAINT ab UNIQUE (b, a) INCLUDE (c)); "
      "CREATE UNIQUE INDEX c_index ON t (c); CREATE UNIQUE INDEX part ON t (a) WHERE b IS NULL; CREATE UNIQUE INDEX low ON t "
      "(lower(a)); "
      "CREATE INDEX plain ON t (a);");
  ASSERT_EQ(TableNamed("t").uniques_size(), 2);
  EXPECT_EQ(TableNamed("t").uniques(0).name(), "ab");
  EXPECT_THAT(TableNamed("t").uniques(0).columns(), ElementsAre(2, 1));
  EXPECT_EQ(TableNamed("t").uniques(1).name(), "c_index");
}

TEST_P(PostgresCatalog, TextsSayHowLongTheyMayBe) {
  CreateTables(
      "CREATE DOMAIN code AS varchar(3); CREATE TABLE t (id bigint PRIMARY KEY, a varchar(20), b text, c varchar, d code);");
  EXPECT_EQ(Column("t", "a").max_length(), 20u);
  EXPECT_EQ(Column("t", "b").max_length(), 0u);
  EXPECT_EQ(Column("t", "c").max_length(), 0u);
  EXPECT_EQ(Column("t", "d").max_length(), 3u);
}

TEST_P(PostgresCatalog, ForeignKeysHaveTheirActions) {
  CreateTables(
      "CREATE TABLE p (a bigint, b bigint, PRIMARY KEY (a, b)); CREATE TABLE keyless (a bigint UNIQUE); "
      "CREATE TABLE c (id bigint PRIMARY KEY, x bigint, y bigint, CONSTRAINT f1 FOREIGN KEY (y, x) REFERENCES p (a, b) ON DELETE "
      "CASCADE "
      "ON UPDATE SET NULL DEFERRABLE, CONSTRAINT f2 FOREIGN KEY (x) REFERENCES keyless (a), CONSTRAINT f3 FOREIGN KEY (x) "
      "REFERENCES c "
      "(id) ON DELETE SET DEFAULT ON UPDATE RESTRICT);");
  const v1::Table& c = TableNamed("c");
  ASSERT_EQ(c.foreign_keys_size(), 2) << "a table without a key is no part of a session";
  EXPECT_EQ(c.foreign_keys(0).name(), "f1");
  EXPECT_THAT(c.foreign_keys(0).columns(), ElementsAre(2, 1));
  EXPECT_THAT(c.foreign_keys(0).referenced_columns(), ElementsAre(0, 1));
  EXPECT_EQ(c.foreign_keys(0).on_delete(), v1::REFERENTIAL_ACTION_CASCADE);
  EXPECT_EQ(c.foreign_keys(0).on_update(), v1::REFERENTIAL_ACTION_SET_NULL);
  EXPECT_TRUE(c.foreign_keys(0).deferrable());
  EXPECT_EQ(c.foreign_keys(1).on_delete(), v1::REFERENTIAL_ACTION_SET_DEFAULT);
  EXPECT_EQ(c.foreign_keys(1).on_update(), v1::REFERENTIAL_ACTION_RESTRICT);
  EXPECT_FALSE(c.foreign_keys(1).deferrable());
}

TEST_P(PostgresCatalog, DomainsCountAsTheirBaseAndKeepTheirName) {
  CreateTables(
      "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN must AS integer NOT NULL DEFAULT 3; CREATE DOMAIN inner_mood AS mood; "
      "CREATE DOMAIN outer_mood AS inner_mood; CREATE TABLE t (id bigint PRIMARY KEY, a must, b outer_mood, c must ARRAY, d "
      "numeric(2,5));");
  const v1::Column& a = Column("t", "a");
  EXPECT_EQ(a.type().kind(), v1::Type::KIND_INT32);
  EXPECT_EQ(a.type().name(), "must");
  EXPECT_FALSE(a.nullable());
  EXPECT_TRUE(a.has_default());
  const v1::Column& b = Column("t", "b");
  EXPECT_EQ(b.type().kind(), v1::Type::KIND_ENUM);
  EXPECT_EQ(b.type().name(), "outer_mood");
  EXPECT_THAT(b.type().enum_values(), ElementsAre("sad", "ok"));
  EXPECT_EQ(Column("t", "c").type().element().kind(), v1::Type::KIND_INT32);
  EXPECT_EQ(Column("t", "d").type().precision(), 0u) << "a scale above the precision";
  auto outcome = Save({Insert("t", {test::Int(1)}, {{"b", test::Text("ok")}, {"c", test::Array({test::Int(4)})}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT a, b, c FROM t"), ElementsAre("3|ok|{4}"));
}

TEST_P(PostgresCatalog, WhatIsLeftOutSaysWhy) {
  CreateTables(
      "CREATE TABLE t (id bigint PRIMARY KEY); CREATE TABLE k (a text); CREATE MATERIALIZED VIEW v AS SELECT 1 AS one; "
      "CREATE TABLE r (id bigint PRIMARY KEY) PARTITION BY HASH (id); CREATE TABLE r0 PARTITION OF r FOR VALUES WITH (MODULUS 1, "
      "REMAINDER 0); CREATE TEMP TABLE tmp (id bigint PRIMARY KEY);");
  std::vector<std::string> skipped;
  skipped.reserve(description_.skipped.size());
  for (const v1::SkippedTable& table : description_.skipped) skipped.push_back(absl::StrCat(table.name(), ": ", table.why()));
  EXPECT_THAT(skipped,
              ElementsAre("k: it has no primary key", "r0: it is a partition; use the partitioned table", "v: it is a view"));
  ASSERT_EQ(description_.schema.tables_size(), 2);
  EXPECT_EQ(description_.schema.tables(0).namespace_(), "public");
  EXPECT_EQ(description_.schema.tables(1).name(), "t");
}

TEST_P(PostgresCatalog, TheSameCatalogGivesTheSameSchema) {
  CreateTables(
      "CREATE TABLE z (id {key}); CREATE TABLE \"A\" (id {key}, z_id bigint REFERENCES z (id)); CREATE TABLE a (id {key});");
  auto again = target_->Describe();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*SchemaIndex::Create(again->schema))->id(), schema_->id());
  EXPECT_EQ(schema_->table(0).name(), "A");
}

}  // namespace
}  // namespace uow
