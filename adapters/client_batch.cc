#include "adapters/client_batch.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/segments.h"

namespace uow {
namespace {

using Rows = google::protobuf::RepeatedPtrField<v1::PlannedRow>;

// Raises an error that has the text in its message. Each depends on a value of the statement, or the database would compute it
// ahead, whether it is needed or not.
std::string RaiseInPostgres(absl::string_view text) { return absl::StrCat("CAST('", text, ":' || count(*) AS int)"); }
std::string RaiseInSqlite(absl::string_view text) { return absl::StrCat("json_extract('{}', '", text, ":' || changes())"); }

// SELECT 1, or the error where the condition doesn't hold. `from` follows.
std::string Check(absl::string_view condition, absl::string_view raise) {
  return absl::StrCat("SELECT CASE WHEN ", condition, " THEN 1 ELSE ", raise, " END AS c1");
}

void Surround(absl::string_view before, absl::string_view after, Segments& segments) {
  Segments inner;
  inner.Swap(&segments);
  SegmentWriter(segments).Text(before);
  segments.MergeFrom(inner);
  SegmentWriter(segments).Text(after);
}

class Batch {
 public:
  Batch(v1::Dialect dialect, std::vector<v1::SaveStep>& steps) : sqlite_(dialect == v1::DIALECT_SQLITE), steps_(steps) {}

  void Add(v1::SaveStep step) {
    if (step.phase() != v1::STEP_PHASE_TRANSACTION) return Append(std::move(step));
    if (step.kind() == v1::STEP_KIND_ALLOCATE_KEYS) return AddAllocation(std::move(step));
    if (!step.once_per_row()) return AddGuarded(std::move(step));
    Rows rows;
    rows.Swap(step.mutable_rows());
    for (v1::PlannedRow& row : rows) {
      v1::SaveStep single = step;
      *single.add_rows() = std::move(row);
      AddGuarded(std::move(single));
    }
  }

  void AddAbort() {
    v1::SaveStep abort;
    abort.set_kind(v1::STEP_KIND_ABORT);
    abort.set_phase(v1::STEP_PHASE_PROBE);
    SegmentWriter(*abort.mutable_segments())
        .Text(absl::StrCat("SELECT ", sqlite_ ? RaiseInSqlite("uow_abort") : RaiseInPostgres("uow_abort")));
    Append(std::move(abort));
  }

 private:
  void Append(v1::SaveStep step) {
    step.set_index(static_cast<uint32_t>(steps_.size()));
    steps_.push_back(std::move(step));
  }

  // The error about the next step.
  std::string Raise() const {
    const std::string text = absl::StrCat("uow_guard:", steps_.size());
    return sqlite_ ? RaiseInSqlite(text) : RaiseInPostgres(text);
  }

  void AppendGuard(Segments segments) {
    v1::SaveStep guard;
    guard.set_kind(v1::STEP_KIND_GUARD);
    guard.set_phase(v1::STEP_PHASE_TRANSACTION);
    *guard.mutable_segments() = std::move(segments);
    Append(std::move(guard));
  }

  // PostgreSQL's sequences give a key away once. SQLite's keys are the ones after the largest, so that it still has to be the
  // largest when the batch runs.
  void AddAllocation(v1::SaveStep step) {
    step.set_phase(v1::STEP_PHASE_SETUP);
    if (!sqlite_) return Append(std::move(step));
    v1::Value first;
    first.mutable_handle_value()->set_writer(step.keys().handles(0).writer());
    first.mutable_handle_value()->set_counter(step.keys().handles(0).counters(0));
    Segments guard = step.segments();
    Surround("SELECT CASE WHEN (", ") = CAST(", guard);
    SegmentWriter(guard).Value(first).Text(absl::StrCat(" AS TEXT) THEN 1 ELSE ", Raise(), " END AS c1"));
    Append(std::move(step));
    AppendGuard(std::move(guard));
  }

  void AddGuarded(v1::SaveStep step) {
    if (step.kind() == v1::STEP_KIND_CHECK_ROWS) {
      *step.mutable_find_mismatch() = step.segments();
      Surround(absl::StrCat(Check("count(*) = 0", Raise()), " FROM ("), ") AS r", *step.mutable_segments());
      return Append(std::move(step));
    }
    if (!step.has_expected_rows()) return Append(std::move(step));
    if (!sqlite_) {
      const std::string check = Check(absl::StrCat("count(*) = ", step.expected_rows()), Raise());
      Surround("WITH uow_rows AS (", absl::StrCat(" RETURNING 1) ", check, " FROM uow_rows"), *step.mutable_segments());
      return Append(std::move(step));
    }
    Segments guard;
    SegmentWriter(guard).Text(Check(absl::StrCat("changes() = ", step.expected_rows()), Raise()));
    Append(std::move(step));
    AppendGuard(std::move(guard));
  }

  const bool sqlite_;
  std::vector<v1::SaveStep>& steps_;
};

}  // namespace

void MakeBatch(v1::Dialect dialect, std::vector<v1::SaveStep>& steps) {
  std::vector<v1::SaveStep> plan;
  plan.swap(steps);
  Batch batch(dialect, steps);
  for (v1::SaveStep& step : plan) batch.Add(std::move(step));
  batch.AddAbort();
}

}  // namespace uow
