#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "uow/v1/journal_service.pb.h"

namespace uow::inline client::internal {

// The commands of one writer that aren't durable yet, in order.
//
// A command gets a ticket when it is made and its sequence and epoch only when it is first sent, because a refusal or a rollback by
// another writer moves both. A command that was sent and neither acknowledged nor refused keeps its bytes: it is sent again as it
// was. Events gather in the last command as long as that one hasn't been sent: so commands grow while the stream is busy.
// Not thread-safe.
class CommandQueue {
 public:
  using Message = std::shared_ptr<const v1::RecordRequest>;

  // `epoch` is the session's as far as this client has seen.
  explicit CommandQueue(uint64_t epoch) : epoch_(epoch), known_epoch_(epoch) {}

  // ---- Making commands ----

  void AddEvent(v1::Event event, size_t bytes);
  // Both return the command's ticket. `target` is the ticket of the checkpoint's command; 0 for one that this writer didn't set.
  uint64_t AddCheckpoint(absl::string_view name);
  uint64_t AddRollback(absl::string_view checkpoint, uint64_t target);

  // ---- Sending ----

  enum class Attachment {
    kOk,
    kStale,  // another writer has rolled the session back
    kLost,   // the journal doesn't have what it acknowledged
  };
  // A stream is attached: the writer's last durable command and the session's epoch. Everything else is to be sent again.
  Attachment Attach(uint64_t last_sequence, uint64_t epoch);
  bool HasUnsent() const { return sent_ < entries_.size(); }
  // The next command to send.
  Message NextToSend();
  // Commands up to `sequence` are durable.
  void Acknowledge(uint64_t sequence, uint64_t epoch);

  // ---- Refusals ----

  enum class Refusal {
    kResolved,  // a rollback further on takes the refused command back: it and those between were dropped; go on sending
    kRefused,   // nothing from the refused command on can be sent until such a rollback is added
    kRollback,  // the same, and the refused command is itself a rollback
  };
  // The journal refused the command with that sequence.
  Refusal Refuse(uint64_t sequence);
  // After kRefused: whether a rollback that was added since resolves it.
  bool TryResolve();
  // Whether the refused command would be taken back by a rollback to the checkpoint with that ticket.
  bool WouldResolve(uint64_t target) const { return refused_ != 0 && target < refused_; }

  // Drops everything and goes on in another epoch. No command may be on its way.
  void Restart(uint64_t epoch);

  // ---- State ----

  bool empty() const { return entries_.empty(); }
  // Bytes of all commands in the queue.
  size_t bytes() const { return bytes_; }
  // Tickets of the last command made and of the last durable (or dropped) one.
  uint64_t last_ticket() const { return last_ticket_; }
  uint64_t durable_ticket() const { return entries_.empty() ? last_ticket_ : entries_.front().ticket - 1; }
  // The writer's last durable command, and the epoch after it; 0 where none became durable since the queue was made or restarted.
  uint64_t durable_sequence() const { return progressed_ ? durable_sequence_ : 0; }
  uint64_t known_epoch() const { return known_epoch_; }

 private:
  struct Entry {
    uint64_t ticket = 0;
    uint64_t sequence = 0;  // 0: never sent, or to be numbered anew
    std::shared_ptr<v1::RecordRequest> message;
    size_t bytes = 0;
    bool rollback = false;
    uint64_t target = 0;  // of a rollback
  };

  Entry& Push(size_t bytes);
  void PopFront();
  // Drops the refused command and all up to the rollback that takes it back, if there is one.
  bool Resolve();

  std::deque<Entry> entries_;
  size_t sent_ = 0;  // entries sent on the present stream
  size_t bytes_ = 0;
  uint64_t last_ticket_ = 0;
  uint64_t last_sequence_ = 0;  // of the last numbered command
  uint64_t epoch_;              // after the last numbered command
  uint64_t durable_sequence_ = 0;
  uint64_t known_epoch_;
  uint64_t refused_ = 0;  // ticket of the refused command
  bool progressed_ = false;
};

}  // namespace uow::inline client::internal
