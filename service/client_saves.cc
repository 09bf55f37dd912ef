// Handing out attempts: ClientSaves::Begin and leases. What becomes of them is in finished_attempts.cc.
#include "service/client_saves.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/client_plan.h"
#include "journal/crash_point.h"
#include "journal/errors.h"
#include "service/log.h"
#include "service/requests.h"

namespace uow {
namespace {

constexpr absl::Duration kDefaultLease = absl::Seconds(30);
constexpr absl::Duration kLongestLease = absl::Hours(1);
constexpr uint32_t kLeastParameters = 64;
// Markers of sessions that are gone are looked for in one save of so many.
constexpr uint64_t kSavesPerLook = 16;

absl::Status Bad(absl::string_view message) { return MakeError(v1::ERROR_REASON_INVALID_REQUEST, message); }

absl::StatusOr<absl::Duration> LeaseOf(const v1::BeginSaveRequest& request) {
  if (!request.has_lease()) return kDefaultLease;
  const absl::Duration lease = absl::Seconds(request.lease().seconds()) + absl::Nanoseconds(request.lease().nanos());
  if (lease < absl::Seconds(1) || lease > kLongestLease) {
    return Bad(absl::StrCat("lease is ", absl::FormatDuration(lease), "; it may be 1s to ", absl::FormatDuration(kLongestLease)));
  }
  return lease;
}

absl::Status CheckRequest(const v1::BeginSaveRequest& request) {
  UOW_RETURN_IF_ERROR(CheckPrintable("client", request.client()));
  if (!request.save_id().empty()) UOW_RETURN_IF_ERROR(CheckPrintable("save_id", request.save_id()));
  if (request.max_parameters() != 0 && request.max_parameters() < kLeastParameters) {
    return Bad(absl::StrCat("max_parameters is ", request.max_parameters(), "; it may be 0, or from ", kLeastParameters));
  }
  return LeaseOf(request).status();
}

absl::Status Undecided(const SessionInfo& session, const v1::Save& save) {
  v1::ErrorDetail detail;
  detail.set_offset(save.to());
  return MakeError(
      v1::ERROR_REASON_SAVE_UNDECIDED,
      absl::StrCat("save ", save.save_id(), " of session ", session.id.ToString(), " ran without a marker, and attempt ",
                   save.attempt(), " was not finished: look into the database, and tell FinishSave the decision"),
      detail);
}

SaveOutcome Failed(const absl::Status& status) {
  SaveOutcome outcome;
  outcome.status = status;
  return outcome;
}

v1::BegunSave HeaderOf(v1::BegunKind kind, const SessionInfo& session, const SaveIntent& intent) {
  v1::BegunSave header;
  header.set_kind(kind);
  header.set_save_id(intent.save_id);
  header.set_attempt(intent.attempt);
  header.set_from(intent.from);
  header.set_to(intent.to);
  header.set_dialect(session.dialect);
  return header;
}

}  // namespace

absl::StatusOr<std::optional<BegunAttempt>> ClientSaves::Begin(const v1::BeginSaveRequest& request, absl::Time deadline) {
  UOW_ASSIGN_OR_RETURN(SessionId id, SessionId::Parse(request.session_id()));
  UOW_RETURN_IF_ERROR(CheckRequest(request));
  UOW_ASSIGN_OR_RETURN(SessionInfo session, journal_.GetSession(id));
  if (session.dialect == v1::DIALECT_UNSPECIFIED) {
    return MakeError(v1::ERROR_REASON_TARGET_HELD_BY_SERVER,
                     absl::StrCat("session ", id.ToString(), " saves into the server's target ", session.target, ": use Save"));
  }
  // An error there matters only if the save isn't committed already.
  std::optional<absl::StatusOr<ResolvedPosition>> to;
  if (request.has_to() && request.to().at_case() != v1::Position::AT_NOT_SET) {
    auto resolved = ResolvePosition(journal_, session, request.to(), deadline);
    if (resolved.ok() && !*resolved) return std::nullopt;
    to = resolved.ok() ? absl::StatusOr<ResolvedPosition>(**resolved) : resolved.status();
  }
  UOW_ASSIGN_OR_RETURN(const uint64_t lease, TakeLease(id, request));
  absl::StatusOr<BegunAttempt> attempt = BeginLeased(id, request, to, lease);
  if (!attempt.ok() || attempt->header.kind() == v1::BEGUN_KIND_COMMITTED) EndLease(id, lease);
  if (!attempt.ok()) return attempt.status();
  attempt->session = id;
  attempt->lease = lease;
  attempt->lease_time = *LeaseOf(request);
  LogInfo("save handed to its client", {{"session", id.ToString()},
                                        {"save_id", attempt->header.save_id()},
                                        {"attempt", absl::StrCat(attempt->header.attempt())},
                                        {"client", request.client()},
                                        {"kind", v1::BegunKind_Name(attempt->header.kind())}});
  return std::optional(*std::move(attempt));
}

absl::StatusOr<BegunAttempt> ClientSaves::BeginLeased(const SessionId& id, const v1::BeginSaveRequest& request,
                                                      const std::optional<absl::StatusOr<ResolvedPosition>>& to, uint64_t lease) {
  UOW_ASSIGN_OR_RETURN(SessionInfo session, journal_.GetSession(id));
  if (!session.pending_save_id.empty()) {
    absl::StatusOr<BegunAttempt> settling = BeginSettling(session, request.atomic_batch());
    // It may have ended meanwhile.
    if (ReasonOf(settling.status()) != v1::ERROR_REASON_SAVE_NOT_FOUND) return settling;
    UOW_ASSIGN_OR_RETURN(session, journal_.GetSession(id));
  }
  ResolvedPosition end{session.head, session.epoch};
  absl::StatusOr<SaveRecord> record = journal_.GetSave(id, request.save_id(), nullptr);
  if (record.ok()) {
    const v1::Save& save = record->save;
    if (to && to->ok() && (*to)->offset != save.to()) {
      return MakeError(v1::ERROR_REASON_SAVE_MISMATCH,
                       absl::StrCat("save id ", save.save_id(), " was used for offset ", save.to(), ", not ", (*to)->offset,
                                    ": take another save id, or leave out the position"));
    }
    if (save.state() == v1::SAVE_STATE_COMMITTED) return Committed(session, save.save_id());
    if (!to) end = ResolvedPosition{save.to(), save.epoch()};
  } else if (ReasonOf(record.status()) != v1::ERROR_REASON_SAVE_NOT_FOUND) {
    return record.status();
  }
  if (to) {
    UOW_ASSIGN_OR_RETURN(end, *to);
  }
  UOW_RETURN_IF_ERROR(CheckNotBelowSaved(session, end.offset));
  return BeginNew(session, request, end, lease);
}

absl::StatusOr<BegunAttempt> ClientSaves::BeginSettling(const SessionInfo& session, bool atomic_batch) {
  UOW_ASSIGN_OR_RETURN(SaveRecord record, journal_.GetSave(session.id, session.pending_save_id, nullptr));
  if (record.save.state() == v1::SAVE_STATE_PENDING && record.save.without_marker()) return Undecided(session, record.save);
  UOW_ASSIGN_OR_RETURN(SaveIntent intent, journal_.RaiseAttempt(session.id));
  CrashPoint("begin.attempt_raised");
  BegunAttempt attempt;
  attempt.header = HeaderOf(v1::BEGUN_KIND_SETTLE, session, intent);
  attempt.steps = MakeSettlePlan(session.dialect, session.id.ToString(), intent, atomic_batch);
  attempt.header.set_step_count(static_cast<uint32_t>(attempt.steps.size()));
  return attempt;
}

absl::StatusOr<BegunAttempt> ClientSaves::BeginNew(const SessionInfo& session, const v1::BeginSaveRequest& request,
                                                   const ResolvedPosition& to, uint64_t lease) {
  const std::string save_id = request.save_id().empty() ? absl::StrCat("uowd-", SessionId::Random().ToString()) : request.save_id();
  UOW_ASSIGN_OR_RETURN(SaveIntent intent, request.without_marker() ? journal_.BeginSaveWithoutMarker(session.id, save_id, to)
                                                                   : journal_.BeginSave(session.id, save_id, to));
  ClientSave save;
  save.dialect = session.dialect;
  save.session = session.id.ToString();
  save.intent = intent;
  save.max_parameters = request.max_parameters();
  save.single_rows = request.single_rows();
  save.without_marker = request.without_marker();
  save.atomic_batch = request.atomic_batch();
  save.tables_without_sequence.assign(request.tables_without_sequence().begin(), request.tables_without_sequence().end());
  save.mysql_server = request.mysql_server();
  save.find_old_markers = session.id.bytes.back() % kSavesPerLook == intent.attempt % kSavesPerLook;
  auto plan = [&]() -> absl::StatusOr<ClientPlan> {
    UOW_ASSIGN_OR_RETURN(SchemaRef schema, journal_.GetSchema(session.schema_id));
    UOW_ASSIGN_OR_RETURN(const FoldedRange range, fold_ahead_.Fold(session.id, schema, intent.from, {intent.to, intent.epoch}));
    return MakeClientPlan(*schema, range.changes, save);
  }();
  if (!plan.ok()) {
    UOW_RETURN_IF_ERROR(journal_.FinishSave(session.id, intent, Failed(plan.status())));
    return plan.status();
  }
  if (plan->steps.empty()) {
    UOW_RETURN_IF_ERROR(journal_.FinishSave(session.id, intent, SaveOutcome()));
    return Committed(session, save_id);
  }
  {
    MutexLock lock(mutex_);
    if (auto held = leases_.find(session.id); held != leases_.end() && held->second.number == lease) {
      held->second.new_keys = plan->new_keys;
    }
  }
  CrashPoint("begin.planned");
  BegunAttempt attempt;
  attempt.header = HeaderOf(v1::BEGUN_KIND_EXECUTE, session, intent);
  *attempt.header.mutable_result() = plan->result;
  attempt.header.set_row_count(plan->rows);
  attempt.header.set_step_count(static_cast<uint32_t>(plan->steps.size()));
  attempt.steps = std::move(plan->steps);
  return attempt;
}

absl::StatusOr<BegunAttempt> ClientSaves::Committed(const SessionInfo& session, const std::string& save_id) {
  BegunAttempt attempt;
  UOW_ASSIGN_OR_RETURN(SaveRecord record, journal_.GetSave(session.id, save_id, &attempt.generated));
  attempt.committed = std::move(record.save);
  const v1::Save& save = attempt.committed;
  SaveIntent intent;
  intent.save_id = save.save_id();
  intent.attempt = save.attempt();
  intent.from = save.from();
  intent.to = save.to();
  attempt.header = HeaderOf(v1::BEGUN_KIND_COMMITTED, session, intent);
  return attempt;
}

absl::StatusOr<uint64_t> ClientSaves::TakeLease(const SessionId& session, const v1::BeginSaveRequest& request) {
  MutexLock lock(mutex_);
  auto [held, added] = leases_.try_emplace(session);
  Lease& lease = held->second;
  if (!added && lease.client != request.client() && absl::Now() < lease.until && !request.take_over()) {
    return MakeError(
        v1::ERROR_REASON_SAVE_IN_PROGRESS,
        absl::StrCat("client ", lease.client, " is executing a save of the session: try again later, or take it over"));
  }
  lease = Lease();
  lease.number = ++last_lease_;
  lease.client = request.client();
  return lease.number;
}

void ClientSaves::EndLease(const SessionId& session, uint64_t number) {
  MutexLock lock(mutex_);
  auto held = leases_.find(session);
  if (held != leases_.end() && held->second.number == number) leases_.erase(held);
}

bool ClientSaves::IsLeased(const SessionId& session) {
  MutexLock lock(mutex_);
  auto held = leases_.find(session);
  return held != leases_.end() && absl::Now() < held->second.until;
}

void ClientSaves::Delivered(const BegunAttempt& attempt) {
  MutexLock lock(mutex_);
  auto held = leases_.find(attempt.session);
  if (held != leases_.end() && held->second.number == attempt.lease) held->second.until = absl::Now() + attempt.lease_time;
}

void ClientSaves::Abandon(const BegunAttempt& attempt) {
  EndLease(attempt.session, attempt.lease);
  if (attempt.header.kind() != v1::BEGUN_KIND_EXECUTE) return;
  SaveIntent intent;
  intent.save_id = attempt.header.save_id();
  intent.attempt = attempt.header.attempt();
  // Where another attempt stands by now, or the journal is closing, the next one settles it.
  journal_.FinishSave(attempt.session, intent, Failed(absl::CancelledError("the client went away before it had the whole plan")))
      .IgnoreError();
}

absl::Status ClientSaves::WhyStanding(const SessionInfo& session) {
  const std::string subject = absl::StrCat("save ", session.pending_save_id, " of session ", session.id.ToString());
  if (IsLeased(session.id)) {
    return MakeError(v1::ERROR_REASON_SAVE_IN_PROGRESS,
                     absl::StrCat(subject, " is being executed by its client: wait for it; then try again"));
  }
  UOW_ASSIGN_OR_RETURN(SaveRecord record, journal_.GetSave(session.id, session.pending_save_id, nullptr));
  if (record.save.without_marker()) return Undecided(session, record.save);
  return MakeError(
      v1::ERROR_REASON_SAVE_IN_DOUBT,
      absl::StrCat(subject, " was handed to a client that didn't finish it: call BeginSave, and a client settles it first"));
}

}  // namespace uow
