#include "tests/crash/writer.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/client_context.h"
#include "tests/support/rpc_error.h"

namespace uow::crash {
namespace {

constexpr uint64_t kWindow = 48;  // unacknowledged commands

uint64_t RollbacksAbove(const WriterLog& log, uint64_t sequence) {
  return std::count_if(log.commands.begin() + sequence, log.commands.end(),
                       [](const Sent& sent) { return sent.command.has_rollback(); });
}

}  // namespace

void Writer::Fail(const std::string& what) {
  world_.report.Fail(absl::StrCat("session ", session_.tag, " (", session_.session_id, ") writer ", log_.id, ": ", what));
}

bool Writer::Run(const std::shared_ptr<grpc::Channel>& channel, const std::atomic<bool>& stop) {
  std::unique_ptr<Stub> stub = v1::JournalService::NewStub(channel);
  while (world_.report.ok()) {
    bool settled = log_.durable == log_.commands.size();
    if (stop && settled) return true;
    bool unary = settled && !rebuild_ && Chance(15);
    if (!(unary ? RunUnary(*stub) : RunStream(*stub, stop))) return false;
  }
  return true;
}

bool Writer::RunStream(Stub& stub, const std::atomic<bool>& stop) {
  grpc::ClientContext context;
  std::unique_ptr<Stream> stream = stub.Record(&context);
  v1::RecordRequest request;
  request.mutable_attach()->set_session_id(session_.session_id);
  request.mutable_attach()->set_writer(log_.id);
  request.mutable_attach()->set_epoch(known_epoch_);
  stream->Write(request);
  v1::RecordResponse response;
  if (!stream->Read(&response)) return AfterStream(stream->Finish(), false);
  const v1::Attached& attached = response.attached();
  TakeAttached(attached);

  // With commands that are still unknown the entities can't be read back yet: first learn what becomes of them.
  bool pending = log_.durable < log_.commands.size();
  bool known = !rebuild_ && next_epoch_ == attached.epoch() + RollbacksAbove(log_, log_.durable);
  bool cancel = false;
  if (!pending && !known) known = Rebuild(stub, attached);
  if (pending || known) {
    {
      MutexLock lock(mutex_);
      broken_ = false;
    }
    std::thread reader([this, &stream] { ReadAcks(*stream); });
    Resend(*stream);
    if (known) {
      Produce(*stream, stop);
      cancel = !stop && Chance(15);
    }
    if (cancel) {
      context.TryCancel();
    } else {
      stream->WritesDone();
    }
    reader.join();
  } else {
    cancel = true;
    context.TryCancel();
  }
  return AfterStream(stream->Finish(), cancel);
}

bool Writer::AfterStream(const grpc::Status& status, bool cancelled) {
  if (status.ok()) {
    if (log_.durable < log_.commands.size()) {
      Fail(absl::StrCat("the stream ended well, but only ", log_.durable, " of ", log_.commands.size(),
                        " commands were acknowledged"));
    }
    return true;
  }
  v1::ErrorDetail detail = DetailOfCall(status);
  if (detail.reason() == v1::ERROR_REASON_UNSPECIFIED && cancelled && status.error_code() == grpc::StatusCode::CANCELLED)
    return true;
  std::optional<uint64_t> sequence;
  if (detail.has_sequence()) sequence = detail.sequence();
  return TakeRefusal(status, sequence);
}

void Writer::TakeAttached(const v1::Attached& attached) {
  if (attached.last_sequence() < log_.durable) {
    Fail(absl::StrCat("LOST: command ", log_.durable, " was acknowledged, the journal ends at ", attached.last_sequence()));
  }
  if (attached.last_sequence() > log_.commands.size()) {
    Fail(absl::StrCat("the journal has command ", attached.last_sequence(), ", only ", log_.commands.size(), " were sent"));
    return;
  }
  if (attached.last_handle_counter() > log_.handles) Fail("last_handle_counter is above all handles that were sent");
  if (attached.saved() > attached.head()) Fail("saved is above head");
  if (attached.epoch() < known_epoch_) Fail(absl::StrCat("LOST: epoch ", known_epoch_, " went back to ", attached.epoch()));
  if (attached.has_stale_epoch() != (attached.epoch() > known_epoch_)) Fail("stale_epoch doesn't fit the epoch");
  log_.durable = std::max(log_.durable, attached.last_sequence());
  known_epoch_ = attached.epoch();
  session_.Learn(attached.epoch(), attached.head(), attached.saved());
}

void Writer::Resend(Stream& stream) {
  uint64_t to = log_.commands.size();
  // Sometimes also what is durable already, rolled back or not: it must have no effect and be acknowledged.
  uint64_t from = log_.durable - std::min<uint64_t>(log_.durable, Chance(50) ? random_() % 4 : 0);
  for (uint64_t i = from; i < to; ++i) {
    v1::RecordRequest request;
    {
      MutexLock lock(mutex_);
      *request.mutable_command() = log_.commands[i].command;
    }
    world_.totals.resent++;
    if (!stream.Write(request)) return;
  }
}

void Writer::Produce(Stream& stream, const std::atomic<bool>& stop) {
  int64_t commands = 20 + random_() % 400;
  while (commands-- > 0 && !stop && world_.report.ok() && !rebuild_) {
    v1::RecordRequest request;
    {
      MutexLock lock(mutex_);
      while (!broken_ && log_.commands.size() - log_.durable >= kWindow) moved_.Wait(mutex_);
      if (broken_) return;
      *request.mutable_command() = NextCommand();
    }
    if (!stream.Write(request)) return;
    if (Chance(50)) std::this_thread::sleep_for(std::chrono::microseconds(random_() % 4000));
  }
}

void Writer::ReadAcks(Stream& stream) {
  v1::RecordResponse response;
  while (stream.Read(&response)) {
    MutexLock lock(mutex_);
    if (!response.has_ack()) Fail("a message that is no acknowledgement");
    TakeAck(response.ack());
    moved_.NotifyAll();
  }
  MutexLock lock(mutex_);
  broken_ = true;
  moved_.NotifyAll();
}

void Writer::TakeAck(const v1::Ack& ack) {
  if (ack.sequence() == 0 || ack.sequence() > log_.commands.size()) {
    Fail(absl::StrCat("an acknowledgement of command ", ack.sequence(), ", which was never sent"));
    return;
  }
  // A retry is acknowledged like the first time, so that this holds for it as well.
  Sent& sent = log_.commands[ack.sequence() - 1];
  uint64_t epoch = sent.command.epoch() + (sent.command.has_rollback() ? 1 : 0);
  if (ack.epoch() != epoch)
    Fail(absl::StrCat("command ", ack.sequence(), " acknowledged in epoch ", ack.epoch(), " instead of ", epoch));
  if (sent.command.has_rollback() && ack.offset() != sent.rollback_to) Fail("a rollback acknowledged at another offset");
  if (sent.end.value_or(ack.offset()) != ack.offset())
    Fail(absl::StrCat("command ", ack.sequence(), " acknowledged at two offsets"));
  if (sent.command.has_checkpoint() && !sent.end.has_value()) {
    MutexLock lock(session_.mutex);
    session_.checkpoints.push_back({sent.command.checkpoint().name(), ack.offset(), ack.epoch()});
    if (session_.checkpoints.size() > 50) session_.checkpoints.erase(session_.checkpoints.begin());
  }
  sent.end = ack.offset();
  session_.Learn(ack.epoch(), ack.offset(), ack.saved());
  log_.durable = std::max(log_.durable, ack.sequence());
  known_epoch_ = std::max(known_epoch_, log_.commands[log_.durable - 1].command.epoch() +
                                            (log_.commands[log_.durable - 1].command.has_rollback() ? 1 : 0));
}

bool Writer::TakeRefusal(const grpc::Status& status, std::optional<uint64_t> sequence) {
  v1::ErrorDetail detail = DetailOfCall(status);
  v1::ErrorReason reason = detail.reason();
  if (reason == v1::ERROR_REASON_UNSPECIFIED && status.error_code() == grpc::StatusCode::UNAVAILABLE) return false;
  if (reason == v1::ERROR_REASON_SHUTTING_DOWN) return false;
  if (reason == v1::ERROR_REASON_OVERLOADED || reason == v1::ERROR_REASON_WRITER_REPLACED) return true;
  if (!sequence.has_value() || *sequence > log_.commands.size() || *sequence <= log_.durable) {
    Fail(absl::StrCat("refused, with ", log_.durable, " durable of ", log_.commands.size(), " commands: ", Describe(status)));
    return true;
  }
  const v1::Command& command = log_.commands[*sequence - 1].command;
  bool stale = reason == v1::ERROR_REASON_STALE_EPOCH && detail.stale_epoch().epoch() > command.epoch();
  bool blocked =
      command.has_rollback() && (reason == v1::ERROR_REASON_ROLLBACK_BELOW_SAVED || reason == v1::ERROR_REASON_SAVE_IN_PROGRESS ||
                                 reason == v1::ERROR_REASON_SAVE_IN_DOUBT);
  if (!stale && !blocked) Fail(absl::StrCat("refused: ", Describe(status), " for ", command.ShortDebugString()));
  world_.totals.refused++;
  if (stale) world_.totals.stale++;
  // Nothing after it was applied, everything before it was. The sequences are free again.
  log_.durable = *sequence - 1;
  log_.commands.resize(*sequence - 1);
  rebuild_ = true;
  return true;
}

bool Writer::Rebuild(Stub& stub, const v1::Attached& attached) {
  grpc::ClientContext context;
  v1::ReadJournalRequest request;
  request.set_session_id(session_.session_id);
  request.mutable_to()->set_offset(attached.head());
  request.mutable_to()->set_epoch(attached.epoch());
  auto reader = stub.ReadJournal(&context, request);
  EntitySet state;
  v1::ReadJournalResponse response;
  while (reader->Read(&response)) {
    MutexLock lock(session_.mutex);
    for (const v1::JournalEntry& entry : response.entries()) {
      if (entry.writer() != log_.id) continue;
      if (auto wrong = state.Apply(log_.id, entry.event(), session_.keys))
        Fail(absl::StrCat("journal at ", entry.offset(), ": ", *wrong));
    }
  }
  grpc::Status status = reader->Finish();
  if (!status.ok()) {
    v1::ErrorReason reason = DetailOfCall(status).reason();
    bool lost = reason == v1::ERROR_REASON_UNSPECIFIED && status.error_code() == grpc::StatusCode::UNAVAILABLE;
    if (!lost && reason != v1::ERROR_REASON_STALE_EPOCH) Fail(absl::StrCat("ReadJournal: ", Describe(status)));
    return false;
  }
  workload_.set_state(std::move(state));
  own_checkpoints_.clear();
  next_epoch_ = attached.epoch();
  rebuild_ = false;
  return true;
}

}  // namespace uow::crash
