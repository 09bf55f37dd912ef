#include "service/read_sources.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/client_plan.h"
#include "journal/errors.h"
#include "service/range_fold.h"
#include "service/requests.h"

namespace uow {
namespace {

// The range that a read call is about.
struct Range {
  SessionInfo session;
  SchemaRef schema;
  ResolvedPosition to;
};

// Nothing while the position waits for a command.
absl::StatusOr<std::optional<Range>> FindRange(Journal& journal, const std::string& session_id, const v1::Position& to,
                                               absl::Time deadline) {
  UOW_ASSIGN_OR_RETURN(SessionId id, SessionId::Parse(session_id));
  Range range;
  UOW_ASSIGN_OR_RETURN(range.session, journal.GetSession(id));
  UOW_ASSIGN_OR_RETURN(std::optional<ResolvedPosition> resolved, ResolvePosition(journal, range.session, to, deadline));
  if (!resolved) return std::nullopt;
  range.to = *resolved;
  // The session may have moved while the position was resolved.
  UOW_ASSIGN_OR_RETURN(range.session, journal.GetSession(id));
  UOW_ASSIGN_OR_RETURN(range.schema, journal.GetSchema(range.session.schema_id));
  return range;
}

class ChangesSource final : public PageSource<v1::GetChangesResponse> {
 public:
  ChangesSource(Runtime& runtime, v1::GetChangesRequest request, absl::Time deadline)
      : runtime_(runtime), request_(std::move(request)), deadline_(deadline) {}

  absl::StatusOr<Next> Fill(v1::GetChangesResponse& response) override {
    if (!changes_) {
      UOW_ASSIGN_OR_RETURN(std::optional<Range> range,
                           FindRange(runtime_.journal, request_.session_id(), request_.to(), deadline_));
      if (!range) return Next::kAskAgain;
      UOW_RETURN_IF_ERROR(CheckNotBelowSaved(range->session, range->to.offset));
      UOW_ASSIGN_OR_RETURN(changes_,
                           FoldRange(runtime_.journal, range->session.id, range->schema, range->session.saved, range->to));
    }
    size_t bytes = 0;
    while (next_ < changes_->size() && response.changes_size() < kPageRows && bytes < kPageBytes) {
      v1::NetChange& change = (*changes_)[next_++];
      bytes += change.ByteSizeLong();
      response.mutable_changes()->Add(std::move(change));
    }
    return response.changes_size() > 0 ? Next::kPage : Next::kEnd;
  }

 private:
  Runtime& runtime_;
  const v1::GetChangesRequest request_;
  const absl::Time deadline_;
  std::optional<std::vector<v1::NetChange>> changes_;
  size_t next_ = 0;
};

class JournalSource final : public PageSource<v1::ReadJournalResponse> {
 public:
  JournalSource(Runtime& runtime, v1::ReadJournalRequest request, absl::Time deadline)
      : runtime_(runtime), request_(std::move(request)), deadline_(deadline) {}

  absl::StatusOr<Next> Fill(v1::ReadJournalResponse& response) override {
    if (!range_) {
      UOW_ASSIGN_OR_RETURN(range_, FindRange(runtime_.journal, request_.session_id(), request_.to(), deadline_));
      if (!range_) return Next::kAskAgain;
      if (request_.from() > range_->to.offset) return BadFrom();
      offset_ = request_.from();
    }
    if (pages_.empty() && offset_ < range_->to.offset) UOW_RETURN_IF_ERROR(ReadAhead());
    if (pages_.empty()) return Next::kEnd;
    response = std::move(pages_.front());
    pages_.pop_front();
    return Next::kPage;
  }

 private:
  // Several pages a read, since reading from within a chunk parses all of it.
  static constexpr size_t kPagesAhead = 8;

  absl::Status BadFrom() const {
    if (request_.from() > range_->session.head) {
      v1::ErrorDetail detail;
      detail.set_offset(range_->session.head);
      return MakeError(v1::ERROR_REASON_OFFSET_BEYOND_HEAD,
                       absl::StrCat("from is ", request_.from(), ", beyond the head ", range_->session.head), detail);
    }
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST,
                     absl::StrCat("from is ", request_.from(), ", after to, which is ", range_->to.offset));
  }

  absl::Status ReadAhead() {
    size_t bytes = 0;
    bool full = false;
    auto visit = [&](uint64_t offset, absl::string_view writer, uint64_t sequence, absl::Time time, const v1::Event& event) {
      if (pages_.empty() || pages_.back().entries_size() >= kPageRows || bytes >= kPageBytes) {
        full = pages_.size() == kPagesAhead;
        if (full) return absl::CancelledError("enough was read");
        pages_.emplace_back();
        bytes = 0;
      }
      v1::JournalEntry& entry = *pages_.back().add_entries();
      entry.set_offset(offset);
      entry.set_writer(std::string(writer));
      entry.set_sequence(sequence);
      ToProto(time, *entry.mutable_time());
      *entry.mutable_event() = event;
      bytes += entry.ByteSizeLong();
      offset_ = offset + 1;
      return absl::OkStatus();
    };
    absl::Status status = runtime_.journal.ReadEvents(range_->session.id, offset_, range_->to.offset, range_->to.epoch, visit);
    return full ? absl::OkStatus() : status;
  }

  Runtime& runtime_;
  const v1::ReadJournalRequest request_;
  const absl::Time deadline_;
  std::optional<Range> range_;
  uint64_t offset_ = 0;
  std::deque<v1::ReadJournalResponse> pages_;
};

class PlanSource final : public PageSource<v1::PlanSaveResponse> {
 public:
  PlanSource(Runtime& runtime, v1::PlanSaveRequest request, absl::Time deadline)
      : runtime_(runtime), request_(std::move(request)), deadline_(deadline) {}

  absl::StatusOr<Next> Fill(v1::PlanSaveResponse& response) override {
    if (!planned_) {
      UOW_ASSIGN_OR_RETURN(planned_, MakePlan());
      if (!planned_) return Next::kAskAgain;
    }
    int rows = 0;
    size_t bytes = 0;
    while (statement_ < statements_.size() && rows < kPageRows && bytes < kPageBytes) {
      const v1::PlannedStatement& whole = statements_[statement_];
      v1::PlannedStatement& part = *response.add_statements();
      StartPart(whole, part);
      for (; row_ < whole.rows_size() && rows < kPageRows && bytes < kPageBytes; ++row_, ++rows) {
        *part.add_rows() = whole.rows(row_);
        bytes += part.rows(part.rows_size() - 1).ByteSizeLong();
      }
      bytes += part.sql().size();
      if (row_ < whole.rows_size()) break;
      row_ = 0;
      ++statement_;
    }
    return response.statements_size() > 0 ? Next::kPage : Next::kEnd;
  }

 private:
  void StartPart(const v1::PlannedStatement& whole, v1::PlannedStatement& part) const {
    part.set_index(whole.index());
    part.set_kind(whole.kind());
    part.set_table(whole.table());
    part.set_parameter_style(whole.parameter_style());
    part.set_expected_rows(whole.expected_rows());
    if (row_ == 0) part.set_sql(whole.sql());
  }

  // False while the position waits for a command.
  absl::StatusOr<bool> MakePlan() {
    UOW_ASSIGN_OR_RETURN(std::optional<Range> range, FindRange(runtime_.journal, request_.session_id(), request_.to(), deadline_));
    if (!range) return false;
    if (!range->session.pending_save_id.empty()) {
      return MakeError(v1::ERROR_REASON_SAVE_IN_PROGRESS,
                       absl::StrCat("save ", range->session.pending_save_id,
                                    " stands, so that what is left to save isn't known: wait for it, or save again with that id"));
    }
    UOW_RETURN_IF_ERROR(CheckNotBelowSaved(range->session, range->to.offset));
    std::unique_ptr<Target> unconnected = MakeUnconnectedTarget(range->session.dialect);
    Target* target = unconnected.get();
    if (target == nullptr) {
      UOW_ASSIGN_OR_RETURN(target, runtime_.targets.Find(range->session.target));
    }
    UOW_ASSIGN_OR_RETURN(std::vector<v1::NetChange> changes,
                         FoldRange(runtime_.journal, range->session.id, range->schema, range->session.saved, range->to));
    UOW_ASSIGN_OR_RETURN(Plan plan, BuildPlan(*range->schema, changes, target->traits()));
    RenderedPlan rendered;
    if (unconnected != nullptr) {
      rendered = target->RenderBySchema(*range->schema, plan);
    } else {
      UOW_ASSIGN_OR_RETURN(rendered, target->RenderPlan(*range->schema, plan));
    }
    Show(std::move(rendered), plan);
    return true;
  }

  void Show(RenderedPlan shown, const Plan& plan) {
    statements_ = std::move(shown.ahead);
    for (size_t i = 0; i < plan.steps.size(); ++i) {
      const Step& step = plan.steps[i];
      RenderedStep& rendered = shown.steps[i];
      v1::PlannedStatement& statement = statements_.emplace_back();
      statement.set_kind(KindOf(step.kind));
      statement.set_table(step.table);
      statement.set_sql(std::move(rendered.sql));
      statement.set_parameter_style(rendered.style);
      statement.set_expected_rows(step.rows.size());
      const int generated = step.kind == StepKind::kInsert ? step.generated : -1;
      // What the insert itself generates has no placeholder.
      const bool by_row = rendered.style == v1::PARAMETER_STYLE_ROW || rendered.style == v1::PARAMETER_STYLE_VALUES;
      for (const StepRow& row : step.rows) {
        v1::PlannedRow& out = *statement.add_rows();
        out.set_offset(row.offset);
        for (size_t i = 0; i < row.values.size(); ++i) {
          const bool is_key = static_cast<int>(i) == generated;
          if (is_key) *out.mutable_generated() = row.values[i].handle_value();
          if (!is_key || !by_row) *out.add_values() = row.values[i];
        }
      }
    }
    for (size_t i = 0; i < statements_.size(); ++i) statements_[i].set_index(i);
  }

  static v1::StatementKind KindOf(StepKind kind) {
    switch (kind) {
      case StepKind::kInsert:
        return v1::STATEMENT_KIND_INSERT;
      case StepKind::kUpdate:
        return v1::STATEMENT_KIND_UPDATE;
      case StepKind::kDelete:
        return v1::STATEMENT_KIND_DELETE;
    }
    return v1::STATEMENT_KIND_UNSPECIFIED;
  }

  Runtime& runtime_;
  const v1::PlanSaveRequest request_;
  const absl::Time deadline_;
  bool planned_ = false;
  std::vector<v1::PlannedStatement> statements_;
  size_t statement_ = 0;
  int row_ = 0;
};

}  // namespace

std::unique_ptr<PageSource<v1::GetChangesResponse>> MakeChangesSource(Runtime& runtime, v1::GetChangesRequest request,
                                                                      absl::Time deadline) {
  return std::make_unique<ChangesSource>(runtime, std::move(request), deadline);
}

std::unique_ptr<PageSource<v1::ReadJournalResponse>> MakeJournalSource(Runtime& runtime, v1::ReadJournalRequest request,
                                                                       absl::Time deadline) {
  return std::make_unique<JournalSource>(runtime, std::move(request), deadline);
}

std::unique_ptr<PageSource<v1::PlanSaveResponse>> MakePlanSource(Runtime& runtime, v1::PlanSaveRequest request,
                                                                 absl::Time deadline) {
  return std::make_unique<PlanSource>(runtime, std::move(request), deadline);
}

absl::Time DeadlineOf(const grpc::ServerContextBase& context) {
  auto deadline = context.deadline();
  return deadline == std::chrono::system_clock::time_point::max() ? absl::InfiniteFuture() : absl::FromChrono(deadline);
}

}  // namespace uow
