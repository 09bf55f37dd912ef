// Many rows at once: COPY, and keys that are drawn together.
#include "adapters/postgres/copy_rows.h"
#include "adapters/postgres/postgres_test_fixture.h"
#include "adapters/postgres/value_text.h"

namespace uow {
namespace {

using test::Bytes;
using test::Int;
using test::Json;
using test::Null;
using test::Ref;
using test::Text;
using testing::ElementsAre;
using testing::SizeIs;

constexpr int kRows = 1500;  // COPY begins at 1,000

class PostgresCopy : public PostgresTest {
 protected:
  // How the only step of the changes runs.
  v1::ParameterStyle StyleOf(const std::vector<v1::NetChange>& changes) {
    absl::StatusOr<Plan> plan = BuildPlan(*schema_, changes, target_->traits());
    EXPECT_TRUE(plan.ok()) << plan.status();
    absl::StatusOr<RenderedPlan> rendered = target_->RenderPlan(*schema_, *plan);
    EXPECT_TRUE(rendered.ok()) << rendered.status();
    if (!rendered.ok()) return v1::PARAMETER_STYLE_UNSPECIFIED;
    EXPECT_THAT(rendered->steps, SizeIs(1));
    ahead_ = rendered->ahead;
    return rendered->steps[0].style;
  }

  std::vector<v1::NetChange> Rows(const std::string& table, const std::string& column, const v1::Value& value) {
    std::vector<v1::NetChange> changes;
    for (int i = 1; i <= kRows; ++i) changes.push_back(Insert(table, {Int(i)}, {{column, value}}));
    return changes;
  }

  std::vector<v1::PlannedStatement> ahead_;
};
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresCopy, testing::Values(postgres::IdentityKeys()));

TEST_P(PostgresCopy, ValuesOfEveryFormArriveAsTheyAre) {
  CreateTables(
      "CREATE TYPE mood AS ENUM ('sad', 'a\tb'); CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n text, b "
      "bytea, "
      "doc json, m mood, tags text ARRAY);");
  const std::string odd = "tab\there\nline\rreturn\\N \\. \\backslash \x01 \"quoted\" \xc3\xa9";
  v1::Value tags;
  *tags.mutable_array_value()->add_elements() = Text("a,\"\\\n");
  *tags.mutable_array_value()->add_elements() = Null();
  std::vector<v1::NetChange> changes;
  for (int i = 1; i <= kRows; ++i) {
    changes.push_back(Insert("t", {Ref(i)},
                             {{"n", i % 3 == 0   ? Null()
                                    : i % 3 == 1 ? Text(odd)
                                                 : Text("\\N")},
                              {"b", Bytes(std::string("\x00\\\n\xff", 4))},
                              {"doc", Json("{\"b\": 1.0,\n\"a\": \"\\t\"}")},
                              {"m", Text("a\tb")},
                              {"tags", tags}}));
  }
  EXPECT_EQ(StyleOf(changes), v1::PARAMETER_STYLE_COPY);
  auto outcome = Save(changes);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->inserted, static_cast<uint64_t>(kRows));
  EXPECT_THAT(Query("SELECT count(*), count(DISTINCT id), count(n) FROM t"), ElementsAre("1500|1500|1000"));
  EXPECT_THAT(Query("SELECT DISTINCT n FROM t WHERE n <> '\\N'"), ElementsAre(odd));
  EXPECT_THAT(Query("SELECT count(*) FROM t WHERE n = '\\N'"), ElementsAre("500"));
  EXPECT_THAT(Query("SELECT DISTINCT encode(b, 'hex'), doc::text, m = E'a\\tb', tags::text FROM t"),
              ElementsAre("005c0aff|{\"a\":\"\\u0009\",\"b\":1}|t|{\"a,\\\"\\\\\n\",NULL}"));
  // Rows have the keys that the outcome tells.
  const v1::GeneratedEntity& third = outcome->generated[2];
  EXPECT_THAT(Query(absl::StrCat("SELECT n IS NULL FROM t WHERE id = ", third.generated_key(0).int64_value())), ElementsAre("t"));
}

TEST_P(PostgresCopy, TheRefusedRowIsNamed) {
  CreateTables(
      "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE \"t, line 5\" (id bigint PRIMARY KEY, n varchar(5) NOT NULL, p_id "
      "bigint "
      "REFERENCES p (id), u text UNIQUE, CHECK (n <> 'bad'));");
  Execute("INSERT INTO p VALUES (1); INSERT INTO \"t, line 5\" VALUES (0, 'a', 1, 'taken')");
  struct Case {
    std::string column;
    v1::Value value;
    v1::ErrorReason reason;
  };
  for (const Case& c :
       {Case{"n", Text("bad"), v1::ERROR_REASON_CONSTRAINT_CHECK}, Case{"n", Text("longer"), v1::ERROR_REASON_TARGET_REJECTED},
        Case{"n", Null(), v1::ERROR_REASON_CONSTRAINT_NOT_NULL}, Case{"u", Text("taken"), v1::ERROR_REASON_CONSTRAINT_UNIQUE},
        Case{"p_id", Int(7), v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY}}) {
    std::vector<v1::NetChange> changes;
    for (int i = 1; i <= kRows; ++i) {
      const bool bad = i == 1234;
      changes.push_back(Insert("t, line 5", {Int(i)},
                               {{"n", bad && c.column == "n" ? c.value : Text("ok")},
                                {"p_id", bad && c.column == "p_id" ? c.value : Int(1)},
                                {"u", bad && c.column == "u" ? c.value : Text(absl::StrCat(i))}}));
    }
    absl::Status status = Save(changes).status();
    EXPECT_EQ(ReasonOf(status), c.reason) << status;
    EXPECT_THAT(EntitiesOf(status), ElementsAre("t, line 5(1234)")) << status;
    EXPECT_EQ(DetailOf(status)->offset(), changes[1233].last_offset());
  }
  EXPECT_THAT(Query("SELECT count(*) FROM \"t, line 5\""), ElementsAre("1"));
  std::vector<v1::NetChange> nul = Rows("t, line 5", "n", Text("a"));
  nul[700].mutable_fields(0)->mutable_value()->set_text_value(std::string("a\0b", 3));
  absl::Status status = Save(nul).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_VALUE_OUT_OF_RANGE) << status;
  EXPECT_THAT(EntitiesOf(status), ElementsAre("t, line 5(701)"));
}

TEST_P(PostgresCopy, TablesWithRulesOrRowSecurityAreInsertedInto) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY, n text); CREATE TABLE log (id bigint PRIMARY KEY);");
  Execute("CREATE RULE logged AS ON INSERT TO t DO ALSO INSERT INTO log VALUES (NEW.id)");
  std::vector<v1::NetChange> changes = Rows("t", "n", Text("a"));
  EXPECT_EQ(StyleOf(changes), v1::PARAMETER_STYLE_ARRAYS);
  ASSERT_TRUE(Save(changes).ok());
  EXPECT_THAT(Query("SELECT count(*) FROM log"), ElementsAre("1500"));
  Execute("DROP RULE logged ON t; DELETE FROM t; ALTER TABLE t ENABLE ROW LEVEL SECURITY");
  EXPECT_EQ(StyleOf(changes), v1::PARAMETER_STYLE_ARRAYS);
  EXPECT_TRUE(Save(changes).ok());
}

TEST_P(PostgresCopy, ATriggerThatSwallowsARowIsNoticed) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY, n text);");
  Execute(
      "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 7 THEN RETURN NULL; END IF; RETURN NEW; "
      "END "
      "$$; CREATE TRIGGER swallow BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION swallow()");
  absl::Status status = Save(Rows("t", "n", Text("a"))).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  EXPECT_THAT(Query("SELECT count(*) FROM t"), ElementsAre("0"));
}

TEST_P(PostgresCopy, KeysOfDefaultExpressionsAreDrawnTogether) {
  CreateTables("CREATE TABLE doc (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n text);");
  std::vector<v1::NetChange> changes;
  for (int i = 1; i <= kRows; ++i) changes.push_back(Insert("doc", {Ref(i)}, {{"n", Text(absl::StrCat(i))}}));
  EXPECT_EQ(StyleOf(changes), v1::PARAMETER_STYLE_COPY);
  ASSERT_THAT(ahead_, SizeIs(2));
  EXPECT_EQ(ahead_[1].sql(), "SELECT gen_random_uuid() FROM generate_series(1, $1::int8)");
  EXPECT_EQ(ahead_[1].rows(0).values(0).int64_value(), kRows);
  auto outcome = Save(changes);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT count(DISTINCT id) FROM doc"), ElementsAre("1500"));
  EXPECT_THAT(Query(absl::StrCat("SELECT n FROM doc WHERE id = '", outcome->generated[41].generated_key(0).text_value(), "'")),
              ElementsAre("42"));
}

TEST_P(PostgresCopy, AnIdentityWhoseSequenceIsForbiddenIsShownAsItRuns) {
  CreateTables("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n text);");
  Execute("CREATE ROLE keyless LOGIN PASSWORD 'k'; GRANT INSERT, SELECT ON t TO keyless");
  TargetConfig config = database().Config();
  config.dsn = DsnOf("keyless", "k");
  target_ = TargetWith(config);
  std::vector<v1::NetChange> changes = {Insert("t", {Ref(1)}, {{"n", Text("a")}}), Insert("t", {Ref(2)}, {{"n", Text("b")}})};
  EXPECT_EQ(StyleOf(changes), v1::PARAMETER_STYLE_ROW);
  target_ = TargetWith(database().Config());
  EXPECT_EQ(StyleOf(changes), v1::PARAMETER_STYLE_ARRAYS);
  changes.pop_back();
  EXPECT_EQ(StyleOf(changes), v1::PARAMETER_STYLE_ROW) << "RETURNING tells the key of one row in time";
  EXPECT_THAT(ahead_, SizeIs(0));
  Execute("DROP OWNED BY keyless; DROP ROLE keyless");
}

TEST(CopyContextTest, TheLineIsReadFromTheContextOfTheRightTable) {
  EXPECT_EQ(postgres::FailedRow("item", "COPY item, line 7, column n: \"x, line 9\""), 6u);
  EXPECT_EQ(postgres::FailedRow("t, line 5", "PL/pgSQL function f() line 3 at RAISE\nCOPY t, line 5, line 12: \"a\""), 11u);
  EXPECT_EQ(postgres::FailedRow("item", "COPY other, line 7"), std::nullopt);
  EXPECT_EQ(postgres::FailedRow("item", "COPY item, Zeile 7"), std::nullopt);
  EXPECT_EQ(postgres::FailedRow("item", ""), std::nullopt);
}

}  // namespace
}  // namespace uow
