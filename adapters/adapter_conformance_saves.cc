// The save protocol: a save happens once, whoever dies and whoever comes late.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "adapters/adapter_conformance.h"
#include "gmock/gmock.h"
#include "journal/errors.h"

namespace uow {
namespace {

using test::Int;
using test::Ref;
using test::Text;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kTable[] = "CREATE TABLE t (id {key}, name VARCHAR(200) UNIQUE);";
constexpr char kMarker[] = "SELECT fence, save_id, saved FROM uow_saves";

TEST_P(AdapterConformance, AnEmptySaveLeavesTheDatabaseAlone) {
  CreateTables(kTable);
  auto outcome = Save({});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_FALSE(outcome->executed);
  auto description = target_->Describe();
  ASSERT_TRUE(description.ok());
  Execute("CREATE TABLE uow_saves (x BIGINT)");  // fails where the save has made it
}

TEST_P(AdapterConformance, TheMarkerRemembersTheLastSave) {
  CreateTables(kTable);
  SaveIntent first = NextIntent();
  first.to = 10;
  ASSERT_TRUE(Save(first, {Insert("t", {Ref(1)}, {{"name", Text("a")}})}).ok());
  EXPECT_THAT(Query(kMarker), ElementsAre("1|save-1|10"));
  SaveIntent second = NextIntent();
  second.to = 20;
  ASSERT_TRUE(Save(second, {Insert("t", {Ref(2)}, {{"name", Text("b")}})}).ok());
  EXPECT_THAT(Query(kMarker), ElementsAre("2|save-2|20"));
}

TEST_P(AdapterConformance, AFailedSaveLeavesTheMarkerAsItWas) {
  CreateTables(kTable);
  ASSERT_TRUE(Save({Insert("t", {Int(1)}, {{"name", Text("a")}})}).ok());
  std::vector<std::string> marker = Query(kMarker);
  ASSERT_FALSE(Save({Insert("t", {Int(2)}, {{"name", Text("a")}})}).ok());
  EXPECT_EQ(Query(kMarker), marker);
  ASSERT_TRUE(Save({Insert("t", {Int(2)}, {{"name", Text("b")}})}).ok());
}

TEST_P(AdapterConformance, TheSameAttemptIsNeverExecutedTwice) {
  CreateTables(kTable);
  SaveIntent intent = NextIntent();
  std::vector<v1::NetChange> changes = {Insert("t", {Ref(1)})};
  ASSERT_TRUE(Save(intent, changes).ok());
  EXPECT_EQ(ReasonOf(Save(intent, changes).status()), v1::ERROR_REASON_FENCED);
  EXPECT_THAT(Query("SELECT count(*) FROM t"), ElementsAre("1"));
}

TEST_P(AdapterConformance, ASaveThatSomebodyElseHasExecutedIsNotRunAgain) {
  CreateTables(kTable);
  SaveIntent first = NextIntent();
  SaveIntent again = NextIntent();  // a server that doesn't know that the first was committed
  std::vector<v1::NetChange> changes = {Insert("t", {Ref(1)})};
  ASSERT_TRUE(Save(first, changes).ok());
  EXPECT_EQ(ReasonOf(Save(again, changes).status()), v1::ERROR_REASON_MARKER_LOST);
  EXPECT_THAT(Query("SELECT count(*) FROM t"), ElementsAre("1"));
}

TEST_P(AdapterConformance, ASaveThatCrashedAfterItsCommitIsSettledAsCommitted) {
  CreateTables(kTable);
  SaveIntent intent = NextIntent();
  auto outcome = Save(intent, {Insert("t", {Ref(1)}, {{"name", Text("a")}}), Insert("t", {Int(77)}, {{"name", Text("b")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  SaveIntent settling = intent;
  settling.attempt = NextIntent().attempt;
  auto settled = SettleSave(*target_, session_, settling);
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_TRUE(settled->executed);
  EXPECT_EQ(settled->inserted, 2u);
  ASSERT_EQ(settled->generated.size(), 1u);
  EXPECT_EQ(settled->generated[0].SerializeAsString(), outcome->generated[0].SerializeAsString());
  EXPECT_THAT(Query("SELECT fence, save_id FROM uow_saves"), ElementsAre("2|save-1"));
  EXPECT_TRUE(Save({Insert("t", {Ref(2)})}).ok()) << "the session goes on";
}

TEST_P(AdapterConformance, ASaveThatCrashedBeforeItsCommitIsSettledAsNotCommitted) {
  CreateTables(kTable);
  SaveIntent settling = NextIntent();
  EXPECT_EQ(ReasonOf(SettleSave(*target_, session_, settling).status()), v1::ERROR_REASON_SAVE_NOT_FOUND);
  EXPECT_TRUE(Save({Insert("t", {Ref(1)})}).ok()) << "the save can be tried again";
  EXPECT_THAT(Query("SELECT count(*) FROM t"), ElementsAre("1"));
}

TEST_P(AdapterConformance, APausedSaverLosesAgainstTheSettler) {
  CreateTables(kTable);
  ASSERT_TRUE(Save({Insert("t", {Ref(1)}, {{"name", Text("before")}})}).ok());
  SaveIntent paused = NextIntent();
  SaveIntent settling = paused;
  settling.attempt = NextIntent().attempt;
  EXPECT_EQ(ReasonOf(SettleSave(*target_, session_, settling).status()), v1::ERROR_REASON_SAVE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Save(paused, {Insert("t", {Ref(2)}, {{"name", Text("late")}})}).status()), v1::ERROR_REASON_FENCED);
  EXPECT_THAT(Query("SELECT name FROM t"), ElementsAre("before"));
}

TEST_P(AdapterConformance, APausedFirstSaverLosesAgainstTheSettler) {
  CreateTables(kTable);
  SaveIntent paused = NextIntent();
  SaveIntent settling = paused;
  settling.attempt = NextIntent().attempt;
  EXPECT_EQ(ReasonOf(SettleSave(*target_, session_, settling).status()), v1::ERROR_REASON_SAVE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Save(paused, {Insert("t", {Ref(1)})}).status()), v1::ERROR_REASON_FENCED);
  EXPECT_THAT(Query("SELECT name FROM t"), IsEmpty());
}

TEST_P(AdapterConformance, AnOlderSettlerLosesAgainstANewerOne) {
  CreateTables(kTable);
  SaveIntent older = NextIntent();
  SaveIntent newer = older;
  newer.attempt = NextIntent().attempt;
  EXPECT_EQ(ReasonOf(SettleSave(*target_, session_, newer).status()), v1::ERROR_REASON_SAVE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(SettleSave(*target_, session_, older).status()), v1::ERROR_REASON_FENCED);
}

TEST_P(AdapterConformance, SettlingWaitsForASaverThatHoldsTheFence) {
  CreateTables(kTable);
  ASSERT_TRUE(Save({Insert("t", {Ref(1)})}).ok());
  SaveIntent intent = NextIntent();
  std::vector<v1::NetChange> changes = {Insert("t", {Ref(2)}, {{"name", Text("slow")}})};
  std::atomic<bool> inside = false;
  absl::StatusOr<SaveOutcome> outcome;
  std::thread saver([&] {
    outcome = Save(intent, changes, [&](const v1::SaveProgress&) {
      inside = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(150));
    });
  });
  while (!inside) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  SaveIntent settling = intent;
  settling.attempt = NextIntent().attempt;
  auto settled = SettleSave(*target_, session_, settling);
  saver.join();
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_EQ(settled->generated.size(), 1u);
}

TEST_P(AdapterConformance, ADeletedMarkerStopsTheSession) {
  CreateTables(kTable);
  ASSERT_TRUE(Save({Insert("t", {Ref(1)})}).ok());
  Execute("DELETE FROM uow_saves");
  SaveIntent intent = NextIntent();
  EXPECT_EQ(ReasonOf(Save(intent, {Insert("t", {Ref(2)})}).status()), v1::ERROR_REASON_MARKER_LOST);
  EXPECT_THAT(Query("SELECT count(*) FROM t"), ElementsAre("1"));
  intent.attempt = NextIntent().attempt;
  EXPECT_EQ(ReasonOf(SettleSave(*target_, session_, intent).status()), v1::ERROR_REASON_MARKER_LOST);
}

TEST_P(AdapterConformance, ARestoredMarkerStopsTheSession) {
  CreateTables(kTable);
  ASSERT_TRUE(Save({Insert("t", {Ref(1)})}).ok());
  Execute("UPDATE uow_saves SET save_id = 'an older one'");
  EXPECT_EQ(ReasonOf(Save({Insert("t", {Ref(2)})}).status()), v1::ERROR_REASON_MARKER_LOST);
  EXPECT_THAT(Query("SELECT count(*) FROM t"), ElementsAre("1"));
}

TEST_P(AdapterConformance, ConcurrentSessionsAllSave) {
  CreateTables(kTable);
  constexpr int kSessions = 6;
  std::vector<std::thread> threads;
  threads.reserve(kSessions);
  std::vector<absl::Status> statuses(kSessions);
  std::vector<v1::NetChange> changes = {Insert("t", {Ref(1)}), Insert("t", {Ref(2)})};
  for (int i = 0; i < kSessions; ++i) {
    threads.emplace_back([&, i] {
      SaveTask task;
      task.session = SessionId::Parse(std::string(32, static_cast<char>('a' + i))).value();
      task.intent.save_id = "s";
      task.intent.attempt = 1;
      task.schema = schema_;
      task.changes = &changes;
      statuses[i] = RunSave(*target_, task).status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Query("SELECT count(*) FROM t"), ElementsAre("12"));
  EXPECT_THAT(Query("SELECT count(*) FROM uow_saves"), ElementsAre("6"));
}

TEST_P(AdapterConformance, OnlyOldMarkersOfSessionsThatAreGoneAreRemoved) {
  CreateTables(kTable);
  ASSERT_TRUE(Save({Insert("t", {Ref(1)})}).ok());
  Execute("UPDATE uow_saves SET session = 'ffffffff000000000000000000000001'");
  auto lease = target_->Acquire();
  ASSERT_TRUE(lease.ok()) << lease.status();
  (*lease)->RemoveOldMarkers(10, [](const std::string&) { return false; });
  EXPECT_THAT(Query("SELECT count(*) FROM uow_saves"), ElementsAre("1")) << "it is young";
  Execute("UPDATE uow_saves SET updated_at = '2001-01-01T00:00:00Z'");
  (*lease)->RemoveOldMarkers(10, [](const std::string&) { return true; });
  EXPECT_THAT(Query("SELECT count(*) FROM uow_saves"), ElementsAre("1")) << "its session is alive";
  for (int i = 0; i < 20; ++i) (*lease)->RemoveOldMarkers(10, [](const std::string&) { return false; });
  EXPECT_THAT(Query("SELECT count(*) FROM uow_saves"), ElementsAre("0"));
  target_->Release(std::move(*lease));
}

}  // namespace
}  // namespace uow
