#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/conformance/journal_conformance.h"

namespace uow::conformance {
namespace {

// What a session is, in the plainest form.
struct Model {
  struct Checkpoint {
    std::string name;
    uint64_t offset;
  };
  struct Applied {
    Command command;
    uint64_t offset;
    uint64_t epoch;
  };

  std::vector<int64_t> events;
  std::vector<Checkpoint> checkpoints;
  std::vector<uint64_t> truncated_to;  // by rollback; the epoch is their number
  std::map<std::string, std::vector<Applied>> writers;
  uint64_t saved = 0;
  std::optional<uint64_t> saving;

  uint64_t epoch() const { return truncated_to.size(); }

  auto Find(const std::string& name) {
    return std::find_if(checkpoints.begin(), checkpoints.end(),
                        [&](const Checkpoint& checkpoint) { return checkpoint.name == name; });
  }

  // What the command comes to: UNSPECIFIED where it is applied.
  v1::ErrorReason Apply(const std::string& writer, const Command& command);

 private:
  v1::ErrorReason RollBack(const RollbackAction& rollback);
};

v1::ErrorReason Model::Apply(const std::string& writer, const Command& command) {
  std::vector<Applied>& applied = writers[writer];
  if (command.sequence != applied.size() + 1) return v1::ERROR_REASON_SEQUENCE_GAP;
  if (command.epoch < epoch()) return v1::ERROR_REASON_STALE_EPOCH;
  if (command.epoch > epoch()) return v1::ERROR_REASON_INVALID_REQUEST;
  if (const auto* append = std::get_if<AppendAction>(&command.action)) {
    v1::AppendEvents sent;
    sent.ParseFromString(append->bytes);
    for (const v1::Event& event : sent.events()) events.push_back(event.key(0).int64_value());
  } else if (const auto* checkpoint = std::get_if<CheckpointAction>(&command.action)) {
    if (Find(checkpoint->name) != checkpoints.end()) return v1::ERROR_REASON_CHECKPOINT_EXISTS;
    checkpoints.push_back({checkpoint->name, events.size()});
  } else if (v1::ErrorReason reason = RollBack(std::get<RollbackAction>(command.action)); reason != v1::ERROR_REASON_UNSPECIFIED) {
    return reason;
  }
  applied.push_back({command, events.size(), epoch()});
  return v1::ERROR_REASON_UNSPECIFIED;
}

v1::ErrorReason Model::RollBack(const RollbackAction& rollback) {
  uint64_t to = 0;
  auto first_dropped = checkpoints.end();
  if (const auto* name = std::get_if<std::string>(&rollback.to)) {
    auto found = Find(*name);
    if (found == checkpoints.end()) return v1::ERROR_REASON_CHECKPOINT_NOT_FOUND;
    to = found->offset;
    first_dropped = found + 1;
  } else {
    to = std::get<uint64_t>(rollback.to);
    first_dropped = std::find_if(checkpoints.begin(), checkpoints.end(), [&](const Checkpoint& each) { return each.offset > to; });
  }
  if (to > events.size()) return v1::ERROR_REASON_OFFSET_BEYOND_HEAD;
  if (to < saved) return v1::ERROR_REASON_ROLLBACK_BELOW_SAVED;
  if (saving && to < *saving) return v1::ERROR_REASON_SAVE_IN_PROGRESS;
  checkpoints.erase(first_dropped, checkpoints.end());
  events.resize(to);
  truncated_to.push_back(to);
  return v1::ERROR_REASON_UNSPECIFIED;
}

// Does the same to the journal and to the model, and compares.
class Walk {
 public:
  Walk(JournalConformance& test, unsigned seed) : test_(test), random_(seed), id_(test.Open()) {}

  void Run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) {
      uint64_t kind = Below(20);
      if (kind < 14) {
        Submit();
      } else if (kind < 16) {
        Retry();
      } else if (kind < 18) {
        BeginOrFinishSave();
      } else if (kind == 18) {
        Compare();
      } else if (Below(4) == 0) {
        test_.Reopen();
      }
    }
    if (!testing::Test::HasFatalFailure()) Compare();
  }

 private:
  Journal& journal() { return test_.journal(); }

  uint64_t Below(uint64_t limit) { return random_() % limit; }
  std::string AnyName() { return std::string(1, static_cast<char>('a' + Below(6))); }

  Command AnyCommand(const std::string& writer) {
    Command command{.sequence = model_.writers[writer].size() + 1, .epoch = model_.epoch()};
    if (Below(20) == 0) command.sequence += 1 + Below(3);
    if (Below(12) == 0) command.epoch = Below(model_.epoch() + 2);
    uint64_t kind = Below(10);
    if (kind < 6) {
      command.action = Append(1 + Below(30), static_cast<int64_t>(next_number_));
      next_number_ += 30;
    } else if (kind < 8) {
      command.action = CheckpointAction{AnyName()};
    } else if (kind == 8) {
      command.action = RollbackAction{AnyName()};
    } else {
      uint64_t floor = Below(8) == 0 ? 0 : model_.saved;
      command.action = RollbackAction{floor + Below(model_.events.size() - floor + 3)};
    }
    return command;
  }

  // One to six commands of one writer in one stream: several of them may share a group commit.
  void Submit() {
    std::string writer = "writer " + std::to_string(Below(3));
    auto stream = std::make_shared<Stream>(id_, writer);
    uint64_t last = 0;
    v1::ErrorReason expected = v1::ERROR_REASON_UNSPECIFIED;
    for (uint64_t left = 1 + Below(6); left > 0 && expected == v1::ERROR_REASON_UNSPECIFIED; --left) {
      Command command = AnyCommand(writer);
      ASSERT_TRUE(journal().Submit(stream, command));
      last = command.sequence;
      expected = model_.Apply(writer, command);
    }
    absl::StatusOr<v1::Ack> ack = stream->WaitFor(last);
    ASSERT_EQ(Why(ack), expected) << ack.status();
    if (!ack.ok()) return;
    EXPECT_EQ(ack->offset(), model_.events.size());
    EXPECT_EQ(ack->epoch(), model_.epoch());
    EXPECT_EQ(ack->saved(), model_.saved);
  }

  void Retry() {
    std::string writer = "writer " + std::to_string(Below(3));
    const std::vector<Model::Applied>& applied = model_.writers[writer];
    if (applied.empty()) return;
    const Model::Applied& any = applied[Below(applied.size())];
    TestWriter sender(journal(), id_, writer);
    absl::StatusOr<v1::Ack> ack = sender.Send(any.command);
    ASSERT_TRUE(IsOk(ack));
    EXPECT_EQ(ack->offset(), any.offset);
    EXPECT_EQ(ack->epoch(), any.epoch);
    Command other = any.command;
    other.action = CheckpointAction{"never sent"};
    EXPECT_EQ(Why(sender.Send(other)), v1::ERROR_REASON_SEQUENCE_REUSED);
  }

  void BeginOrFinishSave() {
    if (!model_.saving) {
      uint64_t to = model_.saved + Below(model_.events.size() - model_.saved + 1);
      absl::StatusOr<SaveIntent> intent = journal().BeginSave(id_, "save " + std::to_string(saves_++), {to, model_.epoch()});
      ASSERT_TRUE(IsOk(intent));
      EXPECT_EQ(intent->from, model_.saved);
      model_.saving = to;
      intent_ = *intent;
      return;
    }
    if (Below(3) == 0) intent_ = *journal().RaiseAttempt(id_);
    bool committed = Below(3) > 0;
    ASSERT_TRUE(IsOk(journal().FinishSave(id_, intent_, {.status = committed ? absl::OkStatus() : absl::AbortedError("no")})));
    if (committed) model_.saved = *model_.saving;
    model_.saving.reset();
  }

  void Compare() {
    SessionInfo info = test_.Info(id_);
    ASSERT_EQ(info.head, model_.events.size());
    EXPECT_EQ(info.saved, model_.saved);
    EXPECT_EQ(info.epoch, model_.epoch());
    EXPECT_EQ(!info.pending_save_id.empty(), model_.saving.has_value());
    ASSERT_EQ(test_.Read(id_), model_.events);
    uint64_t from = Below(info.head + 1), to = from + Below(info.head - from + 1);
    ASSERT_EQ(test_.Read(id_, from, to), std::vector<int64_t>(model_.events.begin() + from, model_.events.begin() + to));
    std::vector<std::string> names;
    for (const Model::Checkpoint& checkpoint : model_.checkpoints) {
      names.push_back(checkpoint.name);
      EXPECT_EQ(journal().FindCheckpoint(id_, checkpoint.name)->offset, checkpoint.offset);
    }
    ASSERT_EQ(test_.Checkpoints(id_), names);
    for (const auto& [writer, applied] : model_.writers) CompareWriter(writer, applied);
  }

  void CompareWriter(const std::string& writer, const std::vector<Model::Applied>& applied) {
    uint64_t epoch = Below(model_.epoch() + 1);
    absl::StatusOr<WriterInfo> info = journal().GetWriter(id_, writer, epoch);
    ASSERT_TRUE(IsOk(info));
    EXPECT_EQ(info->last_sequence, applied.size());
    ASSERT_EQ(info->stale.has_value(), epoch < model_.epoch());
    if (!info->stale) return;
    uint64_t lowest = *std::min_element(model_.truncated_to.begin() + epoch, model_.truncated_to.end());
    EXPECT_EQ(info->stale->truncated_to(), lowest);
    uint64_t surviving = applied.size();
    while (surviving > 0 && applied[surviving - 1].offset > lowest) --surviving;
    EXPECT_EQ(info->stale->last_surviving_sequence(), surviving);
  }

  JournalConformance& test_;
  std::mt19937 random_;
  Model model_;
  const SessionId id_;
  SaveIntent intent_;
  uint64_t next_number_ = 0;
  uint64_t saves_ = 0;
};

TEST_P(JournalConformance, AnyWalkEndsWhereAPlainModelEnds) {
  const char* chosen = std::getenv("UOW_TEST_SEED");
  unsigned seed = chosen != nullptr ? static_cast<unsigned>(std::stoul(chosen)) : std::random_device()();
  for (int walk = 0; walk < 3; ++walk, ++seed) {
    SCOPED_TRACE("UOW_TEST_SEED=" + std::to_string(seed));
    Walk(*this, seed).Run(200);
  }
}

}  // namespace
}  // namespace uow::conformance
