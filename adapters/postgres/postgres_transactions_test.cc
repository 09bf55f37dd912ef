// Isolation levels and time limits of a save, and what comes of conflicts.
#include <thread>

#include "absl/time/clock.h"
#include "adapters/postgres/postgres_test_fixture.h"

namespace uow {
namespace {

using test::Int;
using test::Ref;
using testing::ElementsAre;

class PostgresTransactions : public PostgresTest {
 protected:
  // Two savers that save at once, each as a session of its own; their outcomes.
  std::vector<absl::Status> SaveBoth(int round, const std::vector<v1::NetChange>& first, const std::vector<v1::NetChange>& second) {
    std::vector<absl::Status> statuses(2);
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        SaveTask task;
        task.session = SessionId::Parse(std::string(32, static_cast<char>('a' + i))).value();
        task.intent.save_id = absl::StrCat("s", round);
        task.intent.executed_save_id = round == 1 ? "" : absl::StrCat("s", round - 1);
        task.intent.attempt = round;
        task.schema = schema_;
        task.changes = i == 0 ? &first : &second;
        task.transaction = transaction_;
        statuses[i] = RunSave(*target_, task).status();
      });
    }
    for (std::thread& thread : threads) thread.join();
    return statuses;
  }
};
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresTransactions, testing::Values(postgres::IdentityKeys()));

TEST_P(PostgresTransactions, TheIsolationLevelIsThatOfTheSaveAlone) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY, seen text);");
  Execute(
      "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "NEW.seen := current_setting('transaction_isolation') || ' ' || current_setting('statement_timeout') || ' ' || "
      "current_setting('lock_timeout'); RETURN NEW; END $$; "
      "CREATE TRIGGER see BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION see()");
  const TransactionOptions options[] = {
      {},
      {.isolation_level = v1::ISOLATION_LEVEL_SERIALIZABLE},
      {.isolation_level = v1::ISOLATION_LEVEL_REPEATABLE_READ, .statement_timeout = absl::Seconds(3)},
      {},
      {.isolation_level = v1::ISOLATION_LEVEL_READ_COMMITTED, .statement_timeout = absl::Hours(1)}};
  int64_t id = 0;
  for (const TransactionOptions& each : options) {
    transaction_ = each;
    auto saved = Save({Insert("t", {Int(++id)})});
    ASSERT_TRUE(saved.ok()) << saved.status();
  }
  EXPECT_THAT(Query("SELECT seen FROM t ORDER BY id"),
              ElementsAre("read committed 5min 10s", "serializable 5min 10s", "repeatable read 3s 3s", "read committed 5min 10s",
                          "read committed 5min 10s"));
}

TEST_P(PostgresTransactions, AStatementThatTakesTooLongFailsItsSaveAndNoOther) {
  CreateTables("CREATE TABLE t (id bigint PRIMARY KEY, n bigint);");
  Execute(
      "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(NEW.n); RETURN NEW; END $$; "
      "CREATE TRIGGER wait BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION wait()");
  transaction_.statement_timeout = absl::Milliseconds(200);
  const absl::Time start = absl::Now();
  absl::Status status = Save({Insert("t", {Int(1)}, {{"n", Int(60)}})}).status();
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  EXPECT_EQ(DetailOf(status)->sqlstate(), "57014");
  transaction_ = {};
  status = Save({Insert("t", {Int(2)}, {{"n", Int(1)}})}).status();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Query("SELECT id FROM t"), ElementsAre("2"));
}

// Two doctors are on call, and a trigger wants one to stay. Each save takes another one off.
TEST_P(PostgresTransactions, ASerializableSaveSeesWhatAConcurrentOneDid) {
  CreateTables("CREATE TABLE doctor (id bigint PRIMARY KEY, on_call boolean NOT NULL);");
  Execute(
      "CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF NOT EXISTS (SELECT 1 FROM doctor WHERE on_call AND id <> NEW.id) THEN RAISE 'nobody is on call'; END IF; "
      "PERFORM pg_sleep(0.3); RETURN NEW; END $$; "
      "INSERT INTO doctor VALUES (1, true), (2, true);"
      "CREATE TRIGGER stay BEFORE UPDATE ON doctor FOR EACH ROW WHEN (OLD.on_call) EXECUTE FUNCTION stay()");
  auto off = [&](int64_t id) {
    v1::Value no;
    no.set_bool_value(false);
    return std::vector{Update("doctor", {Int(id)}, {{"on_call", no}})};
  };
  for (const absl::Status& status : SaveBoth(1, off(1), off(2))) EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Query("SELECT count(*) FROM doctor WHERE on_call"), ElementsAre("0")) << "the skew that the level is to prevent";

  Execute("UPDATE doctor SET on_call = true");
  transaction_.isolation_level = v1::ISOLATION_LEVEL_SERIALIZABLE;
  std::vector<absl::Status> statuses = SaveBoth(2, off(1), off(2));
  // The one that was given up ran again, and was then told by the trigger.
  EXPECT_NE(statuses[0].ok(), statuses[1].ok()) << statuses[0] << statuses[1];
  const absl::Status& refused = statuses[0].ok() ? statuses[1] : statuses[0];
  EXPECT_EQ(DetailOf(refused).value_or(v1::ErrorDetail()).sqlstate(), "P0001") << refused;
  EXPECT_THAT(Query("SELECT count(*) FROM doctor WHERE on_call"), ElementsAre("1"));
}

TEST_P(PostgresTransactions, SerializationFailuresAreReplayedUntilBothHaveSaved) {
  CreateTables("CREATE TABLE t (id {key}, place bigint);");
  Execute(
      "CREATE FUNCTION number() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "SELECT count(*) INTO NEW.place FROM t; PERFORM pg_sleep(0.02); RETURN NEW; END $$; "
      "CREATE TRIGGER number BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION number()");
  transaction_.isolation_level = v1::ISOLATION_LEVEL_SERIALIZABLE;
  constexpr int kRounds = 15;
  for (int round = 1; round <= kRounds; ++round) {
    for (const absl::Status& status : SaveBoth(round, {Insert("t", {Ref(1)})}, {Insert("t", {Ref(1)})})) {
      ASSERT_TRUE(status.ok()) << status;
    }
  }
  EXPECT_THAT(Query("SELECT count(*), count(DISTINCT place), max(place) FROM t"), ElementsAre("30|30|29"));
  // Sequences aren't rolled back: they tell how many inserts there were.
  EXPECT_GT(std::stoi(Query("SELECT last_value FROM pg_sequences WHERE sequencename = 't_id_seq'")[0]), 30)
      << "no conflict was met";
}

}  // namespace
}  // namespace uow
