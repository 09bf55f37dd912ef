// Time limits of a save. SQLite's transactions are serializable, whatever is asked for.
#include <sqlite3.h>

#include "absl/time/clock.h"
#include "adapters/sqlite/test_database.h"
#include "gmock/gmock.h"

namespace uow {
namespace {

using test::Int;
using testing::ElementsAre;
using testing::HasSubstr;

class SqliteTransactions : public AdapterConformance {};
INSTANTIATE_TEST_SUITE_P(Sqlite, SqliteTransactions,
                         testing::Values(ConformanceDialect{"Sqlite", [] { return std::make_unique<SqliteDatabase>(); }}));

TEST_P(SqliteTransactions, AStatementThatTakesTooLongFailsItsSaveAndNoOther) {
  CreateTables("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);");
  // Counts to n thousand millions.
  Execute(
      "CREATE TABLE sink (n INTEGER); CREATE TABLE thousand (i INTEGER); INSERT INTO thousand WITH RECURSIVE c(i) AS (SELECT 1 "
      "UNION "
      "ALL SELECT i + 1 FROM c WHERE i < 1000) SELECT i FROM c;"
      "CREATE TRIGGER wait AFTER INSERT ON t WHEN new.n > 0 BEGIN INSERT INTO sink SELECT count(*) FROM thousand a, thousand b, "
      "thousand c WHERE a.i + b.i + c.i > new.n; END;");
  transaction_ = {.isolation_level = v1::ISOLATION_LEVEL_SERIALIZABLE, .statement_timeout = absl::Milliseconds(200)};
  const absl::Time start = absl::Now();
  absl::Status status = Save({Insert("t", {Int(1)}, {{"n", Int(1)}})}).status();
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("took longer than 200ms"));
  transaction_ = {};
  status = Save({Insert("t", {Int(2)}, {{"n", Int(0)}})}).status();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Query("SELECT id FROM t"), ElementsAre("2"));
}

TEST_P(SqliteTransactions, AWriterOfTheFileIsWaitedForNoLongerThanThat) {
  CreateTables("CREATE TABLE t (id INTEGER PRIMARY KEY);");
  ASSERT_TRUE(Save({Insert("t", {Int(1)})}).ok());
  Execute("BEGIN IMMEDIATE");
  transaction_.statement_timeout = absl::Milliseconds(20);
  const absl::Time start = absl::Now();
  EXPECT_EQ(ReasonOf(Save({Insert("t", {Int(2)})}).status()), v1::ERROR_REASON_TARGET_CONFLICT);
  EXPECT_LT(absl::Now() - start, absl::Seconds(8)) << "it waited as long as for others";
  Execute("COMMIT");
  EXPECT_TRUE(Save({Insert("t", {Int(2)})}).ok());
}

}  // namespace
}  // namespace uow
