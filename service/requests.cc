#include "service/requests.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/time_util.h"
#include "journal/errors.h"

namespace uow {
namespace {

// How long one turn of waiting for a command may take a pool's thread.
constexpr absl::Duration kWaitTurn = absl::Milliseconds(200);
constexpr absl::string_view kTokenPrefix = "s.";

absl::Status Bad(absl::string_view message) { return MakeError(v1::ERROR_REASON_INVALID_REQUEST, message); }

}  // namespace

absl::Status CheckPrintable(absl::string_view field, absl::string_view text) {
  bool good =
      !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return good ? absl::OkStatus() : Bad(absl::StrCat(field, " must have 1 to 64 printable ASCII characters"));
}

absl::StatusOr<SessionId> CheckNewSessionId(absl::string_view text) {
  absl::StatusOr<SessionId> id = SessionId::Parse(text);
  if (!id.ok() || id->ToString() != text) return Bad("session_id must have 32 lower-case hexadecimal digits");
  return id;
}

absl::StatusOr<size_t> PageSize(uint32_t page_size) {
  if (page_size > 1000) return Bad(absl::StrCat("page_size is ", page_size, "; it may be 1 to 1000, or 0 for 100"));
  return page_size == 0 ? 100 : page_size;
}

std::string SessionToken(const SessionId& next) { return absl::StrCat(kTokenPrefix, next.ToString()); }

absl::StatusOr<SessionId> ParseSessionToken(absl::string_view token) {
  if (token.empty()) return SessionId{};
  absl::StatusOr<SessionId> id;
  if (absl::ConsumePrefix(&token, kTokenPrefix)) id = SessionId::Parse(token);
  if (!id.ok()) return Bad("page_token is not one that ListSessions returned: begin again without one");
  return id;
}

absl::StatusOr<absl::Duration> CheckDuration(absl::string_view field, const google::protobuf::Duration& duration,
                                             absl::Duration least, absl::Duration most) {
  absl::Duration value = absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  if (value < least || value > most) {
    return Bad(absl::StrCat(field, " is ", absl::FormatDuration(value), "; it may be ", absl::FormatDuration(least), " to ",
                            absl::FormatDuration(most)));
  }
  return value;
}

void ToProto(absl::Time time, google::protobuf::Timestamp& out) {
  out = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(time));
}

v1::Session ToProto(const SessionInfo& info) {
  v1::Session out;
  out.set_session_id(info.id.ToString());
  out.set_target(info.target);
  out.set_dialect(info.dialect);
  out.set_schema_id(info.schema_id);
  for (const auto& [key, value] : info.labels) (*out.mutable_labels())[key] = value;
  out.set_state(info.open ? v1::SESSION_STATE_OPEN : v1::SESSION_STATE_CLOSED);
  out.set_head(info.head);
  out.set_saved(info.saved);
  out.set_epoch(info.epoch);
  ToProto(info.create_time, *out.mutable_create_time());
  ToProto(info.active_time, *out.mutable_active_time());
  *out.mutable_idle_ttl() = google::protobuf::util::TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(info.idle_ttl));
  out.set_pending_save_id(info.pending_save_id);
  return out;
}

absl::StatusOr<std::optional<ResolvedPosition>> ResolvePosition(Journal& journal, const SessionInfo& session,
                                                                const v1::Position& position, absl::Time deadline) {
  switch (position.at_case()) {
    case v1::Position::AT_NOT_SET:
      return ResolvedPosition{session.head, session.epoch};
    case v1::Position::kCheckpoint:
      return journal.FindCheckpoint(session.id, position.checkpoint());
    case v1::Position::kOffset:
      // Reading nothing there checks the offset and the epoch.
      UOW_RETURN_IF_ERROR(journal.ReadEvents(session.id, position.offset(), position.offset(), position.epoch(),
                                             [](auto&&...) { return absl::OkStatus(); }));
      return ResolvedPosition{position.offset(), position.epoch()};
    case v1::Position::kCommand:
      break;
  }
  const v1::WriterPosition& command = position.command();
  UOW_RETURN_IF_ERROR(CheckPrintable("to.command.writer", command.writer()));
  if (command.sequence() == 0) return Bad("to.command.sequence is 0; a writer's first command has 1");
  absl::Time now = absl::Now();
  absl::StatusOr<ResolvedPosition> found = journal.WaitForCommand(session.id, command.writer(), command.sequence(),
                                                                  position.epoch(), std::min(deadline, now + kWaitTurn));
  if (found.ok()) return *found;
  if (found.status().code() == absl::StatusCode::kDeadlineExceeded) {
    if (absl::Now() < deadline) return std::nullopt;
    return absl::DeadlineExceededError(absl::StrCat("command ", command.sequence(), " of writer ", command.writer(),
                                                    " was not durable before the call's deadline"));
  }
  return found.status();
}

absl::Status CheckNotBelowSaved(const SessionInfo& session, uint64_t to) {
  if (to >= session.saved) return absl::OkStatus();
  v1::ErrorDetail detail;
  detail.set_offset(session.saved);
  return MakeError(v1::ERROR_REASON_SAVE_MISMATCH,
                   absl::StrCat("the position is offset ", to, ", below ", session.saved, ", up to which the session is saved"),
                   detail);
}

absl::Status Prefixed(absl::string_view prefix, const absl::Status& status) {
  absl::Status result(status.code(), absl::StrCat(prefix, ": ", status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) { result.SetPayload(url, payload); });
  return result;
}

}  // namespace uow
