#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "journal/journal.h"
#include "journal/session_id.h"
#include "uow/v1/event.pb.h"

namespace uow::test {

// One session in a real journal, written by one client: what was rolled back was sent before. Failures end the test's process.
class RandomJournal {
 public:
  // The journal outlives this.
  explicit RandomJournal(Journal& journal);

  void Append(const std::vector<v1::Event>& events);
  void RollBack(uint64_t offset);
  // The events from an offset to the head.
  std::vector<v1::Event> Read(uint64_t from) const;
  uint64_t head() const { return head_; }

 private:
  void Send(Command command);

  Journal& journal_;
  const SessionId id_;
  uint64_t sequence_ = 0, epoch_ = 0, head_ = 0;
};

}  // namespace uow::test
