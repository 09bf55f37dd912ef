#include "service/unary_command.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "service/command_builder.h"
#include "service/fold_ahead.h"
#include "service/requests.h"
#include "service/save_coordinator.h"
#include "service/unary_call.h"

namespace uow {
namespace {

// What the attempts of one call share.
struct UnaryCall {
  Runtime& runtime;
  grpc::ServerUnaryReactor* reactor;
  absl::string_view call;
  SessionId session;
  std::string writer;
  v1::Command message;
  v1::Ack* ack;

  void Finish(const absl::Status& status) const { FinishCall(reactor, call, status); }
};

// One attempt.
class UnarySource final : public CommandSource {
 public:
  UnarySource(std::shared_ptr<UnaryCall> call, bool may_settle)
      : CommandSource(call->session, call->writer), call_(std::move(call)), may_settle_(may_settle) {}

  void OnCommitted(const v1::Ack& ack) override {
    *call_->ack = ack;
    const auto events = static_cast<uint64_t>(call_->message.append().events_size());
    call_->runtime.fold_ahead.Notice(call_->session, ack.offset() - events, ack.offset());
    call_->Finish(absl::OkStatus());
  }
  void OnFailed(uint64_t sequence, const absl::Status& status) override;

 private:
  const std::shared_ptr<UnaryCall> call_;
  const bool may_settle_;
};

void SubmitOnce(const std::shared_ptr<UnaryCall>& call, Command command, bool may_settle) {
  if (call->runtime.journal.Submit(std::make_shared<UnarySource>(call, may_settle), std::move(command))) return;
  call->Finish(WithSequence(Overloaded("the journal's queue is full"), call->message.sequence()));
}

void UnarySource::OnFailed(uint64_t sequence, const absl::Status& status) {
  absl::Status refusal = WithSequence(status, sequence);
  if (!may_settle_ || !call_->message.has_rollback() || ReasonOf(status) != v1::ERROR_REASON_SAVE_IN_PROGRESS) {
    return call_->Finish(refusal);
  }
  // An intent that no save of this process runs was left by a crash: settle it, then try once more.
  call_->runtime.saves.Post([call = call_, refusal] {
    absl::Status settled = call->runtime.coordinator.SettleIfOrphan(call->session);
    if (!settled.ok()) return call->Finish(ReasonOf(settled) == v1::ERROR_REASON_SAVE_IN_PROGRESS ? refusal : settled);
    CommandBuilder builder(nullptr, call->writer, call->runtime.config);
    SubmitOnce(call, builder.Build(call->message, {}), /*may_settle=*/false);
  });
}

absl::StatusOr<SchemaRef> FindSchema(Journal& journal, const SessionId& session) {
  UOW_ASSIGN_OR_RETURN(SessionInfo info, journal.GetSession(session));
  if (!info.open) {
    return MakeError(v1::ERROR_REASON_SESSION_CLOSED, absl::StrCat("session ", session.ToString(), " is closed: open a new one"));
  }
  return journal.GetSchema(info.schema_id);
}

absl::Status Prepare(UnaryCall& call, const std::string& session_id, Command& command) {
  UOW_ASSIGN_OR_RETURN(call.session, SessionId::Parse(session_id));
  UOW_RETURN_IF_ERROR(CheckPrintable("writer", call.writer));
  UOW_ASSIGN_OR_RETURN(SchemaRef schema, FindSchema(call.runtime.journal, call.session));
  CommandBuilder builder(std::move(schema), call.writer, call.runtime.config);
  absl::string_view not_at_hand;
  UOW_RETURN_IF_ERROR(builder.Check(call.message, not_at_hand));
  command = builder.Build(call.message, {});
  return absl::OkStatus();
}

}  // namespace

void RunCommand(Runtime& runtime, grpc::ServerUnaryReactor* reactor, absl::string_view name, const std::string& session_id,
                const std::string& writer, v1::Command message, v1::Ack* ack) {
  auto call = std::make_shared<UnaryCall>(UnaryCall{runtime, reactor, name, {}, writer, std::move(message), ack});
  Command command;
  if (absl::Status status = Prepare(*call, session_id, command); !status.ok()) return call->Finish(status);
  SubmitOnce(call, std::move(command), /*may_settle=*/true);
}

}  // namespace uow
