// The writer's choice of commands, and the unary calls.
#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "tests/crash/writer.h"
#include "tests/support/rpc_error.h"

namespace uow::crash {

const v1::Command& Writer::NextCommand() {
  Sent sent;
  sent.command.set_sequence(log_.commands.size() + 1);
  sent.command.set_epoch(next_epoch_);
  bool chosen = (Chance(2) && AddRollbackToCheckpoint(sent)) || (Chance(1) && AddRollbackToOffset(sent));
  if (!chosen && Chance(7)) {
    AddCheckpoint(sent.command);
    chosen = true;
  }
  if (!chosen) {
    *sent.command.mutable_append() = workload_.NextAppend(Chance(2) ? 150 : 8);
    world_.totals.events += sent.command.append().events_size();
    session_.events_sent += sent.command.append().events_size();
  }
  world_.totals.commands++;
  log_.commands.push_back(std::move(sent));
  MutexLock lock(session_.mutex);
  session_.last_sent[log_.id] = {log_.commands.size(), log_.commands.back().command.epoch()};
  return log_.commands.back().command;
}

void Writer::AddCheckpoint(v1::Command& command) {
  command.mutable_checkpoint()->set_name(absl::StrCat(log_.id, " checkpoint ", ++checkpoints_));
  own_checkpoints_.push_back({command.sequence(), workload_.state()});
  if (own_checkpoints_.size() > 8) own_checkpoints_.erase(own_checkpoints_.begin());
  world_.totals.checkpoints++;
}

// Pipelined: goes on at once with the entities as they were. Takes only a checkpoint whose offset is known, since the verifier must
// know where every rollback went.
bool Writer::AddRollbackToCheckpoint(Sent& sent) {
  if (own_checkpoints_.empty()) return false;
  size_t choice = random_() % own_checkpoints_.size();
  const Sent& checkpoint = log_.commands[own_checkpoints_[choice].sequence - 1];
  if (!checkpoint.end.has_value()) return false;
  sent.command.mutable_rollback()->set_checkpoint(checkpoint.command.checkpoint().name());
  sent.rollback_to = *checkpoint.end;
  workload_.set_state(own_checkpoints_[choice].state);
  own_checkpoints_.resize(choice + 1);
  ++next_epoch_;
  world_.totals.rollbacks++;
  return true;
}

// To any offset, also within a command. What is left of the entities has to be read back.
bool Writer::AddRollbackToOffset(Sent& sent) {
  SessionModel::Hint hint = session_.hint();
  if (hint.epoch != next_epoch_ || hint.saved > hint.head) return false;
  uint64_t offset = hint.saved + random_() % (hint.head - hint.saved + 1);
  // Mostly near the head: a session that is thrown away again and again never grows.
  if (Chance(70)) offset = hint.head - std::min<uint64_t>(hint.head - hint.saved, random_() % 60);
  sent.command.mutable_rollback()->set_offset(offset);
  sent.rollback_to = offset;
  ++next_epoch_;
  rebuild_ = true;
  world_.totals.rollbacks++;
  return true;
}

bool Writer::RunUnary(Stub& stub) {
  for (int64_t calls = 3 + random_() % 15; calls > 0 && !rebuild_ && world_.report.ok(); --calls) {
    v1::Command command = NextCommand();
    v1::Ack ack;
    // A retry of a call that went well goes well again and changes nothing.
    for (int tries = Chance(20) ? 2 : 1; tries > 0; --tries) {
      grpc::Status status = CallUnary(stub, command, ack);
      if (!status.ok()) return TakeRefusal(status, command.sequence());
      if (ack.sequence() != command.sequence()) Fail("a unary call acknowledged for another command");
      MutexLock lock(mutex_);
      TakeAck(ack);
    }
  }
  return true;
}

grpc::Status Writer::CallUnary(Stub& stub, const v1::Command& command, v1::Ack& ack) {
  grpc::ClientContext context;
  auto fill = [&](auto& request) {
    request.set_session_id(session_.session_id);
    request.set_writer(log_.id);
    request.set_sequence(command.sequence());
    request.set_epoch(command.epoch());
  };
  auto take = [&](auto& response, grpc::Status status) {
    ack = response.ack();
    return status;
  };
  if (command.has_append()) {
    v1::AppendRequest request;
    v1::AppendResponse response;
    fill(request);
    *request.mutable_append() = command.append();
    return take(response, stub.Append(&context, request, &response));
  }
  if (command.has_checkpoint()) {
    v1::SetCheckpointRequest request;
    v1::SetCheckpointResponse response;
    fill(request);
    *request.mutable_checkpoint() = command.checkpoint();
    return take(response, stub.SetCheckpoint(&context, request, &response));
  }
  v1::RollbackRequest request;
  v1::RollbackResponse response;
  fill(request);
  *request.mutable_rollback() = command.rollback();
  return take(response, stub.Rollback(&context, request, &response));
}

}  // namespace uow::crash
