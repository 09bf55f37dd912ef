#include "service/open_session.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/client_plan.h"
#include "journal/errors.h"
#include "service/requests.h"
#include "service/schema_handlers.h"

namespace uow {

absl::Status CheckLabels(const google::protobuf::Map<std::string, std::string>& labels) {
  auto bad = [](absl::string_view message) { return MakeError(v1::ERROR_REASON_INVALID_REQUEST, message); };
  if (labels.size() > 64) return bad(absl::StrCat("labels has ", labels.size(), " entries; it may have 64"));
  for (const auto& [key, value] : labels) {
    if (key.empty() || key.size() > 63) return bad(absl::StrCat("a label's key has ", key.size(), " bytes; it may have 1 to 63"));
    if (value.size() > 255) return bad(absl::StrCat("label ", key, " has a value of ", value.size(), " bytes; it may have 255"));
  }
  return absl::OkStatus();
}

namespace {

// The session that a request asks for.
absl::StatusOr<NewSession> Check(Runtime& runtime, const v1::OpenSessionRequest& request) {
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
  if (!held_by_client) UOW_RETURN_IF_ERROR(runtime.targets.Find(request.target()).status());
  UOW_RETURN_IF_ERROR(CheckLabels(request.labels()));
  NewSession session;
  if (!request.session_id().empty()) {
    UOW_ASSIGN_OR_RETURN(session.id, CheckNewSessionId(request.session_id()));
  }
  session.target = request.target();
  session.dialect = request.dialect();
  session.labels.insert(request.labels().begin(), request.labels().end());
  session.idle_ttl = runtime.config.idle_ttl;
  if (request.has_idle_ttl()) {
    UOW_ASSIGN_OR_RETURN(session.idle_ttl,
                         CheckDuration("idle_ttl", request.idle_ttl(), absl::Seconds(1), runtime.config.max_idle_ttl));
  }
  if (request.schema_id().empty()) {
    UOW_ASSIGN_OR_RETURN(SchemaRef schema, DescribeAndRegister(runtime, request.target(), nullptr));
    session.schema_id = schema->id();
  } else {
    UOW_RETURN_IF_ERROR(runtime.journal.GetSchema(request.schema_id()).status());
    session.schema_id = request.schema_id();
  }
  return session;
}

// The session that has the id already, if it is the same. SESSION_EXISTS if it is another, SESSION_NOT_FOUND.
absl::StatusOr<SessionInfo> FindOpened(Runtime& runtime, const NewSession& session) {
  absl::StatusOr<SessionInfo> known = runtime.journal.GetSession(*session.id);
  if (!known.ok()) return known;
  if (known->open && known->target == session.target && known->dialect == session.dialect &&
      known->schema_id == session.schema_id) {
    return known;
  }
  return MakeError(v1::ERROR_REASON_SESSION_EXISTS,
                   absl::StrCat("session ", session.id->ToString(),
                                known->open ? " exists with another target or schema" : " was closed", ": choose another id"));
}

}  // namespace

absl::StatusOr<SessionInfo> OpenSession(Runtime& runtime, const v1::OpenSessionRequest& request) {
  if (runtime.draining) return ShuttingDown();
  UOW_ASSIGN_OR_RETURN(NewSession session, Check(runtime, request));
  if (session.id) {
    absl::StatusOr<SessionInfo> known = FindOpened(runtime, session);
    if (known.ok() || ReasonOf(known.status()) != v1::ERROR_REASON_SESSION_NOT_FOUND) return known;
  }
  if (!runtime.sessions.Take()) {
    return Overloaded(absl::StrCat("the server has ", runtime.sessions.limit(), " sessions, its limit: close some"));
  }
  absl::StatusOr<SessionInfo> info = runtime.journal.CreateSession(session);
  if (!info.ok()) {
    runtime.sessions.Return(1);
    // Another call with the same id may have been faster.
    const bool exists = ReasonOf(info.status()) == v1::ERROR_REASON_SESSION_EXISTS;
    absl::StatusOr<SessionInfo> known = exists ? FindOpened(runtime, session) : info;
    if (!known.ok()) return ReasonOf(known.status()) == v1::ERROR_REASON_SESSION_NOT_FOUND ? info.status() : known.status();
    info = std::move(known);
  }
  return info;
}

}  // namespace uow
