#include "tests/crash/journal_check.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"

namespace uow::crash {
namespace {

constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

// One check of one session. What the clients know determines the journal: epochs divide its offsets, since the first event of an
// epoch stands where the rollback that began it truncated.
class JournalCheck {
 public:
  JournalCheck(World& world, SessionModel& session, const SessionView& view) : world_(world), session_(session), view_(view) {}

  void Run() {
    for (auto& writer : session_.writers) TakeLastSequence(*writer);
    if (!FindRollbacks()) return;
    CheckHead();
    CheckEntries();
    for (auto& writer : session_.writers) CheckPresence(*writer);
    CheckCheckpoints();
  }

 private:
  // Of one writer while the journal is walked.
  struct Progress {
    uint64_t sequence = 0;                              // of the last entry
    int events = 0;                                     // of that command that were seen
    uint64_t end = 0;                                   // the offset after them
    std::map<uint64_t, std::pair<int, uint64_t>> seen;  // by sequence: events and the offset after them
  };

  void Fail(const std::string& what) {
    world_.report.Fail(absl::StrCat("session ", session_.tag, " (", session_.session_id, ") journal: ", what));
  }

  void TakeLastSequence(WriterLog& log) {
    uint64_t last = view_.attached.at(log.id).last_sequence();
    if (last < log.durable)
      Fail(absl::StrCat("LOST: ", log.id, " had command ", log.durable, " acknowledged, the journal ends at ", last));
    if (last > log.commands.size()) Fail(absl::StrCat(log.id, " has command ", last, " in the journal and never sent it"));
    log.durable = std::min<uint64_t>(std::max(log.durable, last), log.commands.size());
    for (uint64_t i = 0; i < log.durable; ++i) by_epoch_[log.commands[i].command.epoch()].emplace_back(&log, &log.commands[i]);
    progress_[log.id];
  }

  // Where each epoch's rollback went; there must be exactly one an epoch.
  bool FindRollbacks() {
    uint64_t epoch = view_.session.epoch();
    cut_.assign(epoch, kNever);
    for (const auto& [number, commands] : by_epoch_) {
      for (const auto& [log, sent] : commands) {
        if (number > epoch) Fail(absl::StrCat("a command of epoch ", number, " is durable in epoch ", epoch));
        if (!sent->command.has_rollback() || number > epoch) continue;
        if (number == epoch || cut_[number] != kNever) {
          Fail(absl::StrCat("the rollback of ", log->id, " from epoch ", number, " is durable, but the session's epoch is ", epoch,
                            " or another rollback has been made in that epoch"));
          return false;
        }
        cut_[number] = sent->rollback_to;
      }
    }
    // Not beyond the lowest later cut: survives_[e] is the offset below which events of epoch e still stand.
    survives_.assign(epoch + 1, kNever);
    for (uint64_t e = epoch; e-- > 0;) {
      if (cut_[e] == kNever) {
        Fail(absl::StrCat("no client rolled back from epoch ", e, ", but the session is in epoch ", epoch));
        return false;
      }
      survives_[e] = std::min(cut_[e], survives_[e + 1]);
    }
    return world_.report.ok();
  }

  void CheckHead() {
    uint64_t epoch = view_.session.epoch();
    uint64_t head = epoch == 0 ? 0 : cut_[epoch - 1];
    for (const auto& [log, sent] : by_epoch_[epoch]) head += sent->command.append().events_size();
    if (head != view_.session.head()) Fail(absl::StrCat("head is ", view_.session.head(), ", by what was sent ", head));
    if (view_.entries.size() != view_.session.head()) {
      Fail(absl::StrCat(view_.entries.size(), " events were read, head is ", view_.session.head()));
    }
  }

  void CheckEntries() {
    for (size_t offset = 0; offset < view_.entries.size() && world_.report.ok(); ++offset)
      CheckEntry(offset, view_.entries[offset]);
  }

  void CheckEntry(uint64_t offset, const v1::JournalEntry& entry) {
    if (entry.offset() != offset) Fail(absl::StrCat("HOLE: offset ", entry.offset(), " where ", offset, " belongs"));
    WriterLog* log = FindLog(entry.writer());
    if (log == nullptr || entry.sequence() == 0 || entry.sequence() > log->durable) {
      return Fail(absl::StrCat("the event at ", offset, " is of ", entry.writer(), " ", entry.sequence(), ", which isn't durable"));
    }
    const Sent& sent = log->commands[entry.sequence() - 1];
    Progress& progress = progress_[entry.writer()];
    if (entry.sequence() < progress.sequence)
      Fail(absl::StrCat("TWICE or out of order: the event at ", offset, " of ", Label(entry)));
    if (entry.sequence() != progress.sequence) {
      progress.sequence = entry.sequence();
      progress.events = 0;
    } else if (progress.end != offset) {
      Fail(absl::StrCat("the events of ", Label(entry), " aren't contiguous at ", offset));
    }
    int index = progress.events++;
    progress.end = offset + 1;
    progress.seen[entry.sequence()] = {progress.events, progress.end};
    if (index >= sent.command.append().events_size())
      return Fail(absl::StrCat("TWICE: the event at ", offset, " of ", Label(entry)));
    if (!google::protobuf::util::MessageDifferencer::Equals(entry.event(), sent.command.append().events(index))) {
      Fail(absl::StrCat("the event at ", offset, " isn't event ", index, " of ", Label(entry), ": ",
                        entry.event().ShortDebugString(), " instead of ", sent.command.append().events(index).ShortDebugString()));
    }
    CheckEpoch(offset, entry, sent.command.epoch());
  }

  // The epoch of an offset is the last one that began at or below it.
  void CheckEpoch(uint64_t offset, const v1::JournalEntry& entry, uint64_t epoch) {
    uint64_t expected = view_.session.epoch();
    while (expected > 0 && cut_[expected - 1] > offset) --expected;
    if (epoch == expected) return;
    Fail(absl::StrCat(epoch < expected ? "ROLLED BACK AND BACK AGAIN: " : "", "the event at ", offset, " of ", Label(entry),
                      " is of epoch ", epoch, ", the journal there of epoch ", expected));
  }

  // Every durable append is there as a whole, or was rolled back; within an epoch none is there after one that isn't.
  void CheckPresence(const WriterLog& log) {
    const Progress& progress = progress_[log.id];
    uint64_t missing_in = kNever;
    for (uint64_t i = 0; i < log.durable && world_.report.ok(); ++i) {
      const Sent& sent = log.commands[i];
      if (!sent.command.has_append()) continue;
      uint64_t survives = survives_[sent.command.epoch()];
      auto it = progress.seen.find(i + 1);
      int seen = it == progress.seen.end() ? 0 : it->second.first;
      bool whole = seen == sent.command.append().events_size();
      std::string label = absl::StrCat(log.id, " ", i + 1, " of epoch ", sent.command.epoch());
      if (seen > 0 && missing_in == sent.command.epoch()) Fail(absl::StrCat("HOLE: ", label, " is there, one before it isn't"));
      if (whole && sent.end.has_value() && *sent.end != it->second.second)
        Fail(absl::StrCat(label, " isn't where it was acknowledged"));
      if (whole) continue;
      missing_in = sent.command.epoch();
      if (survives == kNever) Fail(absl::StrCat("LOST: ", label, " is durable and not there"));
      if (sent.end.has_value() && *sent.end <= survives)
        Fail(absl::StrCat("LOST: ", label, " ended at ", *sent.end, ", below ", survives));
      if (seen > 0 && it->second.second != survives) Fail(absl::StrCat(label, " is there in part, and not cut by a rollback"));
    }
  }

  void CheckCheckpoints() {
    std::map<std::string, uint64_t> listed;
    uint64_t last = 0;
    for (const v1::Checkpoint& checkpoint : view_.checkpoints) {
      if (!listed.emplace(checkpoint.name(), checkpoint.offset()).second)
        Fail(absl::StrCat("checkpoint ", checkpoint.name(), " listed twice"));
      if (checkpoint.offset() < last || checkpoint.offset() > view_.session.head()) Fail("checkpoints out of order or beyond head");
      last = checkpoint.offset();
    }
    size_t found = 0;
    for (const auto& log : session_.writers) {
      for (uint64_t i = 0; i < log->durable; ++i) {
        const Sent& sent = log->commands[i];
        if (!sent.command.has_checkpoint()) continue;
        auto it = listed.find(sent.command.checkpoint().name());
        uint64_t survives = survives_[sent.command.epoch()];
        if (it != listed.end()) ++found;
        if (it != listed.end() && it->second > survives) Fail(absl::StrCat("ROLLED BACK AND BACK AGAIN: checkpoint ", it->first));
        if (!sent.end.has_value()) continue;
        if (it == listed.end() && *sent.end < survives) Fail(absl::StrCat("LOST: checkpoint ", sent.command.checkpoint().name()));
        if (it != listed.end() && it->second != *sent.end) Fail(absl::StrCat("checkpoint ", it->first, " has moved"));
      }
    }
    if (found != listed.size()) Fail("a checkpoint is listed that isn't durable");
  }

  WriterLog* FindLog(const std::string& writer) {
    for (auto& log : session_.writers) {
      if (log->id == writer) return log.get();
    }
    return nullptr;
  }
  static std::string Label(const v1::JournalEntry& entry) { return absl::StrCat(entry.writer(), " ", entry.sequence()); }

  World& world_;
  SessionModel& session_;
  const SessionView& view_;
  std::map<uint64_t, std::vector<std::pair<WriterLog*, Sent*>>> by_epoch_;  // durable commands
  std::vector<uint64_t> cut_;                                               // by epoch: where its rollback went
  std::vector<uint64_t> survives_;                                          // by epoch: below which offset its events still stand
  std::map<std::string, Progress> progress_;
};

}  // namespace

void CheckJournal(World& world, SessionModel& session, const SessionView& view) { JournalCheck(world, session, view).Run(); }

void CheckSaves(World& world, SessionModel& session, const SessionView& view) {
  auto fail = [&](const std::string& what) {
    world.report.Fail(absl::StrCat("session ", session.tag, " (", session.session_id, ") saves: ", what));
  };
  std::map<std::string, const v1::Save*> listed;
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  MutexLock lock(session.mutex);
  for (const v1::Save& save : view.saves) {
    if (!listed.emplace(save.save_id(), &save).second) fail(absl::StrCat(save.save_id(), " listed twice"));
    if ((save.state() == v1::SAVE_STATE_PENDING) != (save.save_id() == view.session.pending_save_id())) {
      fail(absl::StrCat(save.save_id(), " is ", v1::SaveState_Name(save.state()), ", pending is '", view.session.pending_save_id(),
                        "'"));
    }
    if (save.state() != v1::SAVE_STATE_COMMITTED) continue;
    ranges.emplace_back(save.from(), save.to());
    for (const v1::GeneratedEntity& entity : save.generated()) {
      const v1::Handle& handle = entity.key(0).handle_value();
      if (!session.keys.Add(entity.table(), {handle.writer(), handle.counter()}, entity.generated_key(0).int64_value())) {
        fail(absl::StrCat("two keys for one handle, or two handles for one key: ", entity.ShortDebugString()));
      }
    }
  }
  std::sort(ranges.begin(), ranges.end());
  uint64_t saved = 0;
  for (const auto& [from, to] : ranges) {
    if (from != saved) fail(absl::StrCat("a save begins at ", from, ", the one before ended at ", saved));
    saved = to;
  }
  if (saved != view.session.saved()) fail(absl::StrCat("saved is ", view.session.saved(), ", the last save ended at ", saved));
  for (const auto& attempt : session.saves) {
    auto it = listed.find(attempt->request.save_id());
    v1::SaveState state = it == listed.end() ? v1::SAVE_STATE_UNSPECIFIED : it->second->state();
    if (it != listed.end()) listed.erase(it);
    if (attempt->knowledge == SaveKnowledge::kCommitted && state != v1::SAVE_STATE_COMMITTED) {
      fail(absl::StrCat("LOST: ", attempt->request.save_id(), " was committed and is ", v1::SaveState_Name(state)));
    }
    if (attempt->knowledge == SaveKnowledge::kRefused && (state == v1::SAVE_STATE_COMMITTED || state == v1::SAVE_STATE_PENDING)) {
      fail(absl::StrCat(attempt->request.save_id(), " was refused and is ", v1::SaveState_Name(state)));
    }
  }
  for (const auto& [id, save] : listed) fail(absl::StrCat(id, " is listed and was never asked for"));
}

}  // namespace uow::crash
