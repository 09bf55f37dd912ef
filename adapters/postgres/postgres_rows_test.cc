// Keys, names and refused rows as only PostgreSQL has them.
#include <functional>
#include <vector>

#include "adapters/postgres/postgres_test_fixture.h"

namespace uow {
namespace {

using test::Decimal;
using test::Int;
using test::Json;
using test::Null;
using test::Ref;
using test::Text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class PostgresRows : public PostgresTest {};
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresRows, testing::Values(postgres::IdentityKeys()));

TEST_P(PostgresRows, KeysOfEverySequenceAreDrawnInOneStatement) {
  CreateTables(
      "CREATE SEQUENCE shared; CREATE TABLE always (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n text);"
      "CREATE TABLE small (id smallserial PRIMARY KEY, always_id bigint REFERENCES always (id));"
      "CREATE TABLE wide (id numeric(12) PRIMARY KEY DEFAULT nextval('shared'), small_id smallint REFERENCES small (id));");
  ASSERT_TRUE(Save({Insert("always", {Int(1000)}, {{"n", Text("given")}})}).ok());
  std::vector<v1::NetChange> changes = {
      Insert("wide", {Ref(5)}, {{"small_id", Ref(3)}}), Insert("small", {Ref(3)}, {{"always_id", Ref(1)}}),
      Insert("always", {Ref(1)}, {{"n", Text("a")}}), Insert("always", {Ref(2)}, {{"n", Text("b")}})};
  absl::StatusOr<Plan> plan = BuildPlan(*schema_, changes, target_->traits());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(target_->RenderKeyAllocation(*schema_, *plan), SizeIs(1));
  absl::StatusOr<std::unique_ptr<Connection>> connection = target_->Acquire();
  ASSERT_TRUE(connection.ok()) << connection.status();
  HandleMap keys;
  absl::Status drawn = (*connection)->AllocateKeys(*schema_, *plan, keys);
  ASSERT_TRUE(drawn.ok()) << drawn;
  EXPECT_EQ(keys.size(), 4u);
  target_->Release(std::move(*connection));
  ASSERT_TRUE(Save(changes).ok());
  EXPECT_THAT(Query("SELECT a.n FROM wide w JOIN small s ON s.id = w.small_id JOIN always a ON a.id = s.always_id"),
              ElementsAre("a"));
  EXPECT_THAT(Query("SELECT n FROM always WHERE id = 1000"), ElementsAre("given"));
}

TEST_P(PostgresRows, KeysThatNoSequenceGivesComeBackWithTheirOwnRows) {
  // What the default computes isn't what its sequence gives.
  CreateTables(
      "CREATE SEQUENCE s; CREATE TABLE tens (id bigint PRIMARY KEY DEFAULT nextval('s') * 10, n text, doc jsonb);"
      "CREATE TABLE ref (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tens_id bigint REFERENCES tens (id));"
      "CREATE TABLE bare (id uuid PRIMARY KEY DEFAULT gen_random_uuid());");
  auto outcome = Save({Insert("tens", {Ref(1)}, {{"n", Text("a\\b")}, {"doc", Json("{}")}}),
                       Insert("tens", {Ref(2)}, {{"n", Null()}, {"doc", Null()}}), Insert("ref", {Ref(3)}, {{"tens_id", Ref(2)}}),
                       Insert("bare", {Ref(4)})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT id, n, doc FROM tens ORDER BY id"), ElementsAre("10|a\\b|{}", "20|NULL|NULL"));
  EXPECT_THAT(Query("SELECT tens_id FROM ref"), ElementsAre("20"));
  EXPECT_EQ(outcome->generated[0].generated_key(0).int64_value(), 10);
  EXPECT_THAT(Query("SELECT id FROM bare"), ElementsAre(outcome->generated[3].generated_key(0).text_value()));
}

TEST_P(PostgresRows, NeighboursAreDeletedAsOneRange) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY); CREATE TABLE small (id smallint PRIMARY KEY);");
  auto fill = [&] {
    Execute("TRUNCATE t, small; INSERT INTO t SELECT generate_series(-100, 300); INSERT INTO small SELECT * FROM t");
  };
  auto deletes = [&](const char* table, int first, int last, int step) {
    std::vector<v1::NetChange> changes;
    for (int id = last; id >= first; id -= step) changes.push_back(Delete(table, {Int(id)}));
    return changes;
  };
  auto sql_of = [&](const std::vector<v1::NetChange>& changes) {
    absl::StatusOr<Plan> plan = BuildPlan(*schema_, changes, target_->traits());
    return plan.ok() ? target_->Render(*schema_, plan->steps[0]).sql : plan.status().ToString();
  };
  for (const char* table : {"t", "small"}) {
    fill();
    const std::vector<v1::NetChange> run = deletes(table, -99, 200, 1);
    EXPECT_THAT(sql_of(run), HasSubstr("BETWEEN"));
    absl::StatusOr<SaveOutcome> outcome = Save(run);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->deleted, 300u);
    EXPECT_THAT(Query(absl::StrCat("SELECT count(*), min(id), max(id) FROM ", table)), ElementsAre("101|-100|300"));

    fill();
    Execute(absl::StrCat("DELETE FROM ", table, " WHERE id IN (7, 9)"));
    const absl::Status stale = Save(run).status();
    EXPECT_EQ(ReasonOf(stale), v1::ERROR_REASON_STALE_ENTITY) << stale;
    EXPECT_EQ(DetailOf(stale)->entities_size(), 2);
    EXPECT_THAT(Query(absl::StrCat("SELECT count(*) FROM ", table)), ElementsAre("399")) << "nothing was deleted";

    const std::vector<v1::NetChange> gaps = deletes(table, -100, 300, 2);
    EXPECT_THAT(sql_of(gaps), HasSubstr("= ANY("));
    fill();
    EXPECT_TRUE(Save(gaps).ok());
    EXPECT_THAT(Query(absl::StrCat("SELECT count(*), min(id), max(id) FROM ", table)), ElementsAre("200|-99|299"));
    EXPECT_THAT(sql_of(deletes(table, 1, 50, 1)), HasSubstr("= ANY(")) << "too few to matter";
  }
}

TEST_P(PostgresRows, ChangedRowsAreLookedForByTheirKeysAlone) {
  CreateTables(
      "CREATE TABLE t (id bigint PRIMARY KEY, n bigint); CREATE TABLE named (name text PRIMARY KEY, n bigint);"
      "CREATE TABLE pair (a bigint, b bigint, n bigint, PRIMARY KEY (a, b));");
  Execute(
      "INSERT INTO t SELECT i, 0 FROM generate_series(1, 5000) i; INSERT INTO named SELECT 'é' || i, 0 FROM generate_series(1, 50) "
      "i;"
      "INSERT INTO pair SELECT i, i, 0 FROM generate_series(1, 50) i");
  auto updates = [this](int count, const char* table, const std::function<std::vector<v1::Value>(int)>& key) {
    std::vector<v1::NetChange> changes;
    for (int i = count; i > 0; --i) changes.push_back(Update(table, key(i), {{"n", Int(i)}}));
    return changes;
  };
  auto sql_of = [&](const std::vector<v1::NetChange>& changes) {
    absl::StatusOr<Plan> plan = BuildPlan(*schema_, changes, target_->traits());
    return plan.ok() ? target_->Render(*schema_, plan->steps[0]).sql : plan.status().ToString();
  };
  const auto number = [](int i) { return std::vector<v1::Value>{Int(i)}; };
  const auto name = [](int i) { return std::vector<v1::Value>{Text(absl::StrCat("é", i))}; };
  const auto two = [](int i) { return std::vector<v1::Value>{Int(i), Int(i)}; };
  const auto searched = HasSubstr(" = ANY(");
  EXPECT_THAT(sql_of(updates(20, "t", number)), searched);
  EXPECT_THAT(sql_of(updates(4096, "t", number)), searched);
  EXPECT_THAT(sql_of(updates(20, "named", name)), searched);
  EXPECT_THAT(sql_of(updates(19, "t", number)), Not(searched)) << "the server does so by itself";
  EXPECT_THAT(sql_of(updates(4097, "t", number)), Not(searched)) << "a large part of most tables";
  EXPECT_THAT(sql_of(updates(20, "pair", two)), Not(searched)) << "an array has no keys of two columns";

  for (const auto& changes : {updates(50, "t", number), updates(50, "named", name), updates(50, "pair", two)}) {
    absl::StatusOr<SaveOutcome> outcome = Save(changes);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->updated, 50u);
  }
  EXPECT_THAT(Query("SELECT count(*), sum(n) FROM t WHERE n = id"), ElementsAre("50|1275"));
  EXPECT_THAT(Query("SELECT count(*) FROM named WHERE name = 'é' || n"), ElementsAre("50"));

  Execute("DELETE FROM t WHERE id IN (3, 30)");
  const absl::Status stale = Save(updates(50, "t", number)).status();
  EXPECT_EQ(ReasonOf(stale), v1::ERROR_REASON_STALE_ENTITY) << stale;
  EXPECT_EQ(DetailOf(stale)->entities_size(), 2) << stale;
}

TEST_P(PostgresRows, AnIdentityWorksWithoutARightToItsSequence) {
  CreateTables("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n text);");
  Execute(
      "CREATE ROLE writer_of_rows LOGIN PASSWORD 'w'; GRANT INSERT, SELECT ON t TO writer_of_rows; "
      "GRANT CREATE ON SCHEMA public TO writer_of_rows");
  TargetConfig config = database().Config();
  config.dsn = DsnOf("writer_of_rows", "w");
  target_ = TargetWith(config);
  auto outcome = Save({Insert("t", {Ref(1)}, {{"n", Text("a")}}), Insert("t", {Ref(2)}, {{"n", Text("b")}})});
  EXPECT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT id, n FROM t ORDER BY id"), ElementsAre("1|a", "2|b"));
  absl::Status denied = Save({Update("t", {Int(1)}, {{"n", Text("x")}})}).status();
  EXPECT_EQ(ReasonOf(denied), v1::ERROR_REASON_TARGET_DENIED) << denied;
  target_.reset();
  Execute("DROP OWNED BY writer_of_rows; DROP ROLE writer_of_rows");
}

TEST_P(PostgresRows, TablesOfTheSameNameInTwoSchemasAreTwoTables) {
  CreateTables(
      "CREATE SCHEMA a; CREATE SCHEMA \"B.c\"; CREATE TABLE a.t (id bigint PRIMARY KEY, n text); CREATE TABLE \"B.c\".t (id bigint "
      "PRIMARY KEY, n text, a_id bigint REFERENCES a.t (id));");
  ASSERT_EQ(schema_->table_count(), 2u);
  std::vector<v1::NetChange> changes = {Insert("t", {Int(1)}, {{"n", Text("x")}}), Insert("t", {Int(1)}, {{"n", Text("y")}})};
  changes[0].set_table(*schema_->FindTable("a.t"));
  changes[1].set_table(schema_->table(0).namespace_() == "a" ? 1 : 0);
  auto outcome = Save(changes);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT n FROM a.t UNION ALL SELECT n FROM \"B.c\".t"), ElementsAre("x", "y"));
  absl::Status taken = Save({changes[1]}).status();
  EXPECT_EQ(DetailOf(taken)->entities(0).namespace_(), "B.c") << taken;
}

TEST_P(PostgresRows, ADeferredConstraintFailsBeforeTheCommitAndIsNamed) {
  CreateTables(
      "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE c (id bigint PRIMARY KEY, p_id bigint, CONSTRAINT to_p FOREIGN KEY "
      "(p_id) "
      "REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);");
  absl::Status status = Save({Insert("c", {Int(1)}, {{"p_id", Int(7)}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY) << status;
  EXPECT_EQ(DetailOf(status)->constraint(), "to_p");
  EXPECT_EQ(DetailOf(status)->sqlstate(), "23503");
  EXPECT_THAT(std::string(status.message()), HasSubstr("(p_id)=(7)"));
  EXPECT_THAT(EntitiesOf(status), ElementsAre("c(1)"));
  EXPECT_THAT(DetailOf(status)->columns(), ElementsAre("p_id"));
  EXPECT_THAT(Query("SELECT id FROM c"), IsEmpty());
  EXPECT_TRUE(Save({Insert("c", {Int(1)}, {{"p_id", Int(7)}}), Insert("p", {Int(7)})}).ok());
  status = Save({Delete("p", {Int(7)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY) << status;
  EXPECT_THAT(EntitiesOf(status), ElementsAre("p(7)"));
}

TEST_P(PostgresRows, AnyRefusedRowOfABatchIsFound) {
  CreateTables(
      "CREATE TABLE t (id bigint PRIMARY KEY, n varchar(5), x numeric(4,2), doc jsonb, CONSTRAINT short CHECK (n <> 'bad'));");
  struct Case {
    std::string column;
    v1::Value value;
    v1::ErrorReason reason;
    std::string sqlstate;
  };
  for (const Case& c : std::vector<Case>{
           {"n", Text("longer"), v1::ERROR_REASON_TARGET_REJECTED, "22001"},
           {"n", Text("bad"), v1::ERROR_REASON_CONSTRAINT_CHECK, "23514"},
           {"x", Decimal("100.5"), v1::ERROR_REASON_TARGET_REJECTED, "22003"},
           {"doc", Json(R"("\u0000")"), v1::ERROR_REASON_TARGET_REJECTED, "22P05"},
       }) {
    SCOPED_TRACE(c.sqlstate);
    for (int bad : {0, 1, 6, 12}) {
      std::vector<v1::NetChange> changes;
      changes.reserve(13);
      for (int i = 0; i < 13; ++i) changes.push_back(Insert("t", {Int(i)}, {{c.column, Null()}}));
      *changes[bad].mutable_fields(0)->mutable_value() = c.value;
      absl::Status status = Save(changes).status();
      EXPECT_EQ(ReasonOf(status), c.reason) << status;
      EXPECT_THAT(EntitiesOf(status), ElementsAre(absl::StrCat("t(", bad, ")")));
      EXPECT_EQ(DetailOf(status)->offset(), changes[bad].last_offset());
      EXPECT_EQ(DetailOf(status)->sqlstate(), c.sqlstate);
    }
  }
  EXPECT_THAT(Query("SELECT id FROM t"), IsEmpty());
}

TEST_P(PostgresRows, TextWithANulIsRefusedBeforeItIsCutShort) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY, n text);");
  absl::Status status =
      Save({Insert("t", {Int(1)}, {{"n", Text("a")}}), Insert("t", {Int(2)}, {{"n", Text(std::string("a\0b", 3))}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_VALUE_OUT_OF_RANGE) << status;
  EXPECT_THAT(EntitiesOf(status), ElementsAre("t(2)"));
  EXPECT_THAT(DetailOf(status)->columns(), ElementsAre("n"));
}

TEST_P(PostgresRows, WhatATriggerSaysReachesTheUserWithItsRow) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY, n text);");
  Execute(
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.n = 'no' THEN RAISE EXCEPTION 'not on Sundays'; "
      "END IF; IF NEW.n = 'gone' THEN RETURN NULL; END IF; RETURN NEW; END $$; "
      "CREATE TRIGGER tr BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()");
  absl::Status status = Save({Insert("t", {Int(1)}, {{"n", Text("yes")}}), Insert("t", {Int(2)}, {{"n", Text("no")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("not on Sundays"));
  EXPECT_THAT(EntitiesOf(status), ElementsAre("t(2)"));
  status = Save({Insert("t", {Int(1)}, {{"n", Text("yes")}}), Insert("t", {Int(2)}, {{"n", Text("gone")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  EXPECT_THAT(Query("SELECT id FROM t"), IsEmpty());
}

TEST_P(PostgresRows, RowsOfPartitionedTablesFindTheirPartition) {
  CreateTables(
      "CREATE TABLE m (id bigint GENERATED ALWAYS AS IDENTITY, day date, n text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day); "
      "CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); "
      "CREATE TABLE m2 PARTITION OF m FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');");
  ASSERT_EQ(schema_->table_count(), 1u);
  auto outcome = Save({Insert("m", {Ref(1), test::Time("2026-01-05")}, {{"n", Text("a")}}),
                       Insert("m", {Ref(2), test::Time("2026-02-05")}, {{"n", Text("b")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT n FROM m2"), ElementsAre("b"));
}

TEST_P(PostgresRows, AChangedTypeIsASchemaChange) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY, n integer);");
  Execute("INSERT INTO t VALUES (1, 1)");
  Execute("ALTER TABLE t ALTER n TYPE date USING '2026-01-01'::date");
  absl::Status status = Save({Update("t", {Int(1)}, {{"n", Int(5)}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_SCHEMA_CHANGED) << status;
  Execute("ALTER TABLE t ALTER id TYPE uuid USING gen_random_uuid()");
  status = Save({Delete("t", {Int(1)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_SCHEMA_CHANGED) << status;
}

}  // namespace
}  // namespace uow
