#include "service/record_stream.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "service/append_bytes.h"
#include "service/fold_ahead.h"
#include "service/log.h"
#include "service/requests.h"
#include "service/save_coordinator.h"
#include "service/status_wire.h"

namespace uow {
namespace {

// Bytes of one stream that may wait for the disk before the next message is read.
constexpr size_t kWindowBytes = 4 << 20;
// What a queued command costs beside its bytes.
constexpr size_t kCommandOverhead = 64;

google::protobuf::ArenaOptions ArenaSizes() {
  google::protobuf::ArenaOptions options;
  options.start_block_size = 1 << 10;
  options.max_block_size = 64 << 10;
  return options;
}

size_t SizeOf(const Command& command) {
  const AppendAction* append = std::get_if<AppendAction>(&command.action);
  return kCommandOverhead + (append != nullptr ? append->bytes.size() : 0);
}

}  // namespace

// The journal's view of the stream. A stream that submits again after a refusal does so by a new source, since the journal drops
// what comes from one after its first failure.
class RecordStream::Source final : public CommandSource {
 public:
  Source(std::shared_ptr<RecordStream> stream, const SessionId& session, std::string writer)
      : CommandSource(session, std::move(writer)), stream_(std::move(stream)) {}

  void OnCommitted(const v1::Ack& ack) override { stream_->OnCommitted(ack); }
  void OnFailed(uint64_t sequence, const absl::Status& status) override { stream_->OnFailed(sequence, status); }

 private:
  const std::shared_ptr<RecordStream> stream_;
};

RecordStream::RecordStream(Runtime& runtime) : runtime_(runtime), arena_(ArenaSizes()) {}

std::shared_ptr<RecordStream::Source> RecordStream::NewSource() {
  return std::make_shared<Source>(shared_from_this(), session_, writer_);
}

RecordStream* RecordStream::Start(Runtime& runtime, grpc::CallbackServerContext* context) {
  auto stream = std::make_shared<RecordStream>(runtime);
  stream->self_ = stream;
  absl::Status status = runtime.authenticator.Check(*context);
  if (status.ok() && !runtime.streams.Add(stream)) status = ShuttingDown();
  if (status.ok()) {
    stream->StartRead(&stream->incoming_);
  } else {
    stream->End(status);
  }
  return stream.get();
}

bool RecordStream::ParseRequest() {
  arena_.Reset();
  request_ = google::protobuf::Arena::CreateMessage<v1::RecordRequest>(&arena_);
  append_bytes_ = {};
  scanned_.reset();
  // A message in one piece isn't copied.
  bool read = incoming_.TrySingleSlice(&bytes_).ok() || incoming_.DumpToSingleSlice(&bytes_).ok();
  incoming_.Clear();
  if (!read) return false;
  AppendParts append = FindAppend({reinterpret_cast<const char*>(bytes_.begin()), bytes_.size()});
  append_bytes_ = append.events;
  if (attached_ && append.sequence > 0) scanned_ = builder_->Scan(append_bytes_);
  if (!scanned_) return request_->ParseFromArray(bytes_.begin(), static_cast<int>(bytes_.size()));
  v1::Command& command = *request_->mutable_command();
  command.set_sequence(append.sequence);
  command.set_epoch(append.epoch);
  command.mutable_append();
  return true;
}

void RecordStream::OnReadDone(bool ok) {
  if (!ok) {
    End(absl::OkStatus());
  } else if (!ParseRequest()) {
    End(MakeError(v1::ERROR_REASON_INVALID_REQUEST, "a message is not a RecordRequest, or a text in it is not UTF-8"));
  } else if (attached_) {
    HandleCommand();
  } else {
    Attach();
  }
}

void RecordStream::HandleCommand() {
  if (!request_->has_command()) {
    return End(MakeError(v1::ERROR_REASON_INVALID_REQUEST, "a stream's messages after the first must be commands"));
  }
  v1::Command& command = *request_->mutable_command();
  if (!scanned_) {
    if (absl::Status status = builder_->Check(command, append_bytes_); !status.ok()) return End(status);
  }
  // A command that was sent before on this stream waits for the others, for its acknowledgement can't be told from theirs.
  bool again = command.sequence() <= last_submitted_;
  last_submitted_ = command.sequence();
  if (again) {
    {
      MutexLock lock(mutex_);
      parked_ = Parked::kHeld;
    }
    return Advance();
  }
  Submit();
}

void RecordStream::Submit() {
  const v1::Command& message = request_->command();
  Command command = builder_->Build(message, append_bytes_, scanned_);
  bool alone = message.has_rollback();
  size_t bytes = SizeOf(command);
  {
    MutexLock lock(mutex_);
    if (end_) return;
    pending_.push_back({message.sequence(), bytes});
    pending_bytes_ += bytes;
    // Before the journal can call back: a refused rollback is submitted again from `request_`, which nothing may overwrite.
    if (alone) parked_ = Parked::kAlone;
  }
  if (!runtime_.journal.Submit(source_, std::move(command))) return SubmitLater();
  if (alone) return Advance();
  bool read = false;
  {
    MutexLock lock(mutex_);
    if (!end_ && pending_bytes_ < kWindowBytes) {
      read = true;
      ++starting_;
      parked_ = Parked::kNo;
    } else {
      parked_ = Parked::kWindow;
    }
  }
  if (!read) return Advance();
  StartRead(&incoming_);
  LeaveStarting();
}

void RecordStream::SubmitLater() {
  {
    MutexLock lock(mutex_);
    parked_ = Parked::kElsewhere;
    if (!pending_.empty()) {
      pending_bytes_ -= pending_.back().bytes;
      pending_.pop_back();
    }
  }
  runtime_.journal.WhenReady([self = shared_from_this()] { self->runtime_.calls.Post([self] { self->Submit(); }); });
  Advance();
}

void RecordStream::OnCommitted(const v1::Ack& ack) {
  runtime_.fold_ahead.Notice(session_, std::exchange(durable_, ack.offset()), ack.offset());
  {
    MutexLock lock(mutex_);
    while (!pending_.empty() && pending_.front().sequence <= ack.sequence()) {
      pending_bytes_ -= pending_.front().bytes;
      pending_.pop_front();
    }
    ack_ = ack;
    ack_waits_ = true;
    settled_once_ = false;
  }
  Advance();
}

void RecordStream::OnFailed(uint64_t sequence, const absl::Status& status) {
  bool settle = false;
  {
    MutexLock lock(mutex_);
    pending_.clear();
    pending_bytes_ = 0;
    // An intent that no save of this process runs was left by a crash: settle it, then try once more.
    settle = parked_ == Parked::kAlone && !end_ && !settled_once_ && ReasonOf(status) == v1::ERROR_REASON_SAVE_IN_PROGRESS;
    if (settle) {
      settled_once_ = true;
      parked_ = Parked::kElsewhere;
    } else {
      end_ = WithSequence(status, sequence);
    }
  }
  if (settle) {
    runtime_.saves.Post([self = shared_from_this(), refusal = WithSequence(status, sequence)] { self->SettleAndSubmit(refusal); });
  }
  Advance();
}

void RecordStream::SettleAndSubmit(const absl::Status& refusal) {
  absl::Status status = runtime_.coordinator.SettleIfOrphan(session_);
  if (!status.ok()) {
    return End(ReasonOf(status) == v1::ERROR_REASON_SAVE_IN_PROGRESS ? refusal
                                                                     : WithSequence(status, request_->command().sequence()));
  }
  {
    MutexLock lock(mutex_);
    if (end_) return;
    source_ = NewSource();
  }
  Submit();
}

// ---- The end ----

void RecordStream::Replace(const std::function<void()>& settled) {
  bool over;
  {
    MutexLock lock(mutex_);
    over = finished_;
    if (!over) {
      on_settled_.push_back(settled);
      EndLocked(MakeError(v1::ERROR_REASON_WRITER_REPLACED,
                          absl::StrCat("a newer stream of writer ", writer_, " has taken over: stop using this one")));
    }
  }
  if (over) return settled();
  Advance();
}

void RecordStream::End(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    EndLocked(status);
  }
  Advance();
}

// The first reason to end counts, except that a failed command overrides them all.
void RecordStream::EndLocked(const absl::Status& status) {
  if (!end_) end_ = status;
}

bool RecordStream::MayFinish() const {
  return end_ && !finished_ && pending_.empty() && starting_ == 0 && !attaching_ && !writing_ && !ack_waits_;
}

void RecordStream::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) EndLocked(absl::CancelledError("the client went away"));
  }
  Advance();
}

void RecordStream::Advance() {
  bool write = false, read = false, submit = false, finish = false;
  {
    MutexLock lock(mutex_);
    if (finished_) return;
    if (ack_waits_ && !writing_) {
      v1::RecordResponse response;
      *response.mutable_ack() = ack_;
      Serialise(response);
      ack_waits_ = false;
      writing_ = write = true;
    }
    if (!end_) {
      read = (parked_ == Parked::kWindow && pending_bytes_ < kWindowBytes) || (parked_ == Parked::kAlone && pending_.empty());
      submit = parked_ == Parked::kHeld && pending_.empty();
      if (read) {
        ++starting_;
        parked_ = Parked::kNo;
      }
      if (submit) parked_ = Parked::kElsewhere;
    }
    if (MayFinish()) finished_ = finish = true;
  }
  if (write) StartWrite(&outgoing_);
  if (submit) runtime_.calls.Post([self = shared_from_this()] { self->Submit(); });
  if (read) {
    StartRead(&incoming_);
    LeaveStarting();
  }
  if (finish) FinishNow();
}

void RecordStream::Serialise(const v1::RecordResponse& response) {
  bool own_buffer;
  outgoing_.Clear();
  // Fails only for messages above 2 GiB.
  grpc::Status status = grpc::SerializationTraits<v1::RecordResponse>::Serialize(response, &outgoing_, &own_buffer);
  if (!status.ok()) EndLocked(InternalError(status.error_message()));
}

void RecordStream::LeaveStarting() {
  bool finish = false;
  {
    MutexLock lock(mutex_);
    --starting_;
    if (MayFinish()) finished_ = finish = true;
  }
  if (finish) FinishNow();
}

void RecordStream::FinishNow() {
  std::vector<std::function<void()>> settled;
  absl::Status status;
  {
    MutexLock lock(mutex_);
    settled.swap(on_settled_);
    status = *end_;
  }
  runtime_.streams.Remove(shared_from_this(), session_, writer_);
  LogCallEnd("Record", status);
  Finish(ToGrpc(status));
  for (const auto& callback : settled) callback();
}

// The stream and its source hold each other until here.
void RecordStream::OnDone() {
  std::shared_ptr<RecordStream> last = std::move(self_);
  MutexLock lock(mutex_);
  source_.reset();
}

}  // namespace uow
