// What became of an attempt: ClientSaves::Finish.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/client_plan.h"
#include "adapters/marker.h"
#include "adapters/save_result.h"
#include "journal/canonical.h"
#include "journal/crash_point.h"
#include "journal/errors.h"
#include "service/client_saves.h"
#include "service/log.h"
#include "service/requests.h"

namespace uow {
namespace {

constexpr size_t kMaxMessageBytes = 1500;
constexpr int kMaxEntities = 100;
constexpr int kMaxOldMarkers = 100;

absl::Status Bad(absl::string_view message) { return MakeError(v1::ERROR_REASON_INVALID_REQUEST, message); }

SaveOutcome Failed(const absl::Status& status) {
  SaveOutcome outcome;
  outcome.status = status;
  return outcome;
}

// The error that a client reports. Reasons that aren't about a target are the client's own failures.
absl::Status ErrorOf(const v1::FailedSave& failed) {
  v1::ErrorDetail detail = failed.error();
  const v1::ErrorReason reason = detail.reason();
  const bool known = v1::ErrorReason_IsValid(reason) &&
                     ((reason >= v1::ERROR_REASON_TARGET_UNAVAILABLE && reason <= v1::ERROR_REASON_TARGET_CONFLICT) ||
                      (reason >= v1::ERROR_REASON_CONSTRAINT_UNIQUE && reason <= v1::ERROR_REASON_STALE_ENTITY));
  while (detail.entities_size() > kMaxEntities) detail.mutable_entities()->RemoveLast();
  return MakeError(known ? reason : v1::ERROR_REASON_TARGET_REJECTED,
                   absl::string_view(failed.message()).substr(0, kMaxMessageBytes), detail);
}

// The values of a result are what a driver made of text: they are brought into canonical form, or refused.
absl::Status CheckEntity(const SchemaIndex& schema, v1::GeneratedEntity& entity) {
  if (entity.table() >= schema.table_count()) return Bad(absl::StrCat("the result has keys of table ", entity.table()));
  const v1::Table& table = schema.table(entity.table());
  if (entity.key_size() != table.primary_key_size() || entity.generated_key_size() != entity.key_size()) {
    return Bad(
        absl::StrCat("the result has a key of ", entity.key_size(), " values for table ", schema.TableLabel(entity.table())));
  }
  for (int i = 0; i < entity.generated_key_size(); ++i) {
    v1::Value& value = *entity.mutable_generated_key(i);
    const v1::Column& column = table.columns(static_cast<int>(table.primary_key(i)));
    if (value.has_handle_value() || value.has_null_value() || value.kind_case() == v1::Value::KIND_NOT_SET) {
      return Bad(absl::StrCat("the result lacks a key of table ", schema.TableLabel(entity.table())));
    }
    if (absl::Status status = Canonicalize(column.type(), value); !status.ok()) return Prefixed("the result", status);
  }
  for (v1::Field& field : *entity.mutable_fields()) {
    if (field.column() >= static_cast<uint32_t>(table.columns_size())) return Bad("the result has a field of no column");
    if (field.value().has_null_value()) continue;
    absl::Status status = Canonicalize(table.columns(static_cast<int>(field.column())).type(), *field.mutable_value());
    if (!status.ok()) return Prefixed("the result", status);
  }
  return absl::OkStatus();
}

absl::Status Fenced(const v1::Save& save, uint64_t attempt) {
  return MakeError(v1::ERROR_REASON_FENCED,
                   absl::StrCat("attempt ", attempt, " of save ", save.save_id(), " doesn't stand any more: attempt ",
                                save.attempt(), " does, or has ended it; call BeginSave with the same save id"));
}

// A report about a save that has ended: it is repeated, or contradicts what is known.
absl::Status CheckRepeated(const v1::Save& save, const v1::AttemptOutcome& outcome) {
  const bool same_attempt = save.attempt() == outcome.attempt();
  const bool committed = save.state() == v1::SAVE_STATE_COMMITTED;
  switch (outcome.outcome_case()) {
    case v1::AttemptOutcome::kCommitted:
      if (committed) return absl::OkStatus();
      break;
    case v1::AttemptOutcome::kFailed:
    case v1::AttemptOutcome::kFenceRefused:
      if (same_attempt && !committed) return absl::OkStatus();
      break;
    case v1::AttemptOutcome::kDecision:
      if (same_attempt && committed == outcome.decision().committed()) return absl::OkStatus();
      break;
    default:
      if (same_attempt) return absl::OkStatus();
  }
  return Fenced(save, outcome.attempt());
}

}  // namespace

absl::StatusOr<v1::FinishSaveResponse> ClientSaves::Finish(const v1::AttemptOutcome& outcome, const std::string& result) {
  UOW_ASSIGN_OR_RETURN(SessionId id, SessionId::Parse(outcome.session_id()));
  if (outcome.outcome_case() == v1::AttemptOutcome::OUTCOME_NOT_SET) return Bad("the outcome is missing");
  UOW_ASSIGN_OR_RETURN(SessionInfo session, journal_.GetSession(id));
  if (session.dialect == v1::DIALECT_UNSPECIFIED) {
    return MakeError(v1::ERROR_REASON_TARGET_HELD_BY_SERVER,
                     absl::StrCat("session ", id.ToString(), " saves into the server's target ", session.target, ": use Save"));
  }
  UOW_ASSIGN_OR_RETURN(SaveRecord record, journal_.GetSave(id, outcome.save_id(), nullptr));
  v1::FinishSaveResponse response;
  if (record.save.state() != v1::SAVE_STATE_PENDING) {
    UOW_RETURN_IF_ERROR(CheckRepeated(record.save, outcome));
    *response.mutable_save() = std::move(record.save);
    return response;
  }
  if (record.save.attempt() != outcome.attempt()) return Fenced(record.save, outcome.attempt());
  uint64_t lease = 0;
  {
    MutexLock lock(mutex_);
    if (auto held = leases_.find(id); held != leases_.end()) lease = held->second.number;
  }
  UOW_ASSIGN_OR_RETURN(std::optional<SaveOutcome> judged, Judge(session, record.save, outcome, result));
  if (judged) {
    CrashPoint("finish.judged");
    SaveIntent intent;
    intent.save_id = outcome.save_id();
    intent.attempt = outcome.attempt();
    UOW_RETURN_IF_ERROR(journal_.FinishSave(id, intent, *judged));
    CrashPoint("finish.noted");
    UOW_ASSIGN_OR_RETURN(record, journal_.GetSave(id, outcome.save_id(), nullptr));
  }
  EndLease(id, lease);
  LogInfo("save reported by its client", {{"session", id.ToString()},
                                          {"save_id", outcome.save_id()},
                                          {"attempt", absl::StrCat(outcome.attempt())},
                                          {"state", v1::SaveState_Name(record.save.state())},
                                          {"error", record.save.error_message()}});
  *response.mutable_save() = std::move(record.save);
  AddRemoval(session, outcome, response);
  return response;
}

absl::StatusOr<std::optional<SaveOutcome>> ClientSaves::Judge(const SessionInfo& session, const v1::Save& save,
                                                              const v1::AttemptOutcome& outcome, const std::string& result) {
  const bool settling = save.settling();
  switch (outcome.outcome_case()) {
    case v1::AttemptOutcome::kCommitted: {
      if (settling) return Bad("the attempt settles another one: report `settled` with what READ_MARKER returned");
      UOW_ASSIGN_OR_RETURN(SaveOutcome committed, Decode(session, result));
      UOW_RETURN_IF_ERROR(CheckKeys(session.id, committed));
      committed.executed = !save.without_marker();
      return committed;
    }
    case v1::AttemptOutcome::kFailed:
      if (settling) return std::nullopt;
      return Failed(ErrorOf(outcome.failed()));
    case v1::AttemptOutcome::kFenceRefused: {
      if (settling) return std::nullopt;
      const v1::FoundMarker& found = outcome.fence_refused();
      std::optional<Marker> marker;
      if (found.exists()) marker = Marker{.fence = found.fence(), .save_id = found.save_id()};
      return Failed(MarkerError(session.id.ToString(), outcome.attempt(), session.executed_save_id, marker));
    }
    case v1::AttemptOutcome::kSettled: {
      if (!settling) return Bad("the attempt runs a save: report `committed` or `failed`");
      UOW_ASSIGN_OR_RETURN(SaveOutcome settled, JudgeSettled(session, save, outcome.settled(), result));
      return settled;
    }
    case v1::AttemptOutcome::kDecision: {
      if (!save.without_marker()) return Bad("the save has a marker: call BeginSave, and settle it");
      if (IsLeased(session.id)) return WhyStanding(session);
      if (!outcome.decision().committed()) {
        return Failed(
            MakeError(v1::ERROR_REASON_SAVE_IN_DOUBT, "it was decided that the save was not committed; it can be run again"));
      }
      SaveOutcome decided;
      if (!result.empty()) {
        UOW_ASSIGN_OR_RETURN(decided, Decode(session, result));
      }
      decided.executed = false;
      return decided;
    }
    default:
      return std::nullopt;
  }
}

absl::StatusOr<SaveOutcome> ClientSaves::JudgeSettled(const SessionInfo& session, const v1::Save& save,
                                                      const v1::FoundMarker& found, const std::string& result) {
  if (!found.exists() || found.fence() != save.attempt()) {
    return Bad(absl::StrCat("the marker doesn't hold fence ", save.attempt(),
                            ": report what READ_MARKER returned in the transaction that raised it, once that was committed"));
  }
  if (found.save_id() == save.save_id()) {
    absl::StatusOr<SaveOutcome> committed = Decode(session, result);
    if (committed.ok()) return committed;
    return MakeError(
        v1::ERROR_REASON_MARKER_LOST,
        absl::StrCat("session ", session.id.ToString(), ": save ", save.save_id(),
                     " was committed, but the result in its row of uow_saves can't be read (", committed.status().message(), ")"));
  }
  if (found.save_id() == session.executed_save_id) {
    return Failed(
        MakeError(v1::ERROR_REASON_SAVE_IN_DOUBT,
                  "the save was interrupted before its transaction was committed; nothing was written, and it can be run again"));
  }
  return MarkerError(session.id.ToString(), save.attempt() + 1, session.executed_save_id,
                     Marker{.fence = found.fence(), .save_id = found.save_id()});
}

absl::StatusOr<SaveOutcome> ClientSaves::Decode(const SessionInfo& session, const std::string& result) {
  absl::StatusOr<SaveOutcome> outcome = DecodeSaveResult(result);
  if (!outcome.ok()) return Bad("the result is not a serialised SaveResult with its counts and keys");
  UOW_ASSIGN_OR_RETURN(SchemaRef schema, journal_.GetSchema(session.schema_id));
  for (v1::GeneratedEntity& entity : outcome->generated) UOW_RETURN_IF_ERROR(CheckEntity(*schema, entity));
  return outcome;
}

absl::Status ClientSaves::CheckKeys(const SessionId& session, const SaveOutcome& outcome) {
  uint64_t wanted = 0;
  {
    MutexLock lock(mutex_);
    if (auto held = leases_.find(session); held != leases_.end()) wanted = held->second.new_keys;
  }
  auto has_handle = [](const v1::GeneratedEntity& entity) {
    return std::any_of(entity.key().begin(), entity.key().end(), [](const v1::Value& value) { return value.has_handle_value(); });
  };
  const auto given = static_cast<uint64_t>(std::count_if(outcome.generated.begin(), outcome.generated.end(), has_handle));
  // More where an entity comes with its key and again with its version.
  if (given >= wanted) return absl::OkStatus();
  return Bad(absl::StrCat("the result has ", given, " keys; the plan's rows have ", wanted));
}

void ClientSaves::AddRemoval(const SessionInfo& session, const v1::AttemptOutcome& outcome, v1::FinishSaveResponse& response) {
  std::vector<std::string> gone;
  for (int i = 0; i < std::min(outcome.old_markers_size(), kMaxOldMarkers); ++i) {
    // A marker that isn't ours stays, and so does one whose session can't be read.
    absl::StatusOr<SessionId> id = SessionId::Parse(outcome.old_markers(i));
    if (id.ok() && ReasonOf(journal_.GetSession(*id).status()) == v1::ERROR_REASON_SESSION_NOT_FOUND)
      gone.push_back(id->ToString());
  }
  if (!gone.empty()) *response.add_steps() = MakeRemovalOfMarkers(session.dialect, gone);
}

}  // namespace uow
