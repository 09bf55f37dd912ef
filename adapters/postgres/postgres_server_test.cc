// What happens when the server is away, refuses us, or dies under a save.
#include <atomic>
#include <chrono>
#include <thread>

#include "adapters/postgres/postgres_test_fixture.h"

namespace uow {
namespace {

using test::Int;
using test::Ref;
using test::Text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class PostgresServers : public PostgresTest {
 protected:
  // Waits until a query has a row.
  void AwaitRow(const std::string& sql) {
    for (int i = 0; i < 3000 && Query(sql).empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
};
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresServers, testing::Values(postgres::IdentityKeys()));

// A server that a test may kill.
class MortalServer : public PostgresServers {};
INSTANTIATE_TEST_SUITE_P(Postgres, MortalServer,
                         testing::Values(ConformanceDialect{"OwnServer", [] {
                                                              static const std::unique_ptr<PostgresServer> server =
                                                                  *PostgresServer::Create();
                                                              return std::make_unique<postgres::TestDatabase>(*server);
                                                            }}));

TEST_P(PostgresServers, AWrongPasswordIsDeniedAndNotShown) {
  TargetConfig config = database().Config();
  config.dsn = DsnOf("uow", "hunter2");
  absl::Status status = TargetWith(config)->Acquire().status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_DENIED) << status;
  EXPECT_EQ(DetailOf(status)->sqlstate(), "28P01");
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
  config.dsn = absl::StrCat("postgresql://uow@", database().server().HostAndPort(), "/", database().name());
  EXPECT_EQ(ReasonOf(TargetWith(config)->Acquire().status()), v1::ERROR_REASON_TARGET_DENIED);
  config.dsn = database().server().Dsn("no_such_database");
  EXPECT_EQ(ReasonOf(TargetWith(config)->Acquire().status()), v1::ERROR_REASON_TARGET_DENIED);
}

TEST_P(PostgresServers, ADsnThatCannotBeReadIsRefusedAndNotShown) {
  for (const char* dsn : {"postgresql://uow:hun/ter2@host:1/db", "postgresql:password=hunter2 host", "postgresql:passwd=hunter2"}) {
    TargetConfig config;
    config.name = "shop";
    config.dsn = dsn;
    absl::Status status = MakeTarget(config).status();
    if (status.ok()) continue;  // libpq takes it for a host name
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST) << status;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("ter2")));
  }
}

TEST_P(PostgresServers, KeyValueStringsAreDsnsToo) {
  TargetConfig config = database().Config();
  std::string host = database().server().HostAndPort();
  config.dsn = absl::StrCat("postgresql:host=127.0.0.1 port=", host.substr(host.find(':') + 1),
                            " user=uow password=uow-test dbname=", database().name());
  auto description = TargetWith(config)->Describe();
  EXPECT_TRUE(description.ok()) << description.status();
}

TEST_P(PostgresServers, AServerThatIsNotThereIsUnavailable) {
  TargetConfig config;
  config.name = "shop";
  config.dsn = absl::StrCat("postgresql://uow:x@127.0.0.1:", FreePort(), "/db");
  EXPECT_EQ(ReasonOf(TargetWith(config)->Acquire().status()), v1::ERROR_REASON_TARGET_UNAVAILABLE);
  EXPECT_EQ(ReasonOf(TargetWith(config)->Describe().status()), v1::ERROR_REASON_TARGET_UNAVAILABLE);
}

TEST_P(PostgresServers, AUserWithoutTheRightToCreateTheMarkerTableIsToldWhatToRun) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY);");
  Execute("CREATE ROLE guest LOGIN PASSWORD 'g'; GRANT INSERT, SELECT ON t TO guest");
  TargetConfig config = database().Config();
  config.dsn = DsnOf("guest", "g");
  target_ = TargetWith(config);
  absl::Status status = Save({Insert("t", {Int(1)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_DENIED) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("CREATE TABLE IF NOT EXISTS uow_saves ("));
  target_.reset();
  Execute("DROP OWNED BY guest; DROP ROLE guest");
}

TEST_P(PostgresServers, ManyMayCreateTheMarkerTableAtOnce) {
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

TEST_P(PostgresServers, ALockThatIsNotReleasedIsAConflict) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY, n text);");
  Execute("INSERT INTO t VALUES (1, 'a')");
  TargetConfig config = database().Config();
  config.statement_timeout = absl::Milliseconds(200);
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
  EXPECT_TRUE(ReasonOf(status) == v1::ERROR_REASON_TARGET_CONFLICT || DetailOf(status)->sqlstate() == "57014") << status;
  (*waiter)->Rollback();
  EXPECT_TRUE((*waiter)->healthy());
}

TEST_P(MortalServer, ARestartBetweenSavesGoesUnnoticed) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY);");
  ASSERT_TRUE(Save({Insert("t", {Int(1)})}).ok());
  database().server().Stop();
  absl::Status down = Save({Insert("t", {Int(2)})}).status();
  EXPECT_EQ(ReasonOf(down), v1::ERROR_REASON_TARGET_UNAVAILABLE) << down;
  ASSERT_TRUE(database().server().Start().ok());
  absl::Status up = Save({Insert("t", {Int(2)})}).status();
  EXPECT_TRUE(up.ok()) << up;
}

TEST_P(MortalServer, AServerThatDiesInsideASaveHasSavedNothing) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY, n text);");
  SaveIntent intent = NextIntent();
  auto changes = std::vector{Insert("t", {Int(1)}, {{"n", Text("a")}}), Insert("t", {Int(2)})};
  absl::Status status = Save(intent, changes, [&](const v1::SaveProgress& progress) {
                          if (progress.statements_done() == 1) database().server().Kill();
                        }).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_UNAVAILABLE) << status;
  ASSERT_TRUE(database().server().Start().ok());
  EXPECT_THAT(Query("SELECT id FROM t"), IsEmpty());
}

TEST_P(MortalServer, ACommitWhoseServerDiesBeforeItIsInDoubtAndSettledAsNotCommitted) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY);");
  // Sleeps when constraints become immediate, right before COMMIT.
  Execute(
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$; "
      "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()");
  SaveIntent intent = NextIntent();
  absl::Status status;
  auto changes = std::vector{Insert("t", {Int(1)})};
  std::thread saver([&] { status = Save(intent, changes).status(); });
  AwaitRow("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SET CONSTRAINTS%' AND wait_event = 'PgSleep'");
  database().server().Kill();
  saver.join();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_SAVE_IN_DOUBT) << status;
  ASSERT_TRUE(database().server().Start().ok());
  intent.attempt = NextIntent().attempt;
  EXPECT_EQ(ReasonOf(SettleSave(*target_, session_, intent).status()), v1::ERROR_REASON_SAVE_NOT_FOUND);
  EXPECT_THAT(Query("SELECT id FROM t"), IsEmpty());
}

TEST_P(MortalServer, ACommitWhoseReplyIsLostIsInDoubtAndSettledAsCommitted) {
  CreateTables("CREATE TABLE t (id {key}, n text);");
  ASSERT_TRUE(Save({Insert("t", {Ref(1)})}).ok());
  // The commit is on the server's disk, but its answer waits for a standby that doesn't exist.
  Execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  Execute("SELECT pg_reload_conf()");
  SaveIntent intent;
  absl::Status status;
  auto changes = std::vector{Insert("t", {Ref(2)}, {{"n", Text("x")}})};
  std::atomic<bool> done{false};
  std::thread saver;
  // The server takes the setting up when it comes to it: until then saves go through.
  for (bool waits = false; !waits;) {
    intent = NextIntent();
    done = false;
    saver = std::thread([&] {
      status = Save(intent, changes).status();
      done = true;
    });
    while (!done && !waits) waits = !Query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'").empty();
    if (waits) break;
    saver.join();
    ASSERT_TRUE(status.ok()) << status;
  }
  database().server().Kill();
  saver.join();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_SAVE_IN_DOUBT) << status;
  ASSERT_TRUE(database().server().Start().ok());
  Execute("ALTER SYSTEM RESET synchronous_standby_names");
  Execute("SELECT pg_reload_conf()");
  intent.attempt = NextIntent().attempt;
  auto settled = SettleSave(*target_, session_, intent);
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_EQ(settled->inserted, 1u);
  ASSERT_EQ(settled->generated.size(), 1u);
  EXPECT_THAT(Query(absl::StrCat("SELECT n FROM t WHERE id = ", settled->generated[0].generated_key(0).int64_value())),
              ElementsAre("x"));
}

}  // namespace
}  // namespace uow
