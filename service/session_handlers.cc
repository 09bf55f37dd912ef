#include "service/session_handlers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/client_plan.h"
#include "journal/errors.h"
#include "service/requests.h"
#include "service/save_coordinator.h"
#include "service/schema_handlers.h"
#include "service/unary_call.h"

namespace uow {
namespace {

absl::Status CheckLabels(const google::protobuf::Map<std::string, std::string>& labels) {
  auto bad = [](absl::string_view message) { return MakeError(v1::ERROR_REASON_INVALID_REQUEST, message); };
  if (labels.size() > 64) return bad(absl::StrCat("labels has ", labels.size(), " entries; it may have 64"));
  for (const auto& [key, value] : labels) {
    if (key.empty() || key.size() > 63) return bad(absl::StrCat("a label's key has ", key.size(), " bytes; it may have 1 to 63"));
    if (value.size() > 255) return bad(absl::StrCat("label ", key, " has a value of ", value.size(), " bytes; it may have 255"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NewSession> SessionHandlers::Check(const v1::OpenSessionRequest& request) {
  const bool held_by_client = request.dialect() != v1::DIALECT_UNSPECIFIED;
  if (request.target().empty() != held_by_client) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST,
                     held_by_client
                         ? "both target and dialect are given: name a configured target, or the dialect of one that you hold"
                         : "target is missing: name a configured target, or the dialect of one that you hold");
  }
  if (!v1::Dialect_IsValid(request.dialect())) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST, absl::StrCat("dialect ", request.dialect(), " is none of Dialect"));
  }
  if (held_by_client && request.schema_id().empty()) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST, "schema_id is missing: register the schema of the target that you hold");
  }
  if (held_by_client) UOW_RETURN_IF_ERROR(CheckClientDialect(request.dialect()));
  if (!held_by_client) UOW_RETURN_IF_ERROR(runtime_.targets.Find(request.target()).status());
  UOW_RETURN_IF_ERROR(CheckLabels(request.labels()));
  NewSession session;
  if (!request.session_id().empty()) {
    UOW_ASSIGN_OR_RETURN(session.id, CheckNewSessionId(request.session_id()));
  }
  session.target = request.target();
  session.dialect = request.dialect();
  session.labels.insert(request.labels().begin(), request.labels().end());
  session.idle_ttl = runtime_.config.idle_ttl;
  if (request.has_idle_ttl()) {
    UOW_ASSIGN_OR_RETURN(session.idle_ttl, CheckTtl(request.idle_ttl(), runtime_.config.max_idle_ttl));
  }
  if (request.schema_id().empty()) {
    UOW_ASSIGN_OR_RETURN(SchemaRef schema, DescribeAndRegister(runtime_, request.target(), nullptr));
    session.schema_id = schema->id();
  } else {
    UOW_RETURN_IF_ERROR(runtime_.journal.GetSchema(request.schema_id()).status());
    session.schema_id = request.schema_id();
  }
  return session;
}

absl::StatusOr<SessionInfo> SessionHandlers::FindOpened(const NewSession& session) {
  absl::StatusOr<SessionInfo> known = runtime_.journal.GetSession(*session.id);
  if (!known.ok()) return known;
  if (known->open && known->target == session.target && known->dialect == session.dialect &&
      known->schema_id == session.schema_id) {
    return known;
  }
  return MakeError(v1::ERROR_REASON_SESSION_EXISTS,
                   absl::StrCat("session ", session.id->ToString(),
                                known->open ? " exists with another target or schema" : " was closed", ": choose another id"));
}

absl::Status SessionHandlers::Open(const v1::OpenSessionRequest& request, v1::OpenSessionResponse& response) {
  if (runtime_.draining) return ShuttingDown();
  UOW_ASSIGN_OR_RETURN(NewSession session, Check(request));
  if (session.id) {
    absl::StatusOr<SessionInfo> known = FindOpened(session);
    if (known.ok()) *response.mutable_session() = ToProto(*known);
    if (ReasonOf(known.status()) != v1::ERROR_REASON_SESSION_NOT_FOUND) return known.status();
  }
  if (!runtime_.sessions.Take()) {
    return Overloaded(absl::StrCat("the server has ", runtime_.sessions.limit(), " sessions, its limit: close some"));
  }
  absl::StatusOr<SessionInfo> info = runtime_.journal.CreateSession(session);
  if (!info.ok()) {
    runtime_.sessions.Return(1);
    // Another call with the same id may have been faster.
    const bool exists = ReasonOf(info.status()) == v1::ERROR_REASON_SESSION_EXISTS;
    absl::StatusOr<SessionInfo> known = exists ? FindOpened(session) : info;
    if (!known.ok()) return ReasonOf(known.status()) == v1::ERROR_REASON_SESSION_NOT_FOUND ? info.status() : known.status();
    info = std::move(known);
  }
  *response.mutable_session() = ToProto(*info);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* SessionHandlers::OpenSession(grpc::CallbackServerContext* context, const v1::OpenSessionRequest* request,
                                                       v1::OpenSessionResponse* response) {
  // Without a schema the target is asked.
  BlockingPool& pool = request->schema_id().empty() ? runtime_.saves : runtime_.calls;
  return RunUnary(runtime_, pool, context, "OpenSession", [this, request, response] { return Open(*request, *response); });
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
      UOW_ASSIGN_OR_RETURN(ttl, CheckTtl(request->idle_ttl(), runtime_.config.max_idle_ttl));
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
