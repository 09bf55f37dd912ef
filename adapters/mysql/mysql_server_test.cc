// What happens when the server is away, refuses us, or dies under a save.
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "adapters/mysql/mysql_test_fixture.h"
#include "tests/crash/commit_cutter.h"

namespace uow {
namespace {

using test::Int;
using test::Ref;
using test::Text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class MysqlServers : public MysqlTest {
 protected:
  // Waits until a query has a row.
  void AwaitRow(const std::string& sql) {
    for (int i = 0; i < 3000 && Query(sql).empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlServers, testing::Values(mysql::Mariadb()));

// A server that a test may kill.
class MortalMysqlServer : public MysqlServers {};
INSTANTIATE_TEST_SUITE_P(Mysql, MortalMysqlServer,
                         testing::Values(ConformanceDialect{"OwnServer", [] {
                                                              static const std::unique_ptr<MariadbServer> server =
                                                                  *MariadbServer::Create();
                                                              return std::make_unique<mysql::TestDatabase>(*server);
                                                            }}));

// A server whose binary log is of statements, which leaves less to do than others.
class LoggingMysqlServer : public MysqlServers {};
INSTANTIATE_TEST_SUITE_P(Mysql, LoggingMysqlServer,
                         testing::Values(ConformanceDialect{"OwnServer", [] {
                                                              static const std::unique_ptr<MariadbServer> server = [] {
                                                                MariadbServerOptions options;
                                                                options.fsync = false;
                                                                options.settings = {"log-bin=log", "binlog-format=STATEMENT"};
                                                                return *MariadbServer::Create(options);
                                                              }();
                                                              return std::make_unique<mysql::TestDatabase>(*server);
                                                            }}));

TEST_P(LoggingMysqlServer, ManyRowsGoIntoItsLogAsStatements) {
  CreateTables("CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, n BIGINT);");
  std::vector<v1::NetChange> changes;
  for (int i = 1; i <= 600; ++i) changes.push_back(Insert("t", {Ref(i)}, {{"n", Int(i)}}));
  auto outcome = Save(changes);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  for (v1::NetChange& change : changes) change = Update("t", {change.fields(0).value()}, {{"n", Int(7)}});
  EXPECT_TRUE(Save(changes).ok());
  EXPECT_THAT(Query("SELECT COUNT(*), MIN(n), MAX(n) FROM t"), ElementsAre("600|7|7"));
}

TEST_P(MysqlServers, AWrongPasswordOrDatabaseIsDeniedAndNotShown) {
  TargetConfig config = database().Config();
  config.dsn = DsnOf("uow", "hunter2");
  absl::Status status = TargetWith(config)->Acquire().status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_DENIED) << status;
  EXPECT_EQ(DetailOf(status)->sqlstate(), "28000");
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
  config.dsn = database().server().Dsn("no_such_database");
  EXPECT_EQ(ReasonOf(TargetWith(config)->Acquire().status()), v1::ERROR_REASON_TARGET_DENIED);
}

TEST_P(MysqlServers, AServerThatIsNotThereIsUnavailable) {
  TargetConfig config;
  config.name = "shop";
  config.dsn = absl::StrCat("mysql://uow:x@127.0.0.1:", FreePort(), "/db");
  EXPECT_EQ(ReasonOf(TargetWith(config)->Acquire().status()), v1::ERROR_REASON_TARGET_UNAVAILABLE);
  EXPECT_EQ(ReasonOf(TargetWith(config)->Describe().status()), v1::ERROR_REASON_TARGET_UNAVAILABLE);
}

TEST_P(MysqlServers, AUserWithoutTheRightToCreateTheMarkerTableIsToldWhatToRun) {
  CreateTables("CREATE TABLE t (id BIGINT PRIMARY KEY);");
  Execute(absl::StrCat("CREATE USER guest@'127.0.0.1' IDENTIFIED BY 'g'; GRANT SELECT, INSERT ON ", database().name(),
                       ".* TO guest@'127.0.0.1'"));
  TargetConfig config = database().Config();
  config.dsn = DsnOf("guest", "g");
  target_ = TargetWith(config);
  absl::Status status = Save({Insert("t", {Int(1)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_DENIED) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("CREATE TABLE IF NOT EXISTS uow_saves ("));
  target_.reset();
  Execute("DROP USER guest@'127.0.0.1'");
}

TEST_P(MysqlServers, ManyMayCreateTheMarkerTableAtOnce) {
  std::vector<absl::Status> statuses(8);
  std::vector<std::thread> threads;
  threads.reserve(statuses.size());
  for (absl::Status& status : statuses) {
    threads.emplace_back([&] {
      auto connection = target_->Acquire();
      status = connection.ok() ? (*connection)->EnsureMarkerTable() : connection.status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
}

TEST_P(MysqlServers, ALockThatIsNotReleasedIsAConflict) {
  CreateTables("CREATE TABLE t (id BIGINT PRIMARY KEY, n TEXT);");
  Execute("INSERT INTO t VALUES (1, 'a')");
  TargetConfig config = database().Config();
  config.statement_timeout = absl::Seconds(1);
  auto holder = TargetWith(config)->Acquire();
  auto waiter = TargetWith(config)->Acquire();
  Step step;
  step.kind = StepKind::kUpdate;
  step.columns = {1};
  step.key_columns = {0};
  const v1::Value text = Text("b"), key = Int(1);
  const v1::Value* const values[] = {&text, &key};
  step.rows = {{ValueList(values, 2), 0, 0}};
  HandleMap keys;
  ASSERT_TRUE((*holder)->Begin().ok());
  ASSERT_TRUE((*holder)->RunStep(*schema_, step, keys).ok());
  ASSERT_TRUE((*waiter)->Begin().ok());
  absl::Status status = (*waiter)->RunStep(*schema_, step, keys);
  // 70100: the statement's own time was over first.
  EXPECT_TRUE(ReasonOf(status) == v1::ERROR_REASON_TARGET_CONFLICT || DetailOf(status)->sqlstate() == "70100") << status;
  (*waiter)->Rollback();
  EXPECT_TRUE((*waiter)->healthy());
}

TEST_P(MysqlServers, ADeadlockIsReplayedUntilBothHaveSaved) {
  CreateTables("CREATE TABLE a (id BIGINT PRIMARY KEY, n BIGINT); CREATE TABLE b (id BIGINT PRIMARY KEY, n BIGINT);");
  Execute("INSERT INTO a VALUES (1, 0); INSERT INTO b VALUES (1, 0)");
  // A trigger makes one table's write lock the other, so that no order of statements helps.
  Execute("CREATE TRIGGER cross_lock AFTER UPDATE ON b FOR EACH ROW UPDATE a SET n = n + 1 WHERE id = 2 OR id = 1");
  std::vector<v1::NetChange> first = {Update("a", {Int(1)}, {{"n", Int(5)}})}, second = {Update("b", {Int(1)}, {{"n", Int(6)}})};
  std::vector<absl::Status> statuses(2);
  std::vector<std::thread> threads;
  threads.reserve(2);
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 1; round <= 20 && statuses[i].ok(); ++round) {
        SaveTask task;
        task.session = SessionId::Parse(std::string(32, static_cast<char>('a' + i))).value();
        task.intent.save_id = absl::StrCat("s", round);
        task.intent.executed_save_id = round == 1 ? "" : absl::StrCat("s", round - 1);
        task.intent.attempt = round;
        task.schema = schema_;
        task.changes = i == 0 ? &first : &second;
        statuses[i] = RunSave(*target_, task).status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
}

TEST_P(MortalMysqlServer, ARestartBetweenSavesGoesUnnoticed) {
  CreateTables("CREATE TABLE t (id BIGINT PRIMARY KEY);");
  ASSERT_TRUE(Save({Insert("t", {Int(1)})}).ok());
  database().server().Stop();
  absl::Status down = Save({Insert("t", {Int(2)})}).status();
  EXPECT_EQ(ReasonOf(down), v1::ERROR_REASON_TARGET_UNAVAILABLE) << down;
  ASSERT_TRUE(database().server().Start().ok());
  absl::Status up = Save({Insert("t", {Int(2)})}).status();
  EXPECT_TRUE(up.ok()) << up;
}

TEST_P(MortalMysqlServer, AServerThatDiesInsideASaveHasSavedNothing) {
  CreateTables("CREATE TABLE t (id BIGINT PRIMARY KEY, n TEXT);");
  SaveIntent intent = NextIntent();
  auto changes = std::vector{Insert("t", {Int(1)}, {{"n", Text("a")}}), Insert("t", {Int(2)})};
  absl::Status status = Save(intent, changes, [&](const v1::SaveProgress& progress) {
                          if (progress.statements_done() == 1) database().server().Kill();
                        }).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_UNAVAILABLE) << status;
  ASSERT_TRUE(database().server().Start().ok());
  EXPECT_THAT(Query("SELECT id FROM t"), IsEmpty());
}

// BACKUP STAGE BLOCK_COMMIT lets statements run and holds every COMMIT.
TEST_P(MortalMysqlServer, ACommitWhoseServerDiesBeforeItIsInDoubtAndSettledAsNotCommitted) {
  CreateTables("CREATE TABLE t (id {key}, n TEXT);");
  ASSERT_TRUE(Save({Insert("t", {Ref(1)})}).ok());
  std::thread blocker([&] {
    (void)database().server().Execute(database().name(),
                                      "BACKUP STAGE START; BACKUP STAGE FLUSH; BACKUP STAGE BLOCK_DDL; BACKUP STAGE BLOCK_COMMIT; "
                                      "SELECT SLEEP(600)");
  });
  AwaitRow("SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(600)'");
  SaveIntent intent = NextIntent();
  absl::Status status;
  auto changes = std::vector{Insert("t", {Ref(2)})};
  std::thread saver([&] { status = Save(intent, changes).status(); });
  AwaitRow("SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO = 'COMMIT'");
  database().server().Kill();
  saver.join();
  blocker.join();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_SAVE_IN_DOUBT) << status;
  ASSERT_TRUE(database().server().Start().ok());
  intent.attempt = NextIntent().attempt;
  EXPECT_EQ(ReasonOf(SettleSave(*target_, session_, intent).status()), v1::ERROR_REASON_SAVE_NOT_FOUND);
  EXPECT_THAT(Query("SELECT count(*) FROM t"), ElementsAre("1"));
}

TEST_P(MysqlServers, ACommitWhoseReplyIsLostIsInDoubtAndSettledAsWhatItWas) {
  CreateTables("CREATE TABLE t (id {key}, n TEXT);");
  crash::CommitCutter cutter(database().server().port());
  ASSERT_TRUE(cutter.Start().ok());
  TargetConfig config = database().Config();
  config.dsn = absl::StrCat("mysql://uow:uow-test@127.0.0.1:", cutter.port(), "/", database().name());
  target_ = TargetWith(config);
  ASSERT_TRUE(Save({Insert("t", {Ref(1)})}).ok());
  std::string executed;
  for (bool committed : {true, false}) {
    SCOPED_TRACE(committed);
    cutter.Cut(1);
    SaveIntent intent = NextIntent();
    if (!executed.empty()) intent.executed_save_id = executed;
    executed = intent.save_id;
    auto changes = std::vector{Insert("t", {Ref(2)}, {{"n", Text("x")}})};
    absl::Status status = Save(intent, changes).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_SAVE_IN_DOUBT) << status;
    intent.attempt = NextIntent().attempt;
    auto settled = SettleSave(*target_, session_, intent);
    if (!committed) {
      EXPECT_EQ(ReasonOf(settled.status()), v1::ERROR_REASON_SAVE_NOT_FOUND) << settled.status();
      continue;
    }
    ASSERT_TRUE(settled.ok()) << settled.status();
    ASSERT_EQ(settled->generated.size(), 1u);
    EXPECT_THAT(Query(absl::StrCat("SELECT n FROM t WHERE id = ", settled->generated[0].generated_key(0).int64_value())),
                ElementsAre("x"));
  }
  EXPECT_THAT(Query("SELECT count(*) FROM t"), ElementsAre("2"));
  target_.reset();
}

}  // namespace
}  // namespace uow
