// What is folded ahead is what the save would have folded, whatever happens to the session meanwhile.
#include "service/fold_ahead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "journal/rocks_test_journal.h"
#include "journal/test_shop.h"

namespace uow {
namespace {

using namespace shop;  // NOLINT: the words of these tests

constexpr char kWriter[] = "w";
constexpr uint64_t kPlenty = 64 << 20;
// Makes any append worth folding.
constexpr uint64_t kEnough = 1 << 20;

std::string Tag(uint64_t number) { return absl::StrCat("tag ", number); }

std::vector<std::string> Texts(const std::vector<v1::NetChange>& changes) {
  std::vector<std::string> texts;
  for (const v1::NetChange& change : changes) texts.push_back(change.ShortDebugString());
  return texts;
}

class FoldAheadTest : public testing::Test {
 protected:
  SessionId NewSession() {
    EXPECT_TRUE(journal_->PutSchema(schema_).ok());
    sequence_ = epoch_ = 0;
    return journal_->CreateSession({.target = "shop", .schema_id = schema_->id(), .idle_ttl = absl::Hours(1)})->id;
  }

  void Append(const SessionId& session, const std::vector<v1::Event>& events) {
    v1::AppendEvents message;
    uint64_t last_handle = 0;
    for (const v1::Event& event : events) {
      *message.add_events() = event;
      for (const v1::Value& key : event.key()) last_handle = std::max(last_handle, key.handle_value().counter());
    }
    Send(session, AppendAction{events.size(), last_handle, message.SerializeAsString()});
  }
  void AppendTags(const SessionId& session, uint64_t from, uint64_t to) {
    std::vector<v1::Event> events;
    for (uint64_t number = from; number < to; ++number) events.push_back(Created(kTags, {Text(Tag(number))}));
    Append(session, events);
  }
  void RollBack(const SessionId& session, uint64_t to) {
    Send(session, RollbackAction{to});
    ++epoch_;
  }
  void Send(const SessionId& session, decltype(Command::action) action) {
    const absl::StatusOr<v1::Ack> ack = uow::Send(*journal_, session, kWriter, {++sequence_, epoch_, std::move(action)});
    ASSERT_TRUE(ack.ok()) << ack.status();
  }

  // A session with so many tags, all of them noticed.
  SessionId NoticedSession(FoldAhead& ahead, uint64_t tags) {
    const SessionId session = NewSession();
    AppendTags(session, 0, tags);
    Notice(ahead, session);
    return session;
  }

  // Lets `ahead` catch up.
  static void Notice(FoldAhead& ahead, const SessionId& session) {
    ahead.Notice(session, 0, kEnough);
    while (!ahead.idle()) std::this_thread::yield();
  }

  // Folds [saved, to), and expects what a fold from scratch gives. Returns how much of it was there.
  uint64_t Fold(FoldAhead& ahead, const SessionId& session, uint64_t to) {
    const SessionInfo info = *journal_->GetSession(session);
    const absl::StatusOr<std::vector<v1::NetChange>> whole = FoldRange(*journal_, session, schema_, info.saved, {to, info.epoch});
    const absl::StatusOr<FoldedRange> folded = ahead.Fold(session, schema_, info.saved, {to, info.epoch});
    EXPECT_EQ(folded.status(), whole.status());
    if (!folded.ok() || !whole.ok()) return 0;
    EXPECT_EQ(Texts(folded->changes), Texts(*whole));
    return folded->ahead;
  }

  TempDirectory directory_;
  const SchemaRef schema_ = Index();
  const std::unique_ptr<Journal> journal_ = OpenOrDie(OptionsFor(directory_.path()));
  // Of the newest session.
  uint64_t sequence_ = 0;
  uint64_t epoch_ = 0;
};

TEST_F(FoldAheadTest, WhatIsAppendedIsFoldedAndASaveAddsTheRest) {
  FoldAhead ahead(*journal_, kPlenty);
  const SessionId session = NoticedSession(ahead, 5000);
  AppendTags(session, 5000, 5010);
  EXPECT_EQ(Fold(ahead, session, 5010), 5000u);
  EXPECT_EQ(Fold(ahead, session, 5010), 0u) << "used up";
}

TEST_F(FoldAheadTest, FewEventsAreLeftToTheirSave) {
  FoldAhead ahead(*journal_, kPlenty);
  const SessionId session = NewSession();
  AppendTags(session, 0, 100);
  ahead.Notice(session, 0, 100);
  EXPECT_TRUE(ahead.idle());
  EXPECT_EQ(Fold(ahead, session, 100), 0u);
}

TEST_F(FoldAheadTest, NothingIsFoldedAheadWhereThatIsSwitchedOff) {
  FoldAhead ahead(*journal_, 0);
  const SessionId session = NoticedSession(ahead, 5000);
  EXPECT_EQ(Fold(ahead, session, 5000), 0u);
}

TEST_F(FoldAheadTest, ASaveThatEndsWithinWhatIsFoldedFoldsItsOwn) {
  FoldAhead ahead(*journal_, kPlenty);
  const SessionId session = NoticedSession(ahead, 5000);
  EXPECT_EQ(Fold(ahead, session, 4999), 0u);
}

TEST_F(FoldAheadTest, ARollbackAboveWhatIsFoldedLeavesIt) {
  FoldAhead ahead(*journal_, kPlenty);
  const SessionId session = NoticedSession(ahead, 5000);
  AppendTags(session, 5000, 5100);
  RollBack(session, 5000);
  AppendTags(session, 6000, 6010);
  EXPECT_EQ(Fold(ahead, session, 5010), 5000u);
}

TEST_F(FoldAheadTest, ARollbackBelowItsEndDropsIt) {
  FoldAhead ahead(*journal_, kPlenty);
  const SessionId session = NoticedSession(ahead, 5000);
  RollBack(session, 4999);
  AppendTags(session, 6000, 6010);
  EXPECT_EQ(Fold(ahead, session, 5009), 0u);
}

TEST_F(FoldAheadTest, ASessionThatRollsBackIsLeftAloneUntilItIsSaved) {
  FoldAhead ahead(*journal_, kPlenty);
  const SessionId session = NoticedSession(ahead, 5000);
  RollBack(session, 100);
  AppendTags(session, 6000, 6010);
  Notice(ahead, session);
  Notice(ahead, session);
  EXPECT_EQ(Fold(ahead, session, 110), 0u);
  const SaveIntent intent = *journal_->BeginSave(session, "s", {110, epoch_});
  ASSERT_TRUE(journal_->FinishSave(session, intent, SaveOutcome()).ok());
  AppendTags(session, 7000, 7010);
  Notice(ahead, session);
  EXPECT_EQ(Fold(ahead, session, 120), 10u);
}

TEST_F(FoldAheadTest, AFoldFromAnEarlierSaveIsDropped) {
  FoldAhead ahead(*journal_, kPlenty);
  const SessionId session = NoticedSession(ahead, 5000);
  const SaveIntent intent = *journal_->BeginSave(session, "s", {100, epoch_});
  ASSERT_TRUE(journal_->FinishSave(session, intent, SaveOutcome()).ok());
  EXPECT_EQ(Fold(ahead, session, 5000), 0u);
}

TEST_F(FoldAheadTest, MemoryIsBoundedAndTheLatestSessionHasIt) {
  constexpr uint64_t kLittle = 1 << 20;
  FoldAhead ahead(*journal_, kLittle);
  const SessionId first = NewSession();
  AppendTags(first, 0, 5000);
  const SessionId second = NewSession();
  AppendTags(second, 0, 5000);
  Notice(ahead, first);
  Notice(ahead, second);
  EXPECT_EQ(Fold(ahead, first, 5000), 0u);
  const uint64_t folded = Fold(ahead, second, 5000);
  EXPECT_GT(folded, kLittle / 1000);
  EXPECT_LT(folded, kLittle / 500);
}

TEST_F(FoldAheadTest, WhatCantBeFoldedIsToldToTheSave) {
  FoldAhead ahead(*journal_, kPlenty);
  const SessionId session = NewSession();
  AppendTags(session, 0, 3000);
  AppendTags(session, 7, 8);
  AppendTags(session, 3000, 5000);
  Notice(ahead, session);
  const absl::StatusOr<FoldedRange> folded = ahead.Fold(session, schema_, 0, {5001, epoch_});
  EXPECT_EQ(ReasonOf(folded.status()), v1::ERROR_REASON_ENTITY_EXISTS);
}

// A client that creates, changes and deletes tags and customers, rolls back and saves, as the numbers say.
class RandomWalk {
 public:
  explicit RandomWalk(uint32_t seed) : random_(seed) {}

  uint32_t Below(uint32_t end) { return static_cast<uint32_t>(random_() % end); }

  std::vector<v1::Event> Events(size_t count) {
    std::vector<v1::Event> events;
    while (events.size() < count) {
      events.push_back(Event());
      states_.push_back(state_);
    }
    return events;
  }
  void RollBack(uint64_t to) {
    states_.resize(to + 1);
    state_ = states_.back();
  }
  // The handles of the customers that the events of [from, to) create.
  std::vector<uint64_t> Created(uint64_t from, uint64_t to) const {
    std::vector<uint64_t> created;
    for (const auto& [handle, offset] : born_) {
      if (offset >= from && offset < to && states_[to].customers.contains(handle)) created.push_back(handle);
    }
    return created;
  }

 private:
  struct State {
    std::set<uint64_t> tags, customers;
  };

  v1::Event Event() {
    const uint32_t what = Below(6);
    if (what == 0 || (what < 4 && state_.customers.empty())) {
      const uint64_t handle = ++last_handle_;
      state_.customers.insert(handle);
      born_[handle] = states_.size() - 1;
      return shop::Created(kCustomers, {Handle(handle)}, {{kName, Text("Ada")}});
    }
    if (what < 4) {
      const uint64_t handle = *std::next(state_.customers.begin(), Below(static_cast<uint32_t>(state_.customers.size())));
      if (what > 1) return Updated(kCustomers, {Handle(handle)}, {{kName, Text(absl::StrCat(Below(3)))}});
      state_.customers.erase(handle);
      return Deleted(kCustomers, {Handle(handle)});
    }
    const uint64_t tag = Below(50);
    if (state_.tags.insert(tag).second) return shop::Created(kTags, {Text(Tag(tag))});
    if (what == 4) return Updated(kTags, {Text(Tag(tag))}, {{kColor, Text(Below(2) == 0 ? "red" : "green")}});
    state_.tags.erase(tag);
    return Deleted(kTags, {Text(Tag(tag))});
  }

  std::minstd_rand random_;
  State state_;
  std::vector<State> states_{State()};  // after each number of events
  std::map<uint64_t, uint64_t> born_;   // offsets, by handle
  uint64_t last_handle_ = 0;
};

SaveOutcome KeysFor(const std::vector<uint64_t>& handles) {
  SaveOutcome outcome;
  for (const uint64_t handle : handles) {
    v1::GeneratedEntity& entity = outcome.generated.emplace_back();
    entity.set_table(kCustomers);
    *entity.add_key() = Handle(handle, kWriter);
    *entity.add_generated_key() = Int(static_cast<int64_t>(1000 + handle));
  }
  return outcome;
}

TEST_F(FoldAheadTest, RandomWalksGiveWhatFoldsFromScratchGive) {
  FoldAhead ahead(*journal_, kPlenty);
  uint64_t whole = 0, partly = 0, not_at_all = 0;
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    RandomWalk walk(seed);
    const SessionId session = NewSession();
    uint64_t head = 0, saved = 0;
    for (int step = 0; step < 60 && !HasFailure(); ++step) {
      const uint32_t what = walk.Below(20);
      if (what < 15) {
        const uint64_t count = 1 + walk.Below(40);
        Append(session, walk.Events(count));
        // Now and then it is left behind, or overtaken by what follows.
        if (what < 6) Notice(ahead, session);
        if (what > 10) ahead.Notice(session, 0, kEnough);
        head += count;
      } else if (what < 17) {
        head = saved + walk.Below(static_cast<uint32_t>(head - saved + 1));
        RollBack(session, head);
        walk.RollBack(head);
      } else {
        const uint64_t to = what == 17 ? saved + walk.Below(static_cast<uint32_t>(head - saved + 1)) : head;
        const uint64_t had = Fold(ahead, session, to);
        ++(had == 0 ? not_at_all : had == to - saved ? whole : partly);
        const SaveIntent intent = *journal_->BeginSave(session, absl::StrCat("save ", step), {to, epoch_});
        ASSERT_TRUE(journal_->FinishSave(session, intent, KeysFor(walk.Created(saved, to))).ok());
        saved = to;
      }
    }
  }
  EXPECT_GT(whole, 50u);
  EXPECT_GT(partly, 20u);
  EXPECT_GT(not_at_all, 50u);
}

}  // namespace
}  // namespace uow
