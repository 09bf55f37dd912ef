#include "service/save_stream.h"

#include <utility>

#include "journal/errors.h"
#include "service/log.h"
#include "service/page_stream.h"
#include "service/read_sources.h"
#include "service/requests.h"
#include "service/status_wire.h"

namespace uow {

SaveStream* SaveStream::Start(Runtime& runtime, grpc::CallbackServerContext* context, const v1::SaveRequest& request) {
  auto stream = std::make_shared<SaveStream>();
  stream->self_ = stream;
  auto start = [&]() -> absl::Status {
    UOW_RETURN_IF_ERROR(runtime.authenticator.Check(*context));
    SaveCall call;
    UOW_ASSIGN_OR_RETURN(call.session, SessionId::Parse(request.session_id()));
    call.save_id = request.save_id();
    if (!call.save_id.empty()) UOW_RETURN_IF_ERROR(CheckPrintable("save_id", call.save_id));
    if (request.has_to() && request.to().at_case() != v1::Position::AT_NOT_SET) call.to = request.to();
    call.deadline = DeadlineOf(*context);
    call.gone = [stream] {
      MutexLock lock(stream->mutex_);
      return stream->gone_;
    };
    call.observer = stream;
    runtime.coordinator.Save(std::move(call));
    return absl::OkStatus();
  };
  if (absl::Status status = start(); !status.ok()) stream->OnDone(status);
  return stream.get();
}

void SaveStream::OnProgress(const v1::SaveProgress& progress) {
  {
    MutexLock lock(mutex_);
    progress_ = progress;
  }
  Advance();
}

void SaveStream::OnDone(const absl::StatusOr<SaveResultRef>& result) {
  {
    MutexLock lock(mutex_);
    result_ = result;
  }
  Advance();
}

void SaveStream::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) gone_ = true;
  }
  Advance();
}

// The save goes on; only this client doesn't hear of it.
void SaveStream::OnCancel() {
  {
    MutexLock lock(mutex_);
    gone_ = true;
  }
  Advance();
}

bool SaveStream::NextMessage() {
  if (!result_) {
    if (!progress_) return false;
    *response_.mutable_progress() = *progress_;
    progress_.reset();
    return true;
  }
  if (!result_->ok()) return false;
  const SaveResult& result = ***result_;
  if (sent_generated_ < result.generated.size()) {
    v1::GeneratedValues& values = *response_.mutable_generated();
    values.Clear();
    size_t bytes = 0;
    while (sent_generated_ < result.generated.size() && values.entities_size() < kPageRows && bytes < kPageBytes) {
      const v1::GeneratedEntity& entity = result.generated[sent_generated_++];
      bytes += entity.ByteSizeLong();
      *values.add_entities() = entity;
    }
    return true;
  }
  if (sent_committed_) return false;
  sent_committed_ = true;
  *response_.mutable_committed() = result.save;
  return true;
}

void SaveStream::Advance() {
  bool write = false;
  absl::Status end;
  {
    MutexLock lock(mutex_);
    if (finished_ || writing_) return;
    if (gone_) {
      end = absl::CancelledError("the client went away");
      finished_ = true;
    } else if (NextMessage()) {
      writing_ = write = true;
    } else if (result_) {
      end = result_->status();
      finished_ = true;
    } else {
      return;
    }
  }
  if (write) return StartWrite(&response_);
  LogCallEnd("Save", end);
  Finish(ToGrpc(end));
}

void SaveStream::OnDone() { std::shared_ptr<SaveStream> last = std::move(self_); }

}  // namespace uow
