// A uowd that dies while a client executes a save, and the client that goes on with the next one.
#include <algorithm>
#include <optional>

#include "service/client_fixture.h"
#include "tests/support/uowd_process.h"

namespace uow {
namespace {

// The real uowd in a process of its own, in the place of the server of this one.
class ClientProcessTest : public ClientSaveTest, public ::testing::WithParamInterface<const char*> {
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
  // A session of one saved user and one that isn't.
  std::string OpenWithTwo() {
    std::string session = OpenHeld();
    driver_ = Sqlite();
    EXPECT_OK(Append(session, {Created("users", NewKey(1), {Set("name", Text("Ann"))})}));
    EXPECT_OK(ClientSave(*driver_, BeginRequest(session, "before")));
    EXPECT_OK(Append(session, {Created("users", NewKey(2), {Set("name", Text("Bob"))})}));
    return session;
  }
  void Die() { ASSERT_TRUE(uowd_->WaitForEnd(absl::Seconds(10)).has_value()); }
  std::vector<std::string> Names() { return Rows("SELECT name FROM users ORDER BY id"); }

  std::optional<UowdProcess> uowd_;
  std::unique_ptr<test::ClientDriver> driver_;
};

std::string NameOf(const testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

class DyingBeginTest : public ClientProcessTest {};

TEST_P(DyingBeginTest, TheSaveHappensOnce) {
  std::string session = OpenWithTwo();
  uowd_->Kill();
  Start(GetParam());
  EXPECT_FALSE(BeginSave(BeginRequest(session, "s")).status.ok());
  Die();
  Start("");
  v1::Save save;
  ASSERT_OK(ClientSave(*driver_, BeginRequest(session, "s"), &save));
  EXPECT_EQ(save.inserted(), 1u);
  EXPECT_EQ(Names(), (std::vector<std::string>{"Ann", "Bob"}));
}

INSTANTIATE_TEST_SUITE_P(EveryStep, DyingBeginTest, ::testing::Values("intent.before_write", "intent.written", "begin.planned"),
                         NameOf);

class DyingFinishTest : public ClientProcessTest {};

TEST_P(DyingFinishTest, WhatWasCommittedIsFoundAndNotDoneAgain) {
  std::string session = OpenWithTwo();
  uowd_->Kill();
  Start(GetParam());
  Begun begun = BeginSave(BeginRequest(session, "s"));
  ASSERT_OK(begun.status);
  test::ClientExecutor executor(*driver_);
  ASSERT_TRUE(Execute(*driver_, begun, executor).ok());
  EXPECT_FALSE(Report(session, begun, absl::OkStatus(), executor).ok());
  Die();
  Start("");
  v1::Save save;
  ASSERT_OK(ClientSave(*driver_, BeginRequest(session, "s"), &save));
  EXPECT_EQ(save.inserted(), 1u);
  EXPECT_EQ(Names(), (std::vector<std::string>{"Ann", "Bob"}));
  EXPECT_EQ(GetSession(session).saved(), 2u);
  // Its keys are known as well.
  ASSERT_OK(Append(session, {Deleted("users", NewKey(2))}));
  ASSERT_OK(ClientSave(*driver_, BeginRequest(session, "t")));
  EXPECT_EQ(Names(), std::vector<std::string>{"Ann"});
}

INSTANTIATE_TEST_SUITE_P(EveryStep, DyingFinishTest,
                         ::testing::Values("finish.judged", "outcome.before_write", "outcome.written", "finish.noted"), NameOf);

using DyingSettlementTest = ClientProcessTest;

TEST_F(DyingSettlementTest, ASettlerWhoseUowdDiesBeginsAnew) {
  std::string session = OpenWithTwo();
  ASSERT_OK(BeginSave(BeginRequest(session, "s")).status);
  uowd_->Kill();
  Start("begin.attempt_raised");
  EXPECT_FALSE(BeginSave(BeginRequest(session, "s")).status.ok());
  Die();
  Start("");
  ASSERT_OK(ClientSave(*driver_, BeginRequest(session, "s")));
  EXPECT_EQ(Names(), (std::vector<std::string>{"Ann", "Bob"}));
}

}  // namespace
}  // namespace uow
