// Sessions that touch the same rows in opposite order, at the same time, again and again. Their saves take locks in one order,
// whatever the order of the events.
#include <algorithm>
#include <barrier>
#include <iostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "service/databases_fixture.h"

namespace uow {
namespace {

constexpr int kRounds = 200;
constexpr int kAccounts = 8;
constexpr int kParts = 12;

class OppositeOrder : public DatabasesTest {
 protected:
  void SetUp() override {
    DatabasesTest::SetUp();
    Execute(
        "CREATE TABLE account (id BIGINT PRIMARY KEY, code VARCHAR(40) NOT NULL UNIQUE, n BIGINT NOT NULL);"
        "CREATE TABLE entry (id {key}, account_id BIGINT NOT NULL, note VARCHAR(40), FOREIGN KEY (account_id) REFERENCES account "
        "(id));"
        "CREATE TABLE shelf (id BIGINT PRIMARY KEY);"
        "CREATE TABLE part (id BIGINT PRIMARY KEY, shelf_id BIGINT NOT NULL, FOREIGN KEY (shelf_id) REFERENCES shelf (id))");
    for (int i = 0; i < kAccounts; ++i) {
      Execute(absl::StrCat("INSERT INTO account VALUES (", i, ", 'c", i, "', 0); INSERT INTO shelf VALUES (", i, ")"));
    }
  }

  // What one session does in a round; `down`: with the rows from the last to the first. `children`: whether rows that it updates
  // get new rows that refer to them.
  static std::vector<v1::Event> Round(int saver, int round, bool down, bool children) {
    std::vector<std::vector<v1::Event>> changes;
    for (int i = 0; i < kAccounts; ++i) {
      changes.push_back({Updated("account", Integer(i), {Set("n", Integer(round))})});
      if (!children) continue;
      const uint64_t handle = static_cast<uint64_t>(round) * kAccounts + i + 1;
      changes.back().push_back(Created("entry", NewKey(handle), {Set("account_id", Integer(i)), Set("note", Text("new"))}));
      // What this session inserted the round before.
      if (round > 0) changes.back().push_back(Deleted("entry", NewKey(handle - kAccounts)));
    }
    // Two rows exchange a unique value, and two hand one on: the same ones in all sessions.
    const bool even = round % 2 == 0;
    const auto code = [](int id, const std::string& from, const std::string& to) {
      v1::Field field = Set("code", Text(to));
      *field.mutable_old() = Text(from);
      return Updated("account", Integer(id), {field});
    };
    changes.push_back({code(0, even ? "c0" : "c1", even ? "c1" : "c0"), code(1, even ? "c1" : "c0", even ? "c0" : "c1")});
    changes.push_back({code(3, even ? "c3" : "d3", even ? "d3" : "c3"), code(2, even ? "c2" : "c3", even ? "c3" : "c2")});
    if (!even) std::reverse(changes.back().begin(), changes.back().end());
    // Rows of their own among those of the others, with the same parents.
    for (int i = saver; i < kParts * 4; i += 4) {
      changes.push_back(
          {even ? Created("part", Integer(i), {Set("shelf_id", Integer(i % kAccounts))}) : Deleted("part", Integer(i))});
    }
    if (down) std::reverse(changes.begin(), changes.end());
    std::vector<v1::Event> events;
    for (auto& change : changes) events.insert(events.end(), change.begin(), change.end());
    return events;
  }

  // One session's rounds; says what failed.
  std::string Run(int saver, bool children, std::barrier<>& together) {
    v1::OpenSessionRequest open;
    v1::OpenSessionResponse opened;
    open.set_target("db");
    if (auto status = sessions_->OpenSession(NewContext().get(), open, &opened); !status.ok()) {
      together.arrive_and_drop();
      return Describe(status);
    }
    std::string failure;
    for (int round = 0; round < kRounds; ++round) {
      v1::AppendRequest append;
      v1::AppendResponse appended;
      append.set_session_id(opened.session().session_id());
      append.set_writer("w");
      append.set_sequence(round + 1);
      for (v1::Event& event : Round(saver, round, saver % 2 == 1, children))
        *append.mutable_append()->add_events() = std::move(event);
      grpc::Status status = journal_->Append(NewContext().get(), append, &appended);
      together.arrive_and_wait();
      if (status.ok()) {
        v1::SaveRequest save;
        save.set_session_id(opened.session().session_id());
        auto context = NewContext();
        auto stream = saves_->Save(context.get(), save);
        v1::SaveResponse response;
        while (stream->Read(&response)) {
        }
        status = stream->Finish();
      }
      if (!status.ok() && failure.empty()) failure = absl::StrCat("round ", round, ": ", Describe(status));
    }
    return failure;
  }

  // How many deadlocks the server meets where `savers` sessions save at the same time.
  uint64_t RunAll(int savers, bool children) {
    const uint64_t before = server().Deadlocks();
    std::barrier<> together(savers);
    std::vector<std::string> failures(savers);
    std::vector<std::thread> threads;
    for (int i = 0; i < savers; ++i) threads.emplace_back([&, i] { failures[i] = Run(i, children, together); });
    for (std::thread& thread : threads) thread.join();
    for (const std::string& failure : failures) EXPECT_EQ(failure, "");
    const uint64_t deadlocks = server().Deadlocks() - before;
    std::cout << GetParam().name << ": " << savers << " sessions, " << kRounds << " rounds"
              << (children ? ", new rows of updated ones: " : ": ") << deadlocks << " deadlocks\n";
    EXPECT_EQ(Query("SELECT COUNT(*) FROM entry"), std::vector<std::string>{absl::StrCat(children ? savers * kAccounts : 0)});
    EXPECT_EQ(Query("SELECT COUNT(*) FROM part"), std::vector<std::string>{"0"});
    EXPECT_EQ(Query("SELECT MIN(n) FROM account"), std::vector<std::string>{absl::StrCat(kRounds - 1)});
    return deadlocks;
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, OppositeOrder, testing::Values(Postgres(), Mariadb()),
                         [](const auto& info) { return info.param.name; });

TEST_P(OppositeOrder, TwoSessionsMeetNoDeadlock) { EXPECT_EQ(RunAll(2, false), 0u); }

TEST_P(OppositeOrder, NoDeadlockOfFourSessionsReachesAnyOfThem) { RunAll(4, false); }

// Rows are updated ahead of the new rows that refer to them: in the other order both sessions would share the rows' locks, and each
// would wait for the other to let go.
TEST_P(OppositeOrder, TwoSessionsThatInsertBelowRowsAndUpdateThemMeetNoDeadlock) { EXPECT_EQ(RunAll(2, true), 0u); }

TEST_P(OppositeOrder, NoDeadlockOverParentsThatAreUpdatedReachesAnyOfFourSessions) { RunAll(4, true); }

// The same rows in opposite order by hand: the server counts a deadlock.
TEST_P(OppositeOrder, ByHandTheyDeadlock) {
  const uint64_t before = server().Deadlocks();
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      const std::string sleep = GetParam().name == "Postgres" ? "SELECT pg_sleep(0.5)" : "DO SLEEP(0.5)";
      // One of them fails.
      (void)server().TryExecute(database_, absl::StrCat("START TRANSACTION; UPDATE account SET n = 1 WHERE id = ", i, "; ", sleep,
                                                        "; UPDATE account SET n = 1 WHERE id = ", 1 - i, "; COMMIT"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(server().Deadlocks(), before);
}

}  // namespace
}  // namespace uow
