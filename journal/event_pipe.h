#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "journal/journal.h"

namespace uow {

// The events of one command that are in one chunk, as a serialised AppendEvents.
struct EventRun {
  uint64_t chunk = 0;  // the first offset of its chunk
  uint64_t first_offset = 0;
  absl::string_view writer;
  uint64_t sequence = 0;
  absl::Time time;
  uint64_t events = 0;
  absl::string_view bytes;
};

// Takes the runs of a range in order; an error ends the reading.
using RunSink = std::function<absl::Status(const EventRun&)>;
// Reads a range into a sink.
using RunSource = std::function<absl::Status(const RunSink&)>;
// The error for a run whose bytes aren't its events.
using RunDamage = std::function<absl::Status(const EventRun&)>;

// Visits the events of [from, to) among what `source` reads, on the caller's thread. Where they are many, they are read and parsed
// on a thread of its own, a little ahead of the visits.
absl::Status VisitRuns(const RunSource& source, const RunDamage& damage, uint64_t from, uint64_t to, const EventVisitor& visit);

}  // namespace uow
