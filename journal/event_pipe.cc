#include "journal/event_pipe.h"

#include <google/protobuf/io/coded_stream.h>

#include <array>
#include <deque>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "journal/errors.h"
#include "journal/mutex.h"
#include "uow/v1/event.pb.h"

namespace uow {
namespace {

// From so many events on a thread is worth its start.
constexpr uint64_t kManyEvents = 2000;
constexpr int kBatchEvents = 1024;
// A batch of large events ends earlier.
constexpr size_t kBatchBytes = 256 << 10;
constexpr int kBatches = 4;

// Parsed events, and the runs that they came in.
struct Batch {
  struct Run {
    uint64_t first_offset = 0;
    size_t writer = 0;  // index
    uint64_t sequence = 0;
    absl::Time time;
    int end = 0;  // behind its last event
  };

  v1::AppendEvents events;
  std::vector<Run> runs;
  std::vector<std::string> writers;
  size_t bytes = 0;

  void Clear() {
    events.Clear();
    bytes = 0;
    runs.clear();
    writers.clear();
  }

  bool IsFull() const { return events.events_size() >= kBatchEvents || bytes >= kBatchBytes; }
  // False where the bytes aren't the run's events.
  bool Add(const EventRun& run) {
    const int before = events.events_size();
    google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(run.bytes.data()),
                                              static_cast<int>(run.bytes.size()));
    const bool parsed = events.MergeFromCodedStream(&in) && in.ConsumedEntireMessage();
    if (!parsed || static_cast<uint64_t>(events.events_size() - before) != run.events) return false;
    if (writers.empty() || writers.back() != run.writer) writers.emplace_back(run.writer);
    bytes += run.bytes.size();
    runs.push_back({run.first_offset, writers.size() - 1, run.sequence, run.time, events.events_size()});
    return true;
  }

  absl::Status Visit(uint64_t from, uint64_t to, const EventVisitor& visit) {
    int event = 0;
    for (const Run& run : runs) {
      for (uint64_t offset = run.first_offset; event < run.end; ++event, ++offset) {
        if (offset < from || offset >= to) continue;
        UOW_RETURN_IF_ERROR(visit(offset, writers[run.writer], run.sequence, run.time, *events.mutable_events(event)));
      }
    }
    return absl::OkStatus();
  }
};

// A few batches that go round between the thread that fills them and the one that visits them.
class BatchRing {
 public:
  BatchRing() {
    for (Batch& batch : batches_) empty_.push_back(&batch);
  }

  // Waits for an empty batch. Null once the other side has stopped.
  Batch* TakeEmpty() {
    MutexLock lock(mutex_);
    while (empty_.empty() && !stopped_) changed_.Wait(mutex_);
    if (stopped_) return nullptr;
    Batch* batch = empty_.front();
    empty_.pop_front();
    return batch;
  }
  void PutFull(Batch* batch) {
    MutexLock lock(mutex_);
    full_.push_back(batch);
    changed_.NotifyAll();
  }
  void End(absl::Status status) {
    MutexLock lock(mutex_);
    ended_ = true;
    status_ = std::move(status);
    changed_.NotifyAll();
  }

  // Waits for a full batch. Null at the end.
  Batch* TakeFull() {
    MutexLock lock(mutex_);
    while (full_.empty() && !ended_) changed_.Wait(mutex_);
    if (full_.empty()) return nullptr;
    Batch* batch = full_.front();
    full_.pop_front();
    return batch;
  }
  void PutEmpty(Batch* batch) {
    batch->Clear();
    MutexLock lock(mutex_);
    empty_.push_back(batch);
    changed_.NotifyAll();
  }
  void Stop() {
    MutexLock lock(mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  absl::Status status() {
    MutexLock lock(mutex_);
    return status_;
  }

 private:
  std::array<Batch, kBatches> batches_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Batch*> empty_ ABSL_GUARDED_BY(mutex_);
  std::deque<Batch*> full_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

void FillBatches(const RunSource& source, const RunDamage& damage, BatchRing& ring) {
  Batch* batch = nullptr;
  absl::Status status = source([&](const EventRun& run) -> absl::Status {
    if (batch == nullptr) batch = ring.TakeEmpty();
    if (batch == nullptr) return absl::CancelledError("nobody visits the events any more");
    if (!batch->Add(run)) return damage(run);
    if (batch->IsFull()) ring.PutFull(std::exchange(batch, nullptr));
    return absl::OkStatus();
  });
  if (batch != nullptr) ring.PutFull(batch);
  ring.End(std::move(status));
}

}  // namespace

absl::Status VisitRuns(const RunSource& source, const RunDamage& damage, uint64_t from, uint64_t to, const EventVisitor& visit) {
  if (to - from < kManyEvents) {
    Batch batch;
    return source([&](const EventRun& run) -> absl::Status {
      batch.Clear();
      return batch.Add(run) ? batch.Visit(from, to, visit) : damage(run);
    });
  }
  BatchRing ring;
  std::thread reader([&] { FillBatches(source, damage, ring); });
  absl::Status visited;
  while (Batch* batch = ring.TakeFull()) {
    visited = batch->Visit(from, to, visit);
    if (!visited.ok()) break;
    ring.PutEmpty(batch);
  }
  ring.Stop();
  reader.join();
  return visited.ok() ? ring.status() : visited;
}

}  // namespace uow
