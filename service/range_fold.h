#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "journal/fold.h"
#include "journal/journal.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// A fold of a session's events from an offset on, fed in one go or bit by bit. What earlier saves resolved is looked up in the
// journal: the fold is worth something as long as `from` is where the session is saved to. Not thread-safe.
class RangeFold {
 public:
  // The journal outlives it.
  RangeFold(Journal& journal, const SessionId& session, SchemaRef schema, uint64_t from);

  // The end of what was added.
  uint64_t at() const { return at_; }

  // About so many events will come in all: makes room for them. Memory that none comes for is never touched.
  void Expect(uint64_t events) { fold_.Expect(events); }

  // Adds the events up to `to`. With `room`, takes about the bytes that each event takes in memory out of it, and stops early, with
  // success, where nothing is left. The errors of ReadEvents, of which STALE_EPOCH changes nothing, and of Fold; after any other it
  // is of no further use.
  absl::Status Advance(const ResolvedPosition& to, uint64_t* room = nullptr);

  // Call once.
  absl::StatusOr<std::vector<v1::NetChange>> Finish() { return fold_.Finish(); }

 private:
  Journal& journal_;
  const SessionId session_;
  const uint64_t from_;
  uint64_t at_;
  Fold fold_;
};

// Folds the events of [from, to.offset) into net changes. The errors of ReadEvents and of Fold. Memory grows with the net changes.
absl::StatusOr<std::vector<v1::NetChange>> FoldRange(Journal& journal, const SessionId& session, const SchemaRef& schema,
                                                     uint64_t from, const ResolvedPosition& to);

}  // namespace uow
