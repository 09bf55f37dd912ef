#include "service/session_handlers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "service/open_session.h"
#include "service/requests.h"
#include "service/save_coordinator.h"
#include "service/unary_call.h"

namespace uow {

grpc::ServerUnaryReactor* SessionHandlers::OpenSession(grpc::CallbackServerContext* context, const v1::OpenSessionRequest* request,
                                                       v1::OpenSessionResponse* response) {
  // Without a schema the target is asked.
  BlockingPool& pool = request->schema_id().empty() ? runtime_.saves : runtime_.calls;
  return RunUnary(runtime_, pool, context, "OpenSession", [this, request, response]() -> absl::Status {
    UOW_ASSIGN_OR_RETURN(SessionInfo info, uow::OpenSession(runtime_, *request));
    *response->mutable_session() = ToProto(info);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SessionHandlers::GetSession(grpc::CallbackServerContext* context, const v1::GetSessionRequest* request,
                                                      v1::GetSessionResponse* response) {
  return RunUnary(runtime_, runtime_.calls, context, "GetSession", [this, request, response]() -> absl::Status {
    UOW_ASSIGN_OR_RETURN(SessionId id, SessionId::Parse(request->session_id()));
    UOW_ASSIGN_OR_RETURN(SessionInfo info, runtime_.journal.GetSession(id));
    *response->mutable_session() = ToProto(info);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SessionHandlers::ListSessions(grpc::CallbackServerContext* context,
                                                        const v1::ListSessionsRequest* request,
                                                        v1::ListSessionsResponse* response) {
  return RunUnary(runtime_, runtime_.calls, context, "ListSessions", [this, request, response]() -> absl::Status {
    UOW_ASSIGN_OR_RETURN(size_t limit, PageSize(request->page_size()));
    UOW_ASSIGN_OR_RETURN(SessionId from, ParseSessionToken(request->page_token()));
    UOW_RETURN_IF_ERROR(CheckLabels(request->labels()));
    if (!v1::SessionState_IsValid(request->state())) {
      return MakeError(v1::ERROR_REASON_INVALID_REQUEST, absl::StrCat("state ", request->state(), " is none of SessionState"));
    }
    SessionFilter filter;
    filter.labels.insert(request->labels().begin(), request->labels().end());
    if (request->state() != v1::SESSION_STATE_UNSPECIFIED) filter.open = request->state() == v1::SESSION_STATE_OPEN;
    UOW_ASSIGN_OR_RETURN(SessionPage page, runtime_.journal.ListSessions(filter, from, limit));
    for (const SessionInfo& info : page.sessions) *response->add_sessions() = ToProto(info);
    if (page.next) response->set_next_page_token(SessionToken(*page.next));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SessionHandlers::RenewSession(grpc::CallbackServerContext* context,
                                                        const v1::RenewSessionRequest* request,
                                                        v1::RenewSessionResponse* response) {
  return RunUnary(runtime_, runtime_.calls, context, "RenewSession", [this, request, response]() -> absl::Status {
    UOW_ASSIGN_OR_RETURN(SessionId id, SessionId::Parse(request->session_id()));
    absl::Duration ttl = absl::ZeroDuration();
    if (request->has_idle_ttl()) {
      UOW_ASSIGN_OR_RETURN(ttl, CheckDuration("idle_ttl", request->idle_ttl(), absl::Seconds(1), runtime_.config.max_idle_ttl));
    }
    UOW_ASSIGN_OR_RETURN(SessionInfo info, runtime_.journal.RenewSession(id, ttl));
    *response->mutable_session() = ToProto(info);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SessionHandlers::CloseSession(grpc::CallbackServerContext* context,
                                                        const v1::CloseSessionRequest* request,
                                                        v1::CloseSessionResponse* response) {
  auto finish = [response](grpc::ServerUnaryReactor* reactor, const absl::StatusOr<SessionInfo>& info) {
    if (info.ok()) *response->mutable_session() = ToProto(*info);
    FinishCall(reactor, "CloseSession", info.status());
  };
  return StartUnary(runtime_, runtime_.calls, context, "CloseSession", [this, request, finish](grpc::ServerUnaryReactor* reactor) {
    absl::StatusOr<SessionId> id = SessionId::Parse(request->session_id());
    if (!id.ok()) return finish(reactor, id.status());
    absl::StatusOr<SessionInfo> info = runtime_.journal.CloseSession(*id, request->keep_history());
    if (ReasonOf(info.status()) != v1::ERROR_REASON_SAVE_IN_PROGRESS) return finish(reactor, info);
    // An intent that no save of this process runs was left by a crash: settle it, then try once more.
    runtime_.saves.Post([this, request, finish, reactor, id = *id] {
      absl::Status settled = runtime_.coordinator.SettleIfOrphan(id);
      if (!settled.ok()) return finish(reactor, settled);
      finish(reactor, runtime_.journal.CloseSession(id, request->keep_history()));
    });
  });
}

}  // namespace uow
