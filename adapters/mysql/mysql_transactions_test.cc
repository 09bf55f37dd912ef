// Isolation levels and time limits of a save.
#include "absl/time/clock.h"
#include "adapters/mysql/mysql_test_fixture.h"

namespace uow {
namespace {

using test::Int;
using testing::ElementsAre;

class MysqlTransactions : public MysqlTest {};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlTransactions, testing::Values(mysql::Mariadb()));

TEST_P(MysqlTransactions, TheIsolationLevelIsThatOfTheSaveAlone) {
  CreateTables("CREATE TABLE t (id BIGINT PRIMARY KEY, seen TEXT);");
  Execute(
      "CREATE TRIGGER see BEFORE INSERT ON t FOR EACH ROW SET NEW.seen = CONCAT((SELECT trx_isolation_level FROM "
      "information_schema.innodb_trx WHERE trx_mysql_thread_id = CONNECTION_ID()), ' ', @@max_statement_time, ' ', "
      "@@innodb_lock_wait_timeout)");
  const TransactionOptions options[] = {
      {},
      {.isolation_level = v1::ISOLATION_LEVEL_SERIALIZABLE},
      {.isolation_level = v1::ISOLATION_LEVEL_REPEATABLE_READ, .statement_timeout = absl::Seconds(3)},
      {},
      {.isolation_level = v1::ISOLATION_LEVEL_READ_COMMITTED, .statement_timeout = absl::Hours(1)}};
  int64_t id = 0;
  for (const TransactionOptions& each : options) {
    transaction_ = each;
    // The server shows transactions as they were up to a tenth of a second ago.
    absl::SleepFor(absl::Milliseconds(200));
    auto saved = Save({Insert("t", {Int(++id)})});
    ASSERT_TRUE(saved.ok()) << saved.status();
  }
  EXPECT_THAT(Query("SELECT seen FROM t ORDER BY id"),
              ElementsAre("READ COMMITTED 300.000000 10", "SERIALIZABLE 300.000000 10", "REPEATABLE READ 3.000000 3",
                          "READ COMMITTED 300.000000 10", "READ COMMITTED 300.000000 10"));
}

TEST_P(MysqlTransactions, AStatementThatTakesTooLongFailsItsSaveAndNoOther) {
  CreateTables("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT);");
  Execute("CREATE TRIGGER wait BEFORE INSERT ON t FOR EACH ROW SET NEW.n = NEW.n + SLEEP(NEW.n)");
  transaction_.statement_timeout = absl::Milliseconds(200);
  const absl::Time start = absl::Now();
  absl::Status status = Save({Insert("t", {Int(1)}, {{"n", Int(60)}})}).status();
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  EXPECT_EQ(DetailOf(status)->sqlstate(), "70100");
  transaction_ = {};
  status = Save({Insert("t", {Int(2)}, {{"n", Int(1)}})}).status();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Query("SELECT id FROM t"), ElementsAre("2"));
}

}  // namespace
}  // namespace uow
