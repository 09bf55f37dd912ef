#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "clients/cpp/entity_state.h"

namespace uow::inline client::internal {

// What undoes one change of one entity.
struct UndoRecord {
  enum Kind { kCreated, kSet, kErased, kObserved };
  Kind kind;
  EntityPtr entity;
  uint32_t column = 0;  // kSet
  v1::Value old;        // kSet
};

// The changes since the last save, newest last. A position counts the changes before it over the session's whole life, so that
// positions stay valid while saved changes drop off the front. Every event has at least one record: equal positions are equal
// states.
class UndoLog {
 public:
  uint64_t begin() const { return base_; }
  uint64_t end() const { return base_ + records_.size(); }
  void Push(UndoRecord record) { records_.push_back(std::move(record)); }

  // Hands over the records from the newest down to `position`, which must be within the log, and forgets them.
  template <typename Visit>
  void UndoTo(uint64_t position, Visit visit) {
    while (end() > position) {
      UndoRecord record = std::move(records_.back());
      records_.pop_back();
      visit(record);
    }
  }

  // Hands over the records below `position`, oldest first, and forgets them.
  template <typename Visit>
  void TrimTo(uint64_t position, Visit visit) {
    while (base_ < position && !records_.empty()) {
      visit(records_.front());
      records_.pop_front();
      ++base_;
    }
  }

  // The change at a position within the log.
  const UndoRecord& at(uint64_t position) const { return records_[position - base_]; }
  // Oldest first.
  std::deque<UndoRecord>& records() { return records_; }

 private:
  std::deque<UndoRecord> records_;
  uint64_t base_ = 0;
};

}  // namespace uow::inline client::internal
