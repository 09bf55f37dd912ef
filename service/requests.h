#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "journal/journal.h"
#include "uow/v1/session_service.pb.h"

namespace uow {

// Checks and conversions that several calls need. The errors are INVALID_REQUEST unless they say otherwise.

// 1 to 64 printable ASCII characters; `field` names it in the error.
absl::Status CheckPrintable(absl::string_view field, absl::string_view text);

// The id that a client has chosen for a new session.
absl::StatusOr<SessionId> CheckNewSessionId(absl::string_view text);

// 0 means 100; at most 1,000.
absl::StatusOr<size_t> PageSize(uint32_t page_size);

// Page tokens of ListSessions.
std::string SessionToken(const SessionId& next);
absl::StatusOr<SessionId> ParseSessionToken(absl::string_view token);

// A duration from `least` to `most`; `field` names it in the error.
absl::StatusOr<absl::Duration> CheckDuration(absl::string_view field, const google::protobuf::Duration& duration,
                                             absl::Duration least, absl::Duration most);

void ToProto(absl::Time time, google::protobuf::Timestamp& out);
v1::Session ToProto(const SessionInfo& info);

// Where a position is: nothing as long as the command that it names isn't durable; then ask again. Waits for that at most a moment,
// so that the callers of a pool take turns. An absent position is the head. CHECKPOINT_NOT_FOUND, OFFSET_BEYOND_HEAD, STALE_EPOCH,
// SEQUENCE_TOO_OLD; DEADLINE_EXCEEDED without a reason once `deadline` has passed.
absl::StatusOr<std::optional<ResolvedPosition>> ResolvePosition(Journal& journal, const SessionInfo& session,
                                                                const v1::Position& position, absl::Time deadline);

// The offset where a range that begins at `saved` ends: SAVE_MISMATCH for a position below it.
absl::Status CheckNotBelowSaved(const SessionInfo& session, uint64_t to);

// The same error, saying where it was found first.
absl::Status Prefixed(absl::string_view prefix, const absl::Status& status);

}  // namespace uow
