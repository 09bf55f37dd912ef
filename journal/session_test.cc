#include "journal/session.h"

#include <gtest/gtest.h>

#include <map>

#include "journal/errors.h"

namespace uow {
namespace {

// A store in memory that knows what a test puts there.
class FakeLookup final : public SessionLookup {
 public:
  absl::StatusOr<WriterState> LoadWriter(absl::string_view writer) override {
    ++loads;
    WriterState state;
    state.name = std::string(writer);
    state.last_sequence = notes.size();
    return state;
  }
  absl::StatusOr<std::optional<CommandNote>> FindCommand(absl::string_view, uint64_t sequence) override {
    if (sequence > notes.size()) return std::nullopt;
    return notes[sequence - 1];
  }
  absl::StatusOr<uint64_t> LastSurviving(absl::string_view, uint64_t offset) override {
    uint64_t sequence = notes.size();
    while (sequence > 0 && notes[sequence - 1].offset > offset) --sequence;
    return sequence;
  }
  absl::StatusOr<std::optional<CheckpointPlace>> FindCheckpoint(absl::string_view name) override {
    auto found = checkpoints.find(std::string(name));
    if (found == checkpoints.end()) return std::nullopt;
    return found->second;
  }

  int loads = 0;
  std::vector<CommandNote> notes;
  std::map<std::string, CheckpointPlace> checkpoints;
};

class SessionTest : public testing::Test {
 protected:
  void Make(SessionState state = {}, Truncations truncations = {}) {
    auto lookup = std::make_unique<FakeLookup>();
    lookup_ = lookup.get();
    session_ = std::make_unique<Session>(SessionId::Random(), std::move(state), std::move(truncations), std::move(lookup));
  }
  void SetUp() override { Make(); }

  absl::StatusOr<Effect> Try(const Command& command, const std::string& writer_name = "w") {
    WriterState& writer = **session_->FindWriter(writer_name);
    uint64_t hash = HashCommand(command);
    absl::StatusOr<Effect> effect = session_->Decide(writer, command, hash);
    if (effect.ok()) session_->Apply(writer, command, hash, *effect);
    return effect;
  }
  v1::ErrorReason WhyNot(const Command& command) { return ReasonOf(Try(command).status()); }

  FakeLookup* lookup_ = nullptr;
  std::unique_ptr<Session> session_;
};

AppendAction Append(uint64_t events, std::string bytes = "x") { return {.events = events, .bytes = std::move(bytes)}; }

TEST_F(SessionTest, DecidingChangesNothing) {
  WriterState& writer = **session_->FindWriter("w");
  Command command{.sequence = 1, .action = Append(5)};
  EXPECT_EQ(session_->Decide(writer, command, HashCommand(command))->offset, 5);
  EXPECT_EQ(session_->state().head, 0);
  EXPECT_EQ(writer.last_sequence, 0);
  EXPECT_TRUE(session_->pending_writers().empty());
}

TEST_F(SessionTest, ARetryWithinTheSameGroupIsRecognised) {
  EXPECT_EQ(Try({.sequence = 1, .action = Append(5)})->kind, Effect::Kind::kAppend);
  EXPECT_EQ(Try({.sequence = 2, .action = Append(5)})->offset, 10);
  absl::StatusOr<Effect> retry = Try({.sequence = 1, .action = Append(5)});
  EXPECT_EQ(retry->kind, Effect::Kind::kRetry);
  EXPECT_EQ(retry->offset, 5);
  EXPECT_EQ(WhyNot({.sequence = 2, .action = Append(5, "y")}), v1::ERROR_REASON_SEQUENCE_REUSED);
  EXPECT_EQ(session_->state().head, 10);
}

TEST_F(SessionTest, ARetryOfWhatIsInTheStoreIsLookedUpThere) {
  Command command{.sequence = 1, .action = Append(5)};
  lookup_->notes = {{HashCommand(command), 5, 0}};
  EXPECT_EQ(Try(command)->kind, Effect::Kind::kRetry);
  EXPECT_EQ(WhyNot({.sequence = 3, .action = Append(1)}), v1::ERROR_REASON_SEQUENCE_GAP);
}

TEST_F(SessionTest, ARetryIsRecognisedBeforeTheEpochIsLookedAt) {
  EXPECT_TRUE(Try({.sequence = 1, .action = Append(5)}).ok());
  EXPECT_TRUE(Try({.sequence = 1, .action = RollbackAction{uint64_t{0}}}, "other").ok());
  EXPECT_EQ(Try({.sequence = 1, .action = Append(5)})->offset, 5);
  EXPECT_EQ(WhyNot({.sequence = 2, .action = Append(5)}), v1::ERROR_REASON_STALE_EPOCH);
}

TEST_F(SessionTest, TheSameCommandHasTheSameHashWhateverItsEpoch) {
  Command a{.sequence = 1, .epoch = 0, .action = Append(5)}, b{.sequence = 1, .epoch = 7, .action = Append(5)};
  EXPECT_EQ(HashCommand(a), HashCommand(b));
  EXPECT_NE(HashCommand({.action = CheckpointAction{"a"}}), HashCommand({.action = RollbackAction{std::string("a")}}));
  EXPECT_NE(HashCommand({.action = RollbackAction{uint64_t{1}}}), HashCommand({.action = RollbackAction{uint64_t{2}}}));
}

TEST_F(SessionTest, ACheckpointThatIsStillPendingIsKnown) {
  EXPECT_TRUE(Try({.sequence = 1, .action = CheckpointAction{"a"}}).ok());
  EXPECT_EQ(WhyNot({.sequence = 2, .action = CheckpointAction{"a"}}), v1::ERROR_REASON_CHECKPOINT_EXISTS);
  EXPECT_EQ(Try({.sequence = 2, .action = RollbackAction{std::string("a")}})->epoch, 1);
}

TEST_F(SessionTest, ACheckpointThatAPendingRollbackDropsIsGone) {
  Make({.head = 10, .next_checkpoint = 2});
  lookup_->checkpoints = {{"a", {3, 0}}, {"b", {3, 1}}};
  EXPECT_TRUE(Try({.sequence = 1, .action = RollbackAction{std::string("a")}}).ok());
  EXPECT_EQ(WhyNot({.sequence = 2, .epoch = 1, .action = RollbackAction{std::string("b")}}), v1::ERROR_REASON_CHECKPOINT_NOT_FOUND);
  EXPECT_EQ(WhyNot({.sequence = 2, .epoch = 1, .action = CheckpointAction{"a"}}), v1::ERROR_REASON_CHECKPOINT_EXISTS);
  EXPECT_EQ(Try({.sequence = 2, .epoch = 1, .action = CheckpointAction{"b"}})->ordinal, 2) << "ordinals are never used twice";
}

TEST_F(SessionTest, WhatWasMissedCountsWhatIsPending) {
  Make({.head = 0});
  EXPECT_TRUE(Try({.sequence = 1, .action = Append(5)}).ok());
  EXPECT_TRUE(Try({.sequence = 2, .action = Append(5)}).ok());
  EXPECT_TRUE(Try({.sequence = 1, .action = RollbackAction{uint64_t{7}}}, "other").ok());
  absl::Status status = Try({.sequence = 3, .action = Append(1)}).status();
  EXPECT_EQ(DetailOf(status)->stale_epoch().last_surviving_sequence(), 1);
  EXPECT_EQ(DetailOf(status)->stale_epoch().truncated_to(), 7);
  EXPECT_EQ(DetailOf(status)->stale_epoch().epoch(), 1);
}

TEST_F(SessionTest, AWriterIsLoadedOnce) {
  WriterState* writer = *session_->FindWriter("w");
  for (int i = 0; i < 100; ++i) session_->FindWriter("w" + std::to_string(i)).IgnoreError();
  EXPECT_EQ(*session_->FindWriter("w"), writer);
  EXPECT_EQ(lookup_->loads, 101);
}

TEST_F(SessionTest, ForgettingWhatIsPendingKeepsWhatItCameTo) {
  EXPECT_TRUE(Try({.sequence = 1, .action = Append(5)}).ok());
  session_->ForgetPending();
  EXPECT_TRUE(session_->pending_writers().empty());
  EXPECT_EQ((*session_->FindWriter("w"))->last_sequence, 1);
  EXPECT_EQ(session_->state().head, 5);
}

TEST_F(SessionTest, AStandingSaveKeepsASessionFromExpiring) {
  SessionState state{.active_us = 1000, .idle_ttl_us = 500};
  EXPECT_FALSE(state.ExpiredAt(1500));
  EXPECT_TRUE(state.ExpiredAt(1501));
  state.save_stands = true;
  EXPECT_FALSE(state.ExpiredAt(99999));
  state.idle_ttl_us = ToMicros(absl::InfiniteDuration());
  state.save_stands = false;
  EXPECT_FALSE(state.ExpiredAt(int64_t{1} << 60));
}

}  // namespace
}  // namespace uow
