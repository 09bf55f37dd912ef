#include "service/journal_handlers.h"

#include <memory>
#include <utility>

#include "journal/errors.h"
#include "service/page_stream.h"
#include "service/read_sources.h"
#include "service/record_stream.h"
#include "service/requests.h"
#include "service/unary_call.h"
#include "service/unary_command.h"

namespace uow {
namespace {

// The command of a unary request, without its action.
template <typename Request>
v1::Command CommandOf(const Request& request) {
  v1::Command command;
  command.set_sequence(request.sequence());
  command.set_epoch(request.epoch());
  return command;
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* StartCommand(Runtime& runtime, grpc::CallbackServerContext* context, absl::string_view call,
                                       const Request* request, v1::Command command, Response* response) {
  return StartUnary(runtime, runtime.calls, context, call,
                    [&runtime, call, request, command = std::move(command), response](grpc::ServerUnaryReactor* reactor) mutable {
                      RunCommand(runtime, reactor, call, request->session_id(), request->writer(), std::move(command),
                                 response->mutable_ack());
                    });
}

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* JournalHandlers::Record(grpc::CallbackServerContext* context) {
  return RecordStream::Start(runtime_, context);
}

grpc::ServerUnaryReactor* JournalHandlers::Append(grpc::CallbackServerContext* context, const v1::AppendRequest* request,
                                                  v1::AppendResponse* response) {
  v1::Command command = CommandOf(*request);
  *command.mutable_append() = request->append();
  return StartCommand(runtime_, context, "Append", request, std::move(command), response);
}

grpc::ServerUnaryReactor* JournalHandlers::SetCheckpoint(grpc::CallbackServerContext* context,
                                                         const v1::SetCheckpointRequest* request,
                                                         v1::SetCheckpointResponse* response) {
  v1::Command command = CommandOf(*request);
  *command.mutable_checkpoint() = request->checkpoint();
  return StartCommand(runtime_, context, "SetCheckpoint", request, std::move(command), response);
}

grpc::ServerUnaryReactor* JournalHandlers::Rollback(grpc::CallbackServerContext* context, const v1::RollbackRequest* request,
                                                    v1::RollbackResponse* response) {
  v1::Command command = CommandOf(*request);
  *command.mutable_rollback() = request->rollback();
  return StartCommand(runtime_, context, "Rollback", request, std::move(command), response);
}

grpc::ServerUnaryReactor* JournalHandlers::ListCheckpoints(grpc::CallbackServerContext* context,
                                                           const v1::ListCheckpointsRequest* request,
                                                           v1::ListCheckpointsResponse* response) {
  return RunUnary(runtime_, runtime_.calls, context, "ListCheckpoints", [this, request, response]() -> absl::Status {
    UOW_ASSIGN_OR_RETURN(SessionId id, SessionId::Parse(request->session_id()));
    UOW_ASSIGN_OR_RETURN(size_t limit, PageSize(request->page_size()));
    UOW_ASSIGN_OR_RETURN(CheckpointPage page, runtime_.journal.ListCheckpoints(id, request->page_token(), limit));
    for (v1::Checkpoint& checkpoint : page.checkpoints) *response->add_checkpoints() = std::move(checkpoint);
    response->set_next_page_token(page.next);
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::GetChangesResponse>* JournalHandlers::GetChanges(grpc::CallbackServerContext* context,
                                                                              const v1::GetChangesRequest* request) {
  return PageStream<v1::GetChangesResponse>::Start(runtime_, context, "GetChanges",
                                                   MakeChangesSource(runtime_, *request, DeadlineOf(*context)));
}

grpc::ServerWriteReactor<v1::ReadJournalResponse>* JournalHandlers::ReadJournal(grpc::CallbackServerContext* context,
                                                                                const v1::ReadJournalRequest* request) {
  return PageStream<v1::ReadJournalResponse>::Start(runtime_, context, "ReadJournal",
                                                    MakeJournalSource(runtime_, *request, DeadlineOf(*context)));
}

}  // namespace uow
