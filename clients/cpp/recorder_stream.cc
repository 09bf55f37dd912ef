// Recorder: the sending and the receiving thread.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cpp/recorder.h"
#include "clients/cpp/status.h"

namespace uow::inline client::internal {
namespace {

std::chrono::steady_clock::time_point After(absl::Duration wait) {
  return std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(wait);
}

}  // namespace

bool Recorder::HasWork() const { return trouble_ == Trouble::kNone && !gave_up_ && (!queue_.empty() || reattach_); }

void Recorder::Run() {
  MutexLock lock(mutex_);
  while (true) {
    while (!HasWork() && !stopping_) changed_.Wait(mutex_);
    if (cut_off_ || !HasWork()) break;
    mutex_.Unlock();
    absl::Status status = RunStream();
    mutex_.Lock();
    HandleEnd(status);
  }
  running_ = false;
  changed_.NotifyAll();
}

absl::Status Recorder::RunStream() {
  service_->AwaitConnection();
  grpc::ClientContext context;
  service_->Authenticate(context);
  std::unique_ptr<Stream> stream = service_->journal->Record(&context);
  {
    MutexLock lock(mutex_);
    context_ = &context;
    broken_ = false;
    if (cut_off_) context.TryCancel();
  }
  absl::Status attached = Attach(*stream);
  if (attached.ok()) {
    std::thread receiver([this, &stream] { Receive(*stream); });
    Send(*stream);
    receiver.join();
  } else {
    context.TryCancel();
  }
  absl::Status finished = FromGrpc(stream->Finish());
  MutexLock lock(mutex_);
  context_ = nullptr;
  changed_.NotifyAll();
  return attached.ok() || attached.code() == absl::StatusCode::kCancelled ? finished : attached;
}

// CANCELLED where the stream's own end says why.
absl::Status Recorder::Attach(Stream& stream) {
  v1::RecordRequest request;
  v1::Attach& attach = *request.mutable_attach();
  attach.set_session_id(session_id_);
  attach.set_writer(writer_);
  {
    MutexLock lock(mutex_);
    attach.set_epoch(queue_.known_epoch());
  }
  v1::RecordResponse response;
  if (!stream.Write(request) || !stream.Read(&response)) return absl::CancelledError();
  if (!response.has_attached()) return absl::InternalError("the service answered an attach with something else");

  MutexLock lock(mutex_);
  const v1::Attached& attached = response.attached();
  CommandQueue::Attachment attachment = queue_.Attach(attached.last_sequence(), attached.epoch());
  ++attached_;
  reattach_ = false;
  changed_.NotifyAll();
  switch (attachment) {
    case CommandQueue::Attachment::kOk:
      // With commands to send, only an acknowledgement says that all is well.
      if (queue_.empty()) failing_since_ = absl::InfiniteFuture();
      return absl::OkStatus();
    case CommandQueue::Attachment::kStale: {
      v1::ErrorDetail detail;
      *detail.mutable_stale_epoch() = attached.stale_epoch();
      absl::Status status = LocalError(absl::StatusCode::kAborted, v1::ERROR_REASON_STALE_EPOCH,
                                       "another writer rolled the session back; what it removed is undone here, too", detail);
      SetTrouble(Trouble::kStale, status);
      return status;
    }
    case CommandQueue::Attachment::kLost: {
      absl::Status status =
          LocalError(absl::StatusCode::kDataLoss, v1::ERROR_REASON_SEQUENCE_GAP,
                     "the journal no longer has commands that it had acknowledged: restored from a backup? Reload or close");
      SetTrouble(Trouble::kDiverged, status);
      return status;
    }
  }
  return absl::OkStatus();
}

void Recorder::Send(Stream& stream) {
  bool open = true;
  while (open) {
    CommandQueue::Message message;
    grpc::WriteOptions options;
    {
      MutexLock lock(mutex_);
      while (!queue_.HasUnsent() && !broken_ && !reattach_ && !(stopping_ && queue_.empty())) changed_.Wait(mutex_);
      if (broken_ || reattach_) return;
      if (!queue_.HasUnsent()) break;
      message = queue_.NextToSend();
      if (queue_.HasUnsent()) options.set_buffer_hint();
    }
    open = stream.Write(*message, options);
  }
  stream.WritesDone();
}

void Recorder::Receive(Stream& stream) {
  v1::RecordResponse response;
  while (stream.Read(&response)) {
    if (!response.has_ack()) continue;
    MutexLock lock(mutex_);
    queue_.Acknowledge(response.ack().sequence(), response.ack().epoch());
    failing_since_ = absl::InfiniteFuture();
    backoff_.Reset();
    changed_.NotifyAll();
  }
  MutexLock lock(mutex_);
  broken_ = true;
  changed_.NotifyAll();
}

void Recorder::HandleEnd(const absl::Status& status) {
  if (trouble_ != Trouble::kNone || (reattach_ && status.code() == absl::StatusCode::kCancelled)) return;
  v1::ErrorReason reason = ReasonOf(status);
  std::optional<v1::ErrorDetail> detail = DetailOf(status);
  if (reason == v1::ERROR_REASON_STALE_EPOCH) {
    SetTrouble(Trouble::kStale, status);
  } else if (status.ok() || IsTransient(status) || reason == v1::ERROR_REASON_SEQUENCE_GAP ||
             reason == v1::ERROR_REASON_SAVE_IN_PROGRESS || reason == v1::ERROR_REASON_SAVE_IN_DOUBT) {
    // A save that is in the way of a rollback ends, one way or the other.
    Retry(status.ok() ? absl::UnavailableError("the service ended the stream") : status);
  } else if (detail && detail->has_sequence() && detail->sequence() > 0) {
    HandleRefusal(detail->sequence(), status);
  } else {
    SetTrouble(Trouble::kFatal, status);
  }
}

void Recorder::HandleRefusal(uint64_t sequence, const absl::Status& status) {
  switch (queue_.Refuse(sequence)) {
    case CommandQueue::Refusal::kResolved:
      return;
    case CommandQueue::Refusal::kRefused:
      SetTrouble(Trouble::kRefused, status);
      return;
    case CommandQueue::Refusal::kRollback:
      SetTrouble(Trouble::kDiverged,
                 Prefixed(status, "the journal refused a rollback that was done in memory; reload or close the session: "));
      return;
  }
}

void Recorder::Retry(const absl::Status& status) {
  if (!HasWork()) {
    failing_since_ = absl::InfiniteFuture();
    return;
  }
  absl::Time now = absl::Now();
  if (failing_since_ == absl::InfiniteFuture()) failing_since_ = now;
  if (now - failing_since_ >= service_->options.retry_for) {
    gave_up_ = true;
    last_error_ =
        Prefixed(status, absl::StrCat("the journal could not be reached for ", absl::FormatDuration(now - failing_since_), ": "));
    changed_.NotifyAll();
    return;
  }
  auto until = After(backoff_.Next());
  while (!cut_off_ && changed_.WaitUntil(mutex_, until)) {
  }
}

void Recorder::SetTrouble(Trouble trouble, const absl::Status& status) {
  trouble_ = trouble;
  trouble_status_ = status;
  changed_.NotifyAll();
}

}  // namespace uow::inline client::internal
