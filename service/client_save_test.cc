// Saves that the client executes: the protocol, and what becomes of attempts that aren't finished.
#include <cstdint>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "journal/errors.h"
#include "service/client_fixture.h"

namespace uow {
namespace {

v1::Event User(uint64_t counter, const std::string& name) { return Created("users", NewKey(counter), {Set("name", Text(name))}); }

TEST_F(ClientSaveTest, NewRowsAndTheirKeysGoThroughTheClientsConnection) {
  std::string session = OpenHeld();
  ASSERT_OK(Append(session, {User(1, "Ann"), Created("posts", NewKey(2), {Set("author_id", NewKey(1)), Set("title", Text("Hi"))}),
                             User(3, "Bob")}));
  auto driver = Sqlite();
  v1::Save save;
  ASSERT_OK(ClientSave(*driver, BeginRequest(session, "s"), &save));
  EXPECT_EQ(save.state(), v1::SAVE_STATE_COMMITTED) << save.error_message();
  EXPECT_EQ(save.inserted(), 3u);
  EXPECT_EQ(Rows("SELECT id, name FROM users ORDER BY id"), (std::vector<std::string>{"1|Ann", "2|Bob"}));
  EXPECT_EQ(Rows("SELECT author_id, title FROM posts"), std::vector<std::string>{"1|Hi"});
  EXPECT_EQ(GetSession(session).saved(), 3u);
  EXPECT_EQ(GetSession(session).dialect(), v1::DIALECT_SQLITE);

  // The handle is resolved for later events, and the save is replayed to who asks again.
  ASSERT_OK(Append(session, {Updated("users", NewKey(1), {Set("name", Text("Anna"))}), Deleted("posts", NewKey(2))}));
  ASSERT_OK(ClientSave(*driver, BeginRequest(session, "t"), &save));
  EXPECT_EQ(save.updated() + save.deleted(), 2u) << save.error_message();
  EXPECT_EQ(Rows("SELECT name FROM users ORDER BY id"), (std::vector<std::string>{"Anna", "Bob"}));
  EXPECT_TRUE(Rows("SELECT id FROM posts").empty());
  Begun again = BeginSave(BeginRequest(session, "s"));
  ASSERT_OK(again.status);
  EXPECT_EQ(again.header.kind(), v1::BEGUN_KIND_COMMITTED);
  EXPECT_EQ(again.committed.inserted(), 3u);
  EXPECT_EQ(again.generated.size(), 3u);
}

TEST_F(ClientSaveTest, AnEmptyPlanIsCommittedAtOnce) {
  std::string session = OpenHeld();
  ASSERT_OK(Append(session, {User(1, "Ann"), Deleted("users", NewKey(1))}));
  Begun begun = BeginSave(BeginRequest(session, "s"));
  ASSERT_OK(begun.status);
  EXPECT_EQ(begun.header.kind(), v1::BEGUN_KIND_COMMITTED);
  EXPECT_EQ(begun.committed.state(), v1::SAVE_STATE_COMMITTED);
  EXPECT_EQ(GetSession(session).saved(), 2u);
}

TEST_F(ClientSaveTest, ManyRowsComeInPartsAndWithinTheParameterLimit) {
  std::string session = OpenHeld();
  std::vector<v1::Event> events;
  for (uint64_t i = 1; i <= 2500; ++i) events.push_back(User(i, absl::StrCat("user ", i)));
  ASSERT_OK(Append(session, events));
  v1::BeginSaveRequest request = BeginRequest(session, "s");
  request.set_max_parameters(100);
  Begun begun = BeginSave(request);
  ASSERT_OK(begun.status);
  for (const v1::SaveStep& step : begun.steps) {
    if (step.kind() == v1::STEP_KIND_INSERT) {
      EXPECT_LE(step.rows_size(), 50);
    }
  }
  auto driver = Sqlite();
  test::ClientExecutor executor(*driver);
  absl::Status status = Execute(*driver, begun, executor);
  v1::FinishSaveResponse response;
  ASSERT_OK(Report(session, begun, status, executor, &response));
  EXPECT_EQ(response.save().inserted(), 2500u) << status;
  EXPECT_EQ(Rows("SELECT count(*), min(id), max(id) FROM users WHERE name = 'user ' || id"),
            std::vector<std::string>{"2500|1|2500"});
}

TEST_F(ClientSaveTest, AConstraintIsNarrowedToItsRowAndTheSaveCanBeRepaired) {
  std::string session = OpenHeld();
  ASSERT_OK(Append(session, {User(1, "Ann"), User(2, "Bob"), User(3, "Ann"), User(4, "Dan")}));
  auto driver = Sqlite();
  v1::Save save;
  ASSERT_OK(ClientSave(*driver, BeginRequest(session, "s"), &save));
  EXPECT_EQ(save.state(), v1::SAVE_STATE_FAILED);
  EXPECT_EQ(save.error().reason(), v1::ERROR_REASON_CONSTRAINT_UNIQUE);
  EXPECT_EQ(save.error().offset(), 2u);
  EXPECT_TRUE(Rows("SELECT id FROM users").empty());
  ASSERT_OK(RollbackToOffset(session, 2));
  ASSERT_OK(ClientSave(*driver, BeginRequest(session, "t"), &save));
  EXPECT_EQ(save.inserted(), 2u);
}

TEST_F(ClientSaveTest, EveryRowThatIsGoneIsNamed) {
  std::string session = OpenHeld();
  Execute("INSERT INTO users (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')");
  std::vector<v1::Event> events;
  for (int id = 1; id <= 4; ++id) events.push_back(Updated("users", Integer(id), {Set("email", Text("e"))}));
  ASSERT_OK(Append(session, events));
  Execute("DELETE FROM users WHERE id IN (2, 4)");
  auto driver = Sqlite();
  v1::Save save;
  ASSERT_OK(ClientSave(*driver, BeginRequest(session, "s"), &save));
  EXPECT_EQ(save.error().reason(), v1::ERROR_REASON_STALE_ENTITY);
  ASSERT_EQ(save.error().entities_size(), 2);
  EXPECT_EQ(save.error().entities(0).offset(), 1u);
  EXPECT_EQ(save.error().entities(1).offset(), 3u);
  EXPECT_EQ(Rows("SELECT email FROM users WHERE id = 1"), std::vector<std::string>{"NULL"});
}

TEST_F(ClientSaveTest, AValueThatTheDialectCantStoreIsRefusedWithItsRow) {
  std::string session = OpenHeld(v1::DIALECT_POSTGRESQL);
  ASSERT_OK(Append(session, {User(1, std::string("a\0b", 3))}));
  Begun begun = BeginSave(BeginRequest(session, "s"));
  EXPECT_TRUE(RefusedWith(begun.status, v1::ERROR_REASON_VALUE_OUT_OF_RANGE));
  EXPECT_EQ(GetSession(session).pending_save_id(), "") << "nothing stands";
}

// ---- Attempts that aren't finished ----

class UnfinishedAttempt : public ClientSaveTest {
 protected:
  // A client has begun to save Ann under the id "s".
  void SetUp() override {
    ClientSaveTest::SetUp();
    driver_ = Sqlite();
    session_ = OpenHeld();
    ASSERT_OK(Append(session_, {User(1, "Ann")}));
    begun_ = BeginSave(BeginRequest(session_, "s", "first"));
    ASSERT_OK(begun_.status);
    ASSERT_EQ(begun_.header.kind(), v1::BEGUN_KIND_EXECUTE);
    executor_.emplace(*driver_);
  }

  v1::BeginSaveRequest TakeOver(const std::string& save_id) {
    v1::BeginSaveRequest request = BeginRequest(session_, save_id, "second");
    request.set_take_over(true);
    return request;
  }
  std::vector<std::string> Names() { return Rows("SELECT name FROM users ORDER BY id"); }

  std::unique_ptr<test::ClientDriver> driver_;
  std::string session_;
  Begun begun_;
  std::optional<test::ClientExecutor> executor_;
};

TEST_F(UnfinishedAttempt, IsLeftAloneWhileItsLeaseRuns) {
  EXPECT_TRUE(RefusedWith(BeginSave(BeginRequest(session_, "s", "second")).status, v1::ERROR_REASON_SAVE_IN_PROGRESS));
  EXPECT_TRUE(RefusedWith(RollbackToOffset(session_, 0), v1::ERROR_REASON_SAVE_IN_PROGRESS));
  EXPECT_TRUE(RefusedWith(PlanSave(session_, {}), v1::ERROR_REASON_SAVE_IN_PROGRESS));
  EXPECT_OK(Append(session_, {User(2, "Bob")}));  // appends go on
  absl::Status status = Execute(*driver_, begun_, *executor_);
  ASSERT_OK(Report(session_, begun_, status, *executor_));
  EXPECT_EQ(Names(), std::vector<std::string>{"Ann"});
}

TEST_F(UnfinishedAttempt, ThatCommittedIsSettledAsCommitted) {
  ASSERT_TRUE(Execute(*driver_, begun_, *executor_).ok());
  auto other = Sqlite();
  v1::Save save;
  ASSERT_OK(ClientSave(*other, TakeOver("s"), &save));
  EXPECT_EQ(save.state(), v1::SAVE_STATE_COMMITTED);
  EXPECT_EQ(save.inserted(), 1u);
  EXPECT_EQ(Names(), std::vector<std::string>{"Ann"});
  EXPECT_EQ(GetSession(session_).saved(), 1u);
  // The keys came out of the marker.
  ASSERT_OK(Append(session_, {Updated("users", NewKey(1), {Set("name", Text("Anna"))})}));
  ASSERT_OK(ClientSave(*other, TakeOver("t"), &save));
  EXPECT_EQ(Names(), std::vector<std::string>{"Anna"});
  // The first one's report comes late, and is true.
  EXPECT_OK(Report(session_, begun_, absl::OkStatus(), *executor_));
}

TEST_F(UnfinishedAttempt, ThatNeverCommittedIsSettledAndRunAgain) {
  auto other = Sqlite();
  v1::Save save;
  ASSERT_OK(ClientSave(*other, TakeOver("other id"), &save));
  EXPECT_EQ(save.state(), v1::SAVE_STATE_COMMITTED) << save.error_message();
  EXPECT_EQ(save.save_id(), "other id");
  EXPECT_EQ(Names(), std::vector<std::string>{"Ann"});
}

TEST_F(UnfinishedAttempt, APausedClientLosesAgainstTheSettler) {
  auto other = Sqlite();
  ASSERT_OK(ClientSave(*other, TakeOver("s")));
  absl::Status late = Execute(*driver_, begun_, *executor_);
  EXPECT_EQ(ReasonOf(late), v1::ERROR_REASON_FENCED) << late;
  EXPECT_TRUE(RefusedWith(Report(session_, begun_, late, *executor_), v1::ERROR_REASON_FENCED));
  EXPECT_EQ(Names(), std::vector<std::string>{"Ann"});
}

TEST_F(UnfinishedAttempt, ASettlersFenceKeepsThePausedClientOutEvenBeforeItReports) {
  Begun settle = BeginSave(TakeOver("s"));
  ASSERT_OK(settle.status);
  ASSERT_EQ(settle.header.kind(), v1::BEGUN_KIND_SETTLE);
  EXPECT_EQ(settle.header.save_id(), "s");
  auto other = Sqlite();
  test::ClientExecutor settler(*other);
  ASSERT_TRUE(Execute(*other, settle, settler).ok());
  EXPECT_EQ(ReasonOf(Execute(*driver_, begun_, *executor_)), v1::ERROR_REASON_FENCED);
  v1::FinishSaveResponse response;
  ASSERT_OK(Report(session_, settle, absl::OkStatus(), settler, &response));
  EXPECT_EQ(response.save().state(), v1::SAVE_STATE_FAILED);
  EXPECT_TRUE(Names().empty());
}

TEST_F(UnfinishedAttempt, OfTwoSettlersTheOlderIsFenced) {
  Begun first = BeginSave(TakeOver("s"));
  Begun second = BeginSave(TakeOver("s"));
  ASSERT_OK(first.status);
  ASSERT_OK(second.status);
  auto other = Sqlite();
  test::ClientExecutor late(*driver_), settler(*other);
  ASSERT_TRUE(Execute(*other, second, settler).ok());
  absl::Status status = Execute(*driver_, first, late);
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(RefusedWith(Report(session_, first, status, late), v1::ERROR_REASON_FENCED));
  ASSERT_OK(Report(session_, second, absl::OkStatus(), settler));
}

TEST_F(UnfinishedAttempt, ASettlerThatFailsLeavesTheSaveStanding) {
  Begun settle = BeginSave(TakeOver("s"));
  v1::AttemptOutcome outcome = OutcomeOf(session_, settle);
  outcome.mutable_failed()->set_message("no connection");
  v1::FinishSaveResponse response;
  ASSERT_OK(FinishSave(outcome, "", &response));
  EXPECT_EQ(response.save().state(), v1::SAVE_STATE_PENDING);
  EXPECT_TRUE(RefusedWith(RollbackToOffset(session_, 0), v1::ERROR_REASON_SAVE_IN_DOUBT)) << "only a client can settle it";
  ASSERT_OK(ClientSave(*driver_, BeginRequest(session_, "s", "third")));
  EXPECT_EQ(Names(), std::vector<std::string>{"Ann"});
}

TEST_F(UnfinishedAttempt, InDoubtIsSettledByWhoeverAsksNext) {
  v1::AttemptOutcome outcome = OutcomeOf(session_, begun_);
  outcome.mutable_in_doubt();
  ASSERT_OK(FinishSave(outcome, ""));
  EXPECT_TRUE(RefusedWith(RollbackToOffset(session_, 0), v1::ERROR_REASON_SAVE_IN_DOUBT));
  ASSERT_OK(ClientSave(*driver_, BeginRequest(session_, "s", "second")));
  EXPECT_EQ(Names(), std::vector<std::string>{"Ann"});
}

TEST_F(UnfinishedAttempt, TheSameClientNeedsNoTakeOver) {
  Begun again = BeginSave(BeginRequest(session_, "s", "first"));
  ASSERT_OK(again.status);
  EXPECT_EQ(again.header.kind(), v1::BEGUN_KIND_SETTLE);
  EXPECT_GT(again.header.attempt(), begun_.header.attempt());
}

TEST_F(UnfinishedAttempt, ALeaseEnds) {
  absl::Status status = Execute(*driver_, begun_, *executor_);
  ASSERT_OK(Report(session_, begun_, status, *executor_));
  ASSERT_OK(Append(session_, {User(2, "Bob")}));
  v1::BeginSaveRequest request = BeginRequest(session_, "t", "first");
  request.mutable_lease()->set_seconds(1);
  ASSERT_OK(BeginSave(request).status);
  EXPECT_TRUE(RefusedWith(BeginSave(BeginRequest(session_, "t", "second")).status, v1::ERROR_REASON_SAVE_IN_PROGRESS));
  absl::SleepFor(absl::Milliseconds(1100));
  EXPECT_EQ(BeginSave(BeginRequest(session_, "t", "second")).header.kind(), v1::BEGUN_KIND_SETTLE);
}

TEST_F(UnfinishedAttempt, ReportsCanBeRepeated) {
  absl::Status status = Execute(*driver_, begun_, *executor_);
  v1::FinishSaveResponse first, second;
  ASSERT_OK(Report(session_, begun_, status, *executor_, &first));
  ASSERT_OK(Report(session_, begun_, status, *executor_, &second));
  EXPECT_EQ(first.save().SerializeAsString(), second.save().SerializeAsString());
  v1::AttemptOutcome contradiction = OutcomeOf(session_, begun_);
  contradiction.mutable_failed();
  EXPECT_TRUE(RefusedWith(FinishSave(contradiction, ""), v1::ERROR_REASON_FENCED));
}

TEST_F(UnfinishedAttempt, ALostMarkerStopsTheSession) {
  absl::Status status = Execute(*driver_, begun_, *executor_);
  ASSERT_OK(Report(session_, begun_, status, *executor_));
  Execute("DELETE FROM uow_saves");
  ASSERT_OK(Append(session_, {User(2, "Bob")}));
  v1::Save save;
  ASSERT_OK(ClientSave(*driver_, BeginRequest(session_, "t", "first"), &save));
  EXPECT_EQ(save.error().reason(), v1::ERROR_REASON_MARKER_LOST);
  EXPECT_EQ(Names(), std::vector<std::string>{"Ann"});
}

TEST_F(UnfinishedAttempt, AResultThatLacksKeysOrIsCutOffIsRefused) {
  ASSERT_TRUE(Execute(*driver_, begun_, *executor_).ok());
  v1::SaveResult whole = executor_->result();
  executor_->result().clear_keys();
  EXPECT_TRUE(RefusedWith(Report(session_, begun_, absl::OkStatus(), *executor_), v1::ERROR_REASON_INVALID_REQUEST));
  v1::AttemptOutcome outcome = OutcomeOf(session_, begun_);
  outcome.mutable_committed();
  outcome.set_result_size(10);
  auto context = NewContext();
  v1::FinishSaveResponse response;
  auto writer = saves_->FinishSave(context.get(), &response);
  v1::FinishSaveRequest request;
  *request.mutable_outcome() = outcome;
  writer->Write(request);
  writer->WritesDone();
  EXPECT_TRUE(RefusedWith(writer->Finish(), v1::ERROR_REASON_INVALID_REQUEST));
  executor_->result() = whole;
  ASSERT_OK(Report(session_, begun_, absl::OkStatus(), *executor_));
}

TEST_F(UnfinishedAttempt, IsWhatTheNextUowdKnowsToo) {
  ASSERT_TRUE(Execute(*driver_, begun_, *executor_).ok());
  RestartServer();
  // No lease outlives the server; fencing does.
  v1::Save save;
  ASSERT_OK(ClientSave(*driver_, BeginRequest(session_, "s", "second"), &save));
  EXPECT_EQ(save.inserted(), 1u);
  EXPECT_EQ(Names(), std::vector<std::string>{"Ann"});
}

TEST_F(UnfinishedAttempt, IsReportedToTheNextUowd) {
  absl::Status status = Execute(*driver_, begun_, *executor_);
  RestartServer();
  ASSERT_OK(Report(session_, begun_, status, *executor_));
  EXPECT_EQ(GetSession(session_).saved(), 1u);
}

TEST_F(ClientSaveTest, AStreamThatIsCutOffHasBegunNothing) {
  std::string session = OpenHeld();
  std::vector<v1::Event> events;
  const std::string padding(2000, 'x');
  for (uint64_t i = 1; i <= 5000; ++i) events.push_back(User(i, absl::StrCat(i, padding)));
  ASSERT_OK(Append(session, events));
  {
    auto context = NewContext();
    auto reader = saves_->BeginSave(context.get(), BeginRequest(session, "s", "first"));
    v1::BeginSaveResponse response;
    ASSERT_TRUE(reader->Read(&response));
    ASSERT_TRUE(response.has_begun());
    context->TryCancel();
    while (reader->Read(&response)) continue;
    EXPECT_FALSE(reader->Finish().ok());
  }
  for (int i = 0; i < 100 && !GetSession(session).pending_save_id().empty(); ++i) absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(GetSession(session).pending_save_id(), "");
  EXPECT_OK(RollbackToOffset(session, 1));
}

TEST_F(ClientSaveTest, TwoClientsThatRaceSaveOnce) {
  std::string session = OpenHeld();
  for (int round = 0; round < 5; ++round) {
    ASSERT_OK(Append(session, {User(static_cast<uint64_t>(round + 1), absl::StrCat("user ", round))}));
    std::vector<std::thread> clients;
    for (const char* name : {"first", "second", "third"}) {
      clients.emplace_back([&, name] {
        auto driver = Sqlite();
        v1::BeginSaveRequest request = BeginRequest(session, absl::StrCat("save ", round), name);
        request.set_take_over(true);
        std::minstd_rand random{std::random_device{}()};
        // Each is fenced now and then, and asks again, some time later: at one pace three could fence one another for ever.
        for (uint32_t i = 1; i <= 50; ++i) {
          v1::Save save;
          if (ClientSave(*driver, request, &save).ok() && save.state() == v1::SAVE_STATE_COMMITTED) return;
          absl::SleepFor(absl::Milliseconds(random() % i));
        }
        ADD_FAILURE() << name << " never saw the save committed";
      });
    }
    for (std::thread& client : clients) client.join();
  }
  EXPECT_EQ(Rows("SELECT count(*) FROM users"), std::vector<std::string>{"5"});
  EXPECT_EQ(GetSession(session).saved(), 5u);
}

TEST_F(ClientSaveTest, MarkersOfSessionsThatAreGoneAreRemoved) {
  auto driver = Sqlite();
  std::string session = OpenHeld();
  bool looked = false;
  for (uint64_t i = 1; i <= 40 && !looked; ++i) {
    ASSERT_OK(Append(session, {User(i, absl::StrCat("user ", i))}));
    Begun begun = BeginSave(BeginRequest(session, absl::StrCat("s", i)));
    test::ClientExecutor executor(*driver);
    ASSERT_TRUE(Execute(*driver, begun, executor).ok());
    if (i == 1) {
      // One of a session that is gone, one of a session that lives, both old; and a young one.
      Execute(
          "INSERT INTO uow_saves (session, fence, save_id, saved, updated_at) VALUES ('ffffffffffffffffffffffffffffffff', 1, 'x', "
          "1, "
          "'2020-01-01T00:00:00.000Z'), ('fffffffffffffffffffffffffffffffe', 1, 'x', 1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))");
    }
    for (const v1::SaveStep& step : begun.steps) looked |= step.kind() == v1::STEP_KIND_FIND_OLD_MARKERS;
    ASSERT_TRUE(executor.RunPhase(begun.steps, v1::STEP_PHASE_AFTER).ok());
    v1::AttemptOutcome outcome = OutcomeOf(session, begun);
    outcome.mutable_committed();
    outcome.mutable_old_markers()->Add(executor.old_markers().begin(), executor.old_markers().end());
    v1::FinishSaveResponse response;
    ASSERT_OK(FinishSave(outcome, executor.result().SerializeAsString(), &response));
    for (const v1::SaveStep& step : response.steps()) ASSERT_TRUE(executor.RunStep(step).ok());
  }
  EXPECT_TRUE(looked);
  EXPECT_EQ(Rows("SELECT session FROM uow_saves ORDER BY session"),
            (std::vector<std::string>{session, "fffffffffffffffffffffffffffffffe"}));
}

// ---- Without a marker ----

TEST_F(ClientSaveTest, WithoutAMarkerALostSaveWaitsForADecision) {
  auto driver = Sqlite();
  std::string session = OpenHeld();
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  v1::BeginSaveRequest request = BeginRequest(session, "s", "first");
  request.set_without_marker(true);
  Begun begun = BeginSave(request);
  ASSERT_OK(begun.status);
  test::ClientExecutor executor(*driver);
  ASSERT_TRUE(Execute(*driver, begun, executor).ok());
  EXPECT_TRUE(Rows("SELECT name FROM sqlite_master WHERE name = 'uow_saves'").empty());

  v1::AttemptOutcome decision = OutcomeOf(session, begun);
  decision.mutable_decision()->set_committed(true);
  EXPECT_TRUE(RefusedWith(FinishSave(decision, ""), v1::ERROR_REASON_SAVE_IN_PROGRESS)) << "the client may still be alive";
  RestartServer();
  EXPECT_TRUE(RefusedWith(BeginSave(BeginRequest(session, "s", "second")).status, v1::ERROR_REASON_SAVE_UNDECIDED));
  EXPECT_TRUE(RefusedWith(RollbackToOffset(session, 0), v1::ERROR_REASON_SAVE_UNDECIDED));
  v1::FinishSaveResponse response;
  ASSERT_OK(FinishSave(decision, executor.result().SerializeAsString(), &response));
  EXPECT_EQ(response.save().state(), v1::SAVE_STATE_COMMITTED);
  EXPECT_TRUE(response.save().without_marker());

  // A save with a marker may follow: the first of its session.
  ASSERT_OK(Append(session, {Updated("users", NewKey(1), {Set("name", Text("Anna"))})}));
  ASSERT_OK(ClientSave(*driver, BeginRequest(session, "t")));
  EXPECT_EQ(Rows("SELECT name FROM users"), std::vector<std::string>{"Anna"});
}

TEST_F(ClientSaveTest, ADecisionAgainstACommitRunsTheSaveAgain) {
  auto driver = Sqlite();
  std::string session = OpenHeld();
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  v1::BeginSaveRequest request = BeginRequest(session, "s", "first");
  request.set_without_marker(true);
  Begun begun = BeginSave(request);
  RestartServer();
  v1::AttemptOutcome decision = OutcomeOf(session, begun);
  decision.mutable_decision();
  ASSERT_OK(FinishSave(decision, ""));
  ASSERT_OK(ClientSave(*driver, BeginRequest(session, "s")));
  EXPECT_EQ(Rows("SELECT name FROM users"), std::vector<std::string>{"Ann"});
}

// ---- Who holds the target ----

TEST_F(ClientSaveTest, EachWayToSaveIsRefusedWhereTheOtherOneHoldsTheTarget) {
  std::string held = OpenHeld();
  EXPECT_TRUE(RefusedWith(Save(held, "s").status, v1::ERROR_REASON_TARGET_HELD_BY_CLIENT));
  std::string served = OpenSession();
  EXPECT_TRUE(RefusedWith(BeginSave(BeginRequest(served, "s")).status, v1::ERROR_REASON_TARGET_HELD_BY_SERVER));
  v1::AttemptOutcome outcome;
  outcome.set_session_id(served);
  outcome.mutable_in_doubt();
  EXPECT_TRUE(RefusedWith(FinishSave(outcome, ""), v1::ERROR_REASON_TARGET_HELD_BY_SERVER));
}

TEST_F(ClientSaveTest, ThePlanOfAHeldTargetIsShown) {
  std::string session = OpenHeld(v1::DIALECT_POSTGRESQL);
  ASSERT_OK(Append(session, {Created("users", Integer(1), {Set("name", Text("Ann"))})}));
  std::vector<v1::PlannedStatement> plan;
  ASSERT_OK(PlanSave(session, {}, &plan));
  ASSERT_EQ(plan.size(), 1u);
  EXPECT_EQ(plan[0].parameter_style(), v1::PARAMETER_STYLE_ARRAYS);
}

TEST_F(ClientSaveTest, OpeningUnderAnIdOfOnesOwnCanBeRepeated) {
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse first, second;
  request.set_target("main");
  request.set_session_id("00112233445566778899aabbccddeeff");
  ASSERT_OK(sessions_->OpenSession(NewContext().get(), request, &first));
  ASSERT_OK(sessions_->OpenSession(NewContext().get(), request, &second));
  EXPECT_EQ(first.session().session_id(), request.session_id());
  EXPECT_EQ(second.session().session_id(), request.session_id());
  v1::OpenSessionRequest other = request;
  other.clear_target();
  other.set_dialect(v1::DIALECT_SQLITE);
  other.set_schema_id(first.session().schema_id());
  EXPECT_TRUE(RefusedWith(sessions_->OpenSession(NewContext().get(), other, &second), v1::ERROR_REASON_SESSION_EXISTS));
  v1::CloseSessionRequest close;
  v1::CloseSessionResponse closed;
  close.set_session_id(request.session_id());
  close.set_keep_history(true);
  ASSERT_OK(sessions_->CloseSession(NewContext().get(), close, &closed));
  EXPECT_TRUE(RefusedWith(sessions_->OpenSession(NewContext().get(), request, &second), v1::ERROR_REASON_SESSION_EXISTS));
}

TEST_F(ClientSaveTest, BadRequestsAreRefused) {
  std::string session = OpenHeld();
  v1::OpenSessionRequest open;
  v1::OpenSessionResponse opened;
  const auto kBad = v1::ERROR_REASON_INVALID_REQUEST;
  open.set_dialect(v1::DIALECT_SQLITE);
  EXPECT_TRUE(RefusedWith(sessions_->OpenSession(NewContext().get(), open, &opened), kBad)) << "no schema";
  open.set_target("main");
  EXPECT_TRUE(RefusedWith(sessions_->OpenSession(NewContext().get(), open, &opened), kBad)) << "both";
  open.clear_dialect();
  open.set_session_id("ABC");
  EXPECT_TRUE(RefusedWith(sessions_->OpenSession(NewContext().get(), open, &opened), kBad)) << "no id";
  v1::BeginSaveRequest begin = BeginRequest(session, "s");
  begin.clear_client();
  EXPECT_TRUE(RefusedWith(BeginSave(begin).status, kBad));
  begin = BeginRequest(session, "s");
  begin.set_max_parameters(3);
  EXPECT_TRUE(RefusedWith(BeginSave(begin).status, kBad));
  begin = BeginRequest(session, "s");
  begin.mutable_lease()->set_seconds(36000);
  EXPECT_TRUE(RefusedWith(BeginSave(begin).status, kBad));
  v1::AttemptOutcome outcome;
  outcome.set_session_id(session);
  EXPECT_TRUE(RefusedWith(FinishSave(outcome, ""), kBad)) << "no outcome";
  outcome.mutable_in_doubt();
  outcome.set_save_id("never begun");
  EXPECT_TRUE(RefusedWith(FinishSave(outcome, ""), v1::ERROR_REASON_SAVE_NOT_FOUND));
}

}  // namespace
}  // namespace uow
