#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "journal/command_queue.h"
#include "journal/group_commit.h"

namespace uow {

// The one thread that changes the journal. A batch forms while the one before is synced: it takes what has queued up meanwhile,
// applies it in order, writes it with one sync, and then tells every source and caller.
class Committer {
 public:
  // `on_durable` is called on the committer's thread after each write.
  Committer(RocksStore& store, const RocksJournalOptions& options, Clock& clock, std::function<void()> on_durable);
  ~Committer();

  // As Journal's.
  bool Submit(const std::shared_ptr<CommandSource>& source, Command command);
  void WhenReady(std::function<void()> ready) { queue_.WhenReady(std::move(ready)); }
  void Shutdown();

  // Runs something in its turn, in a group commit with nothing staged of the session, and waits until that is durable.
  // SHUTTING_DOWN.
  absl::Status Run(const SessionId& session, std::function<absl::Status(GroupCommit&)> run);

 private:
  // What a source or a caller is to be told after the write.
  struct Outcome {
    CommandSource* source = nullptr;
    v1::Ack ack;  // sequence 0: none
    uint64_t failed_sequence = 0;
    absl::Status failure;
    Call* call = nullptr;
  };

  void Loop();
  void Process(QueueItem& item);
  void ProcessCall(Call& call, bool refused);
  absl::Status ProcessCommand(QueueItem& item);
  Outcome& OutcomeOf(CommandSource& source);
  void Acknowledge(CommandSource& source, uint64_t sequence, const Effect& effect, uint64_t saved);
  void Fail(CommandSource& source, uint64_t sequence, const absl::Status& status);
  // Writes the group, tells everybody, and begins the next.
  void FinishGroup();

  CommandQueue queue_;
  GroupCommit group_;
  const std::function<void()> on_durable_;
  std::vector<Outcome> outcomes_;
  std::thread thread_;
};

}  // namespace uow
