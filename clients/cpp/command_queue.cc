#include "clients/cpp/command_queue.h"

#include <utility>

namespace uow::inline client::internal {
namespace {

// Limits of one command of events.
constexpr int kMaxEvents = 1000;
constexpr size_t kMaxBytes = 256 << 10;
// What a command costs beside its events.
constexpr size_t kCommandBytes = 32;

}  // namespace

CommandQueue::Entry& CommandQueue::Push(size_t bytes) {
  Entry& entry = entries_.emplace_back();
  entry.ticket = ++last_ticket_;
  entry.message = std::make_shared<v1::RecordRequest>();
  entry.bytes = kCommandBytes + bytes;
  bytes_ += entry.bytes;
  return entry;
}

void CommandQueue::PopFront() {
  bytes_ -= entries_.front().bytes;
  entries_.pop_front();
  progressed_ = true;
  if (sent_ > 0) --sent_;
}

void CommandQueue::AddEvent(v1::Event event, size_t bytes) {
  Entry* last = entries_.empty() ? nullptr : &entries_.back();
  bool open = last != nullptr && last->sequence == 0 && last->message->command().has_append() &&
              last->message->command().append().events_size() < kMaxEvents && last->bytes + bytes <= kMaxBytes;
  if (open) {
    last->bytes += bytes;
    bytes_ += bytes;
  } else {
    last = &Push(bytes);
  }
  *last->message->mutable_command()->mutable_append()->add_events() = std::move(event);
}

uint64_t CommandQueue::AddCheckpoint(absl::string_view name) {
  Entry& entry = Push(name.size());
  entry.message->mutable_command()->mutable_checkpoint()->set_name(std::string(name));
  return entry.ticket;
}

uint64_t CommandQueue::AddRollback(absl::string_view checkpoint, uint64_t target) {
  Entry& entry = Push(checkpoint.size());
  entry.message->mutable_command()->mutable_rollback()->set_checkpoint(std::string(checkpoint));
  entry.rollback = true;
  entry.target = target;
  return entry.ticket;
}

CommandQueue::Attachment CommandQueue::Attach(uint64_t last_sequence, uint64_t epoch) {
  if (last_sequence < durable_sequence_) return Attachment::kLost;
  uint64_t expected = known_epoch_;
  while (!entries_.empty() && entries_.front().sequence != 0 && entries_.front().sequence <= last_sequence) {
    if (entries_.front().rollback) ++expected;
    PopFront();
  }
  sent_ = 0;
  durable_sequence_ = last_sequence;
  known_epoch_ = epoch;
  if (epoch != expected) return epoch > expected ? Attachment::kStale : Attachment::kLost;
  bool numbered = !entries_.empty() && entries_.front().sequence != 0;
  if (numbered && entries_.front().sequence != last_sequence + 1) return Attachment::kLost;
  if (!numbered) {
    last_sequence_ = last_sequence;
    epoch_ = epoch;
  }
  return Attachment::kOk;
}

CommandQueue::Message CommandQueue::NextToSend() {
  Entry& entry = entries_[sent_++];
  if (entry.sequence == 0) {
    v1::Command& command = *entry.message->mutable_command();
    entry.sequence = ++last_sequence_;
    command.set_sequence(entry.sequence);
    command.set_epoch(epoch_);
    if (entry.rollback) ++epoch_;
  }
  return entry.message;
}

void CommandQueue::Acknowledge(uint64_t sequence, uint64_t epoch) {
  while (!entries_.empty() && entries_.front().sequence != 0 && entries_.front().sequence <= sequence) PopFront();
  if (sequence > durable_sequence_) durable_sequence_ = sequence;
  known_epoch_ = epoch;
}

CommandQueue::Refusal CommandQueue::Refuse(uint64_t sequence) {
  bool rollback = false;
  refused_ = 0;
  for (Entry& entry : entries_) {
    if (entry.sequence < sequence && entry.sequence != 0) continue;
    if (refused_ == 0) {
      refused_ = entry.ticket;
      rollback = entry.rollback;
      if (entry.sequence != 0) epoch_ = entry.message->command().epoch();
      last_sequence_ = sequence - 1;
    }
    entry.sequence = 0;
  }
  sent_ = 0;
  if (rollback) return Refusal::kRollback;
  return Resolve() ? Refusal::kResolved : Refusal::kRefused;
}

bool CommandQueue::TryResolve() { return refused_ == 0 || Resolve(); }

bool CommandQueue::Resolve() {
  size_t first = 0;
  while (first < entries_.size() && entries_[first].ticket < refused_) ++first;
  for (size_t i = first; i < entries_.size(); ++i) {
    if (!entries_[i].rollback || entries_[i].target >= refused_) continue;
    for (size_t j = first; j < i; ++j) bytes_ -= entries_[j].bytes;
    entries_.erase(entries_.begin() + first, entries_.begin() + i);
    refused_ = 0;
    return true;
  }
  return false;
}

void CommandQueue::Restart(uint64_t epoch) {
  entries_.clear();
  sent_ = 0;
  bytes_ = 0;
  refused_ = 0;
  progressed_ = false;
  epoch_ = epoch;
  known_epoch_ = epoch;
}

}  // namespace uow::inline client::internal
