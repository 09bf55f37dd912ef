// What happens to others while a save runs, and to a save whose client or server goes away.
#include <thread>

#include "absl/strings/str_cat.h"
#include "service/service_fixture.h"
#include "tests/support/uowd_process.h"

namespace uow {
namespace {

v1::Event User(uint64_t counter, const std::string& name) { return Created("users", NewKey(counter), {Set("name", Text(name))}); }

// Keeps everybody out of a SQLite file, so that saves stand still.
class DatabaseLock {
 public:
  explicit DatabaseLock(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle_, "PRAGMA busy_timeout = 10000; BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~DatabaseLock() { Release(); }
  void Release() {
    if (handle_ == nullptr) return;
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_close(handle_);
    handle_ = nullptr;
  }

 private:
  sqlite3* handle_ = nullptr;
};

class ConcurrencyTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    session_ = OpenSession();
    ASSERT_OK(Append(session_, {User(1, "Ann"), User(2, "Bob")}));
  }

  // Waits until the save stands in the journal.
  void WaitForIntent(const std::string& save_id) {
    for (int i = 0; i < 1000 && GetSession(session_).pending_save_id() != save_id; ++i) absl::SleepFor(absl::Milliseconds(10));
    ASSERT_EQ(GetSession(session_).pending_save_id(), save_id);
  }

  std::string session_;
};

TEST_F(ConcurrencyTest, WhileASaveRunsOthersJoinItOrWait) {
  DatabaseLock lock(database());
  Saved first, second;
  std::thread saver([&] { first = Save(session_, "s"); });
  WaitForIntent("s");
  std::thread joiner([&] { second = Save(session_, "s"); });
  EXPECT_TRUE(RefusedWith(Save(session_, "t").status, v1::ERROR_REASON_SAVE_IN_PROGRESS));
  EXPECT_TRUE(RefusedWith(Save(session_, "s", AtOffset(1)).status, v1::ERROR_REASON_SAVE_MISMATCH));
  EXPECT_TRUE(RefusedWith(PlanSave(session_, {}), v1::ERROR_REASON_SAVE_IN_PROGRESS));
  EXPECT_TRUE(RefusedWith(RollbackToOffset(session_, 1), v1::ERROR_REASON_SAVE_IN_PROGRESS));
  v1::CloseSessionRequest close;
  v1::CloseSessionResponse closed;
  close.set_session_id(session_);
  EXPECT_TRUE(RefusedWith(sessions_->CloseSession(NewContext().get(), close, &closed), v1::ERROR_REASON_SAVE_IN_PROGRESS));
  EXPECT_OK(Append(session_, {User(3, "Cid")}));  // appends go on
  EXPECT_OK(RollbackToOffset(session_, 2));       // and so do rollbacks above the range
  lock.Release();
  saver.join();
  joiner.join();
  EXPECT_OK(first.status);
  EXPECT_OK(second.status);
  EXPECT_EQ(first.save.SerializeAsString(), second.save.SerializeAsString());
  EXPECT_EQ(first.generated.size(), 2u);
  EXPECT_EQ(second.generated.size(), 2u);
  EXPECT_EQ(Rows("SELECT name FROM users"), (std::vector<std::string>{"Ann", "Bob"}));
}

TEST_F(ConcurrencyTest, ASaveGoesOnWithoutItsClient) {
  {
    DatabaseLock lock(database());
    v1::SaveRequest request;
    request.set_session_id(session_);
    request.set_save_id("s");
    auto context = NewContext();
    auto reader = saves_->Save(context.get(), request);
    WaitForIntent("s");
    context->TryCancel();
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  Saved saved = Save(session_, "s");
  ASSERT_OK(saved.status);
  EXPECT_EQ(saved.save.attempt(), 1u) << "it was not run again";
  EXPECT_EQ(Rows("SELECT name FROM users"), (std::vector<std::string>{"Ann", "Bob"}));
}

TEST_F(ConcurrencyTest, ADrainWaitsForARunningSave) {
  DatabaseLock lock(database());
  Saved saved;
  std::thread saver([&] { saved = Save(session_, "s"); });
  WaitForIntent("s");
  bool drained = false;
  std::thread stopper([&] { drained = server_->Shutdown(); });
  absl::SleepFor(absl::Milliseconds(300));
  lock.Release();
  stopper.join();
  saver.join();
  EXPECT_TRUE(drained);
  EXPECT_OK(saved.status);
}

class SmallQueueTest : public ServiceTest {
 protected:
  void Configure(Config& config) override {
    config.queue_bytes = 1 << 20;
    config.max_message_bytes = 1 << 20;
    config.max_value_bytes = 1 << 20;
  }
};

TEST_F(SmallQueueTest, StreamsWaitWhereTheJournalHasNoRoom) {
  constexpr int kStreams = 6, kMessages = 40;
  std::string session = OpenSession();
  std::vector<std::thread> threads;
  for (int i = 0; i < kStreams; ++i) {
    threads.emplace_back([&, i] {
      grpc::ClientContext context;
      auto stream = journal_->Record(&context);
      v1::RecordRequest request;
      request.mutable_attach()->set_session_id(session);
      request.mutable_attach()->set_writer(absl::StrCat("w", i));
      stream->Write(request);
      for (int n = 1; n <= kMessages; ++n) {
        v1::Command& command = *request.mutable_command();
        command.set_sequence(n);
        command.clear_append();
        *command.mutable_append()->add_events() = User(n, absl::StrCat(i, " ", n, std::string(300'000, 'x')));
        EXPECT_TRUE(stream->Write(request));
      }
      stream->WritesDone();
      v1::RecordResponse response;
      while (stream->Read(&response)) continue;
      EXPECT_OK(stream->Finish());
      EXPECT_EQ(response.ack().sequence(), uint64_t{kMessages});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(GetSession(session).head(), uint64_t{kStreams * kMessages});
}

TEST_F(ServiceTest, StreamsThatAreCutOffResumeWithoutAHole) {
  std::string session = OpenSession();
  uint64_t last = 0;
  for (int round = 0; round < 20; ++round) {
    grpc::ClientContext context;
    auto stream = journal_->Record(&context);
    v1::RecordRequest request;
    v1::RecordResponse response;
    request.mutable_attach()->set_session_id(session);
    request.mutable_attach()->set_writer("w");
    stream->Write(request);
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_GE(response.attached().last_sequence(), last);
    EXPECT_EQ(response.attached().last_sequence(), response.attached().head());
    last = response.attached().last_sequence();
    for (int n = 0; n < 100; ++n) {
      v1::Command& command = *request.mutable_command();
      command.set_sequence(last + n + 1);
      *command.mutable_append()->add_events() = User(last + n + 1, absl::StrCat("user ", last + n + 1));
      stream->Write(request);
      command.clear_append();
    }
    context.TryCancel();
    stream->Finish();
  }
  std::vector<v1::JournalEntry> entries;
  ASSERT_OK(ReadJournal(session, 0, {}, &entries));
  for (size_t i = 0; i < entries.size(); ++i) {
    ASSERT_EQ(entries[i].event().key(0).handle_value().counter(), i + 1);
    ASSERT_EQ(entries[i].sequence(), i + 1);
  }
}

// A save that is stuck in its target doesn't keep uowd from ending; the next one settles it.
TEST_F(ConcurrencyTest, AStuckSaveIsLeftToTheNextServer) {
  StopServer();
  UowdOptions options;
  options.dir = directory_.path();
  options.targets.emplace_back("main", "sqlite:" + database());
  options.flags = {"--free-space-reserve", "0", "--drain-timeout", "300ms"};
  UowdProcess uowd(options);
  ASSERT_TRUE(uowd.Start().ok());
  Connect(uowd.NewChannel());
  {
    DatabaseLock lock(database());
    Saved saved;
    std::thread saver([&] { saved = Save(session_, "s"); });
    WaitForIntent("s");
    absl::StatusOr<int> code = uowd.Terminate(absl::Seconds(8));
    saver.join();
    ASSERT_TRUE(code.ok()) << code.status();
    EXPECT_EQ(*code, 0);
    EXPECT_TRUE(RefusedWith(saved.status, v1::ERROR_REASON_SHUTTING_DOWN));
  }
  ASSERT_TRUE(uowd.Start().ok());
  Connect(uowd.NewChannel());
  EXPECT_OK(Save(session_, "s").status);
  EXPECT_EQ(Rows("SELECT name FROM users"), (std::vector<std::string>{"Ann", "Bob"}));
}

}  // namespace
}  // namespace uow
