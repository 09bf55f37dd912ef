// A uowd that dies at a named step of a save, and whoever asks next.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "service/service_fixture.h"
#include "tests/support/uowd_process.h"

namespace uow {
namespace {

// The real uowd in a process of its own, in the place of the server of this one.
class ProcessTest : public ServiceTest {
 protected:
  void StartServer() override {
    UowdOptions options;
    options.dir = directory_.path();
    options.targets.emplace_back("main", "sqlite:" + database());
    options.flags = {"--free-space-reserve", "0"};
    uowd_.emplace(options);
    Start("");
  }
  void StopServer() override { uowd_->Kill(); }

  // With the crash point armed.
  void Start(const std::string& step) {
    absl::Status status = uowd_->StartArmed(step);
    ASSERT_TRUE(status.ok()) << status;
    Connect(uowd_->NewChannel());
  }

  v1::Event User(uint64_t counter, const std::string& name) { return Created("users", NewKey(counter), {Set("name", Text(name))}); }
  grpc::Status Close(const std::string& session) {
    v1::CloseSessionRequest request;
    v1::CloseSessionResponse response;
    request.set_session_id(session);
    request.set_keep_history(true);
    return sessions_->CloseSession(NewContext().get(), request, &response);
  }

  std::optional<UowdProcess> uowd_;
};

// A step of a save, and whether the transaction is committed once it is reached.
struct Step {
  const char* name;
  bool committed;
};

constexpr Step kSteps[] = {
    {"intent.before_write", false}, {"intent.written", false},      {"save.folded", false},         {"save.begun", false},
    {"save.fence_taken", false},    {"save.statements_run", false}, {"save.marker_written", false}, {"save.committed", true},
    {"outcome.before_write", true}, {"outcome.written", true},      {"save.finished", true},
};

class DyingSaveTest : public ProcessTest, public ::testing::WithParamInterface<Step> {
 protected:
  // A session of two saved users and one that isn't; uowd died while it saved the two under the id "s".
  void SetUp() override {
    ProcessTest::SetUp();
    session_ = OpenSession();
    ASSERT_OK(Append(session_, {User(1, "Ann")}));
    ASSERT_OK(Save(session_, "before").status);
    ASSERT_OK(Append(session_, {User(2, "Bob")}));
    ASSERT_OK(SetCheckpoint(session_, "two"));
    ASSERT_OK(Append(session_, {User(3, "Cid")}));
    uowd_->Kill();
    Start(GetParam().name);
    EXPECT_EQ(Save(session_, "s", AtCheckpoint("two")).status.error_code(), grpc::StatusCode::UNAVAILABLE);
    ASSERT_TRUE(uowd_->WaitForEnd(absl::Seconds(10)).has_value());
    Start("");
  }

  std::vector<std::string> Names() { return Rows("SELECT name FROM users ORDER BY id"); }

  std::string session_;
};

TEST_P(DyingSaveTest, TheSameSaveIdEndsItExactlyOnce) {
  Saved saved = Save(session_, "s", AtCheckpoint("two"));
  ASSERT_OK(saved.status);
  EXPECT_EQ(saved.save.from(), 1u);
  EXPECT_EQ(saved.save.to(), 2u);
  EXPECT_EQ(saved.save.inserted(), 1u);
  ASSERT_EQ(saved.generated.size(), 1u);
  EXPECT_EQ(saved.generated[0].key(0).handle_value().counter(), 2u);
  EXPECT_EQ(Names(), (std::vector<std::string>{"Ann", "Bob"}));
  EXPECT_EQ(GetSession(session_).saved(), 2u);
  ASSERT_OK(Save(session_, "rest").status);
  EXPECT_EQ(Names(), (std::vector<std::string>{"Ann", "Bob", "Cid"}));
}

TEST_P(DyingSaveTest, AnotherSaveIdGoesOnFromWhatBecameOfIt) {
  Saved saved = Save(session_, "t");
  ASSERT_OK(saved.status);
  EXPECT_EQ(saved.save.from(), GetParam().committed ? 2u : 1u);
  EXPECT_EQ(Names(), (std::vector<std::string>{"Ann", "Bob", "Cid"}));
}

TEST_P(DyingSaveTest, ARollbackSettlesItFirst) {
  grpc::Status status = RollbackToOffset(session_, 1);
  if (GetParam().committed) {
    EXPECT_TRUE(RefusedWith(status, v1::ERROR_REASON_ROLLBACK_BELOW_SAVED));
    ASSERT_OK(RollbackToOffset(session_, 2));
  } else {
    ASSERT_OK(status);
  }
  ASSERT_OK(Append(session_, {User(4, "Dan")}));
  ASSERT_OK(Save(session_, "rest").status);
  std::vector<std::string> names = {"Ann", "Dan"};
  if (GetParam().committed) names.insert(names.begin() + 1, "Bob");
  EXPECT_EQ(Names(), names);
}

TEST_P(DyingSaveTest, APipelinedRollbackSettlesItFirst) {
  auto context = NewContext();
  auto stream = journal_->Record(context.get());
  v1::RecordRequest attach;
  attach.mutable_attach()->set_session_id(session_);
  attach.mutable_attach()->set_writer("other");
  stream->Write(attach);
  uint64_t offset = GetParam().committed ? 2 : 1;
  v1::RecordRequest rollback, append;
  rollback.mutable_command()->set_sequence(1);
  rollback.mutable_command()->mutable_rollback()->set_offset(offset);
  stream->Write(rollback);
  append.mutable_command()->set_sequence(2);
  append.mutable_command()->set_epoch(1);
  *append.mutable_command()->mutable_append()->add_events() = User(1, "Dan");
  stream->Write(append);
  stream->WritesDone();
  v1::RecordResponse response;
  while (stream->Read(&response)) continue;
  ASSERT_OK(stream->Finish());
  EXPECT_EQ(response.ack().sequence(), 2u);
  EXPECT_EQ(response.ack().offset(), offset + 1);
  EXPECT_EQ(GetSession(session_).epoch(), 1u);
}

TEST_P(DyingSaveTest, ClosingSettlesItFirst) {
  ASSERT_OK(Close(session_));
  EXPECT_EQ(GetSession(session_).saved(), GetParam().committed ? 2u : 1u);
  EXPECT_EQ(Names().size(), GetParam().committed ? 2u : 1u);
}

INSTANTIATE_TEST_SUITE_P(EveryStep, DyingSaveTest, ::testing::ValuesIn(kSteps), [](const auto& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST_F(ProcessTest, ASettlerThatDiesIsSettled) {
  std::string session = OpenSession();
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  uowd_->Kill();
  Start("save.committed");
  EXPECT_FALSE(Save(session, "s").status.ok());
  ASSERT_TRUE(uowd_->WaitForEnd(absl::Seconds(10)).has_value());
  Start("settle.fence_committed");
  EXPECT_FALSE(Save(session, "s").status.ok());
  ASSERT_TRUE(uowd_->WaitForEnd(absl::Seconds(10)).has_value());
  Start("");
  ASSERT_OK(Save(session, "s").status);
  EXPECT_EQ(Rows("SELECT name FROM users"), std::vector<std::string>{"Ann"});
}

TEST_F(ProcessTest, WhileTheTargetCantBeAskedTheOutcomeIsInDoubt) {
  std::string session = OpenSession();
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  uowd_->Kill();
  Start("save.committed");
  EXPECT_FALSE(Save(session, "s").status.ok());
  ASSERT_TRUE(uowd_->WaitForEnd(absl::Seconds(10)).has_value());
  ASSERT_EQ(rename(database().c_str(), (database() + ".away").c_str()), 0);
  ASSERT_EQ(mkdir(database().c_str(), 0700), 0);
  Start("");
  EXPECT_TRUE(RefusedWith(Save(session, "s").status, v1::ERROR_REASON_SAVE_IN_DOUBT));
  EXPECT_TRUE(RefusedWith(RollbackToOffset(session, 0), v1::ERROR_REASON_SAVE_IN_DOUBT));
  EXPECT_TRUE(RefusedWith(Close(session), v1::ERROR_REASON_SAVE_IN_DOUBT));
  EXPECT_TRUE(RefusedWith(PlanSave(session, {}), v1::ERROR_REASON_SAVE_IN_PROGRESS));
  EXPECT_EQ(GetSession(session).pending_save_id(), "s");
  EXPECT_OK(Append(session, {User(2, "Bob")}));  // appends go on
  ASSERT_EQ(rmdir(database().c_str()), 0);
  ASSERT_EQ(rename((database() + ".away").c_str(), database().c_str()), 0);
  ASSERT_OK(Save(session, "s").status);
  EXPECT_EQ(Rows("SELECT name FROM users"), std::vector<std::string>{"Ann"});
}

TEST_F(ProcessTest, SigtermDrainsAndExitsWithZero) {
  std::string session = OpenSession();
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  auto context = NewContext();
  auto stream = journal_->Record(context.get());
  v1::RecordRequest attach;
  attach.mutable_attach()->set_session_id(session);
  attach.mutable_attach()->set_writer("idle");
  stream->Write(attach);
  v1::RecordResponse response;
  ASSERT_TRUE(stream->Read(&response));
  absl::StatusOr<int> code = uowd_->Terminate(absl::Seconds(20));
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(*code, 0);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(RefusedWith(stream->Finish(), v1::ERROR_REASON_SHUTTING_DOWN));
  Start("");
  EXPECT_EQ(GetSession(session).head(), 1u);
}

}  // namespace
}  // namespace uow
