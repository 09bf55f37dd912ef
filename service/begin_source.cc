#include "service/begin_source.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "journal/errors.h"
#include "service/client_saves.h"

namespace uow {
namespace {

// Handles are a few bytes each.
constexpr int kPageHandles = 20'000;

class BeginSource final : public PageSource<v1::BeginSaveResponse> {
 public:
  BeginSource(Runtime& runtime, v1::BeginSaveRequest request, absl::Time deadline)
      : runtime_(runtime), request_(std::move(request)), deadline_(deadline) {}

  ~BeginSource() override {
    if (!attempt_ || delivered_ || attempt_->header.kind() == v1::BEGUN_KIND_COMMITTED) return;
    // This may be one of gRPC's threads, which mustn't wait.
    attempt_->steps.clear();
    runtime_.calls.Post([&saves = runtime_.client_saves, attempt = std::make_shared<BegunAttempt>(*std::move(attempt_))] {
      saves.Abandon(*attempt);
    });
  }

  absl::StatusOr<Next> Fill(v1::BeginSaveResponse& response) override {
    if (!attempt_) {
      if (runtime_.draining) return ShuttingDown();
      UOW_ASSIGN_OR_RETURN(attempt_, runtime_.client_saves.Begin(request_, deadline_));
      if (!attempt_) return Next::kAskAgain;
      *response.mutable_begun() = attempt_->header;
      return Next::kPage;
    }
    if (attempt_->header.kind() == v1::BEGUN_KIND_COMMITTED) return FillCommitted(response);
    if (step_ < attempt_->steps.size()) {
      FillSteps(*response.mutable_steps());
      return Next::kPage;
    }
    delivered_ = true;
    runtime_.client_saves.Delivered(*attempt_);
    return Next::kEnd;
  }

 private:
  Next FillCommitted(v1::BeginSaveResponse& response) {
    if (generated_ < attempt_->generated.size()) {
      v1::GeneratedValues& values = *response.mutable_generated();
      size_t bytes = 0;
      while (generated_ < attempt_->generated.size() && values.entities_size() < kPageRows && bytes < kPageBytes) {
        v1::GeneratedEntity& entity = attempt_->generated[generated_++];
        bytes += entity.ByteSizeLong();
        *values.add_entities() = std::move(entity);
      }
      return Next::kPage;
    }
    if (std::exchange(delivered_, true)) return Next::kEnd;
    *response.mutable_committed() = std::move(attempt_->committed);
    return Next::kPage;
  }

  void FillSteps(v1::SaveSteps& page) {
    int rows = 0, handles = 0;
    size_t bytes = 0;
    while (step_ < attempt_->steps.size() && rows < kPageRows && handles < kPageHandles && bytes < kPageBytes) {
      v1::SaveStep& whole = attempt_->steps[step_];
      v1::SaveStep& part = *page.add_steps();
      if (!begun_) Begin(whole, part);
      part.set_index(whole.index());
      for (; row_ < whole.rows_size() && rows < kPageRows && bytes < kPageBytes; ++row_, ++rows) {
        bytes += whole.rows(row_).ByteSizeLong();
        *part.add_rows() = std::move(*whole.mutable_rows(row_));
      }
      handles += AddHandles(whole, kPageHandles - handles, part);
      bytes += part.ByteSizeLong();
      if (row_ < whole.rows_size() || list_ < whole.keys().handles_size()) break;
      whole.Clear();
      begun_ = false;
      row_ = list_ = counter_ = 0;
      ++step_;
    }
  }

  // Everything but rows and handles.
  void Begin(v1::SaveStep& whole, v1::SaveStep& part) {
    google::protobuf::RepeatedPtrField<v1::PlannedRow> rows;
    google::protobuf::RepeatedPtrField<v1::HandleList> handles;
    rows.Swap(whole.mutable_rows());
    if (whole.has_keys()) handles.Swap(whole.mutable_keys()->mutable_handles());
    part = whole;
    rows.Swap(whole.mutable_rows());
    if (whole.has_keys()) handles.Swap(whole.mutable_keys()->mutable_handles());
    begun_ = true;
  }

  int AddHandles(const v1::SaveStep& whole, int most, v1::SaveStep& part) {
    int added = 0;
    for (; list_ < whole.keys().handles_size() && added < most; ++list_, counter_ = 0) {
      const v1::HandleList& list = whole.keys().handles(list_);
      v1::HandleList& out = *part.mutable_keys()->add_handles();
      out.set_writer(list.writer());
      const int end = std::min(list.counters_size(), counter_ + most - added);
      for (; counter_ < end; ++counter_, ++added) out.add_counters(list.counters(counter_));
      if (counter_ < list.counters_size()) break;
    }
    return added;
  }

  Runtime& runtime_;
  const v1::BeginSaveRequest request_;
  const absl::Time deadline_;
  std::optional<BegunAttempt> attempt_;
  bool delivered_ = false;
  size_t generated_ = 0;
  // Where the next page begins.
  size_t step_ = 0;
  bool begun_ = false;  // the step
  int row_ = 0;
  int list_ = 0;
  int counter_ = 0;
};

}  // namespace

std::unique_ptr<PageSource<v1::BeginSaveResponse>> MakeBeginSource(Runtime& runtime, v1::BeginSaveRequest request,
                                                                   absl::Time deadline) {
  return std::make_unique<BeginSource>(runtime, std::move(request), deadline);
}

}  // namespace uow
