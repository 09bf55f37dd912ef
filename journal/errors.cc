#include "journal/errors.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/strip.h"

namespace uow {
namespace {

constexpr absl::string_view kPayloadUrl = "type.googleapis.com/uow.v1.ErrorDetail";

}  // namespace

absl::StatusCode CodeOf(v1::ErrorReason reason) {
  using absl::StatusCode;
  switch (reason) {
    case v1::ERROR_REASON_INVALID_REQUEST:
    case v1::ERROR_REASON_MESSAGE_TOO_LARGE:
    case v1::ERROR_REASON_VALUE_TOO_LARGE:
    case v1::ERROR_REASON_SCHEMA_INVALID:
    case v1::ERROR_REASON_TABLE_NOT_FOUND:
    case v1::ERROR_REASON_COLUMN_NOT_FOUND:
    case v1::ERROR_REASON_VALUE_TYPE_MISMATCH:
    case v1::ERROR_REASON_VALUE_OUT_OF_RANGE:
    case v1::ERROR_REASON_VALUE_NULL:
    case v1::ERROR_REASON_KEY_MISSING:
    case v1::ERROR_REASON_KEY_NULL:
    case v1::ERROR_REASON_COLUMN_GENERATED:
    case v1::ERROR_REASON_COLUMN_REPEATED:
    case v1::ERROR_REASON_SAVE_MISMATCH:
      return StatusCode::kInvalidArgument;
    case v1::ERROR_REASON_NOT_SUPPORTED:
    case v1::ERROR_REASON_ROW_CYCLE:
      return StatusCode::kUnimplemented;
    case v1::ERROR_REASON_OVERLOADED:
    case v1::ERROR_REASON_DISK_FULL:
      return StatusCode::kResourceExhausted;
    case v1::ERROR_REASON_JOURNAL_CORRUPT:
      return StatusCode::kDataLoss;
    case v1::ERROR_REASON_SHUTTING_DOWN:
    case v1::ERROR_REASON_SAVE_IN_DOUBT:
    case v1::ERROR_REASON_TARGET_UNAVAILABLE:
      return StatusCode::kUnavailable;
    case v1::ERROR_REASON_UNAUTHENTICATED:
      return StatusCode::kUnauthenticated;
    case v1::ERROR_REASON_SESSION_NOT_FOUND:
    case v1::ERROR_REASON_TARGET_NOT_FOUND:
    case v1::ERROR_REASON_SCHEMA_NOT_FOUND:
    case v1::ERROR_REASON_CHECKPOINT_NOT_FOUND:
    case v1::ERROR_REASON_SAVE_NOT_FOUND:
      return StatusCode::kNotFound;
    case v1::ERROR_REASON_CHECKPOINT_EXISTS:
    case v1::ERROR_REASON_SESSION_EXISTS:
    case v1::ERROR_REASON_SEQUENCE_REUSED:
      return StatusCode::kAlreadyExists;
    case v1::ERROR_REASON_OFFSET_BEYOND_HEAD:
      return StatusCode::kOutOfRange;
    case v1::ERROR_REASON_STALE_EPOCH:
    case v1::ERROR_REASON_WRITER_REPLACED:
    case v1::ERROR_REASON_SAVE_IN_PROGRESS:
    case v1::ERROR_REASON_FENCED:
    case v1::ERROR_REASON_TARGET_CONFLICT:
    case v1::ERROR_REASON_STALE_ENTITY:
      return StatusCode::kAborted;
    case v1::ERROR_REASON_SESSION_CLOSED:
    case v1::ERROR_REASON_SEQUENCE_GAP:
    case v1::ERROR_REASON_SEQUENCE_TOO_OLD:
    case v1::ERROR_REASON_ROLLBACK_BELOW_SAVED:
    case v1::ERROR_REASON_MARKER_LOST:
    case v1::ERROR_REASON_TARGET_DENIED:
    case v1::ERROR_REASON_TARGET_SCHEMA_CHANGED:
    case v1::ERROR_REASON_TARGET_REJECTED:
    case v1::ERROR_REASON_TARGET_HELD_BY_CLIENT:
    case v1::ERROR_REASON_TARGET_HELD_BY_SERVER:
    case v1::ERROR_REASON_SAVE_UNDECIDED:
    case v1::ERROR_REASON_CONSTRAINT_UNIQUE:
    case v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY:
    case v1::ERROR_REASON_CONSTRAINT_NOT_NULL:
    case v1::ERROR_REASON_CONSTRAINT_CHECK:
    case v1::ERROR_REASON_HANDLE_UNKNOWN:
    case v1::ERROR_REASON_ENTITY_EXISTS:
    case v1::ERROR_REASON_ENTITY_DELETED:
      return StatusCode::kFailedPrecondition;
    default:
      return StatusCode::kInternal;
  }
}

absl::string_view ReasonName(v1::ErrorReason reason) {
  return absl::StripPrefix(v1::ErrorReason_Name(v1::ErrorReason_IsValid(reason) ? reason : v1::ERROR_REASON_INTERNAL),
                           "ERROR_REASON_");
}

absl::Status MakeError(v1::ErrorReason reason, absl::string_view message, v1::ErrorDetail detail) {
  detail.set_reason(reason);
  return WithDetail(absl::Status(CodeOf(reason), message), detail);
}

absl::Status WithDetail(const absl::Status& status, const v1::ErrorDetail& detail) {
  absl::Status result = status;
  result.SetPayload(kPayloadUrl, absl::Cord(detail.SerializeAsString()));
  return result;
}

std::optional<v1::ErrorDetail> DetailOf(const absl::Status& status) {
  auto payload = status.GetPayload(kPayloadUrl);
  v1::ErrorDetail detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  if (status.ok()) return v1::ERROR_REASON_UNSPECIFIED;
  std::optional<v1::ErrorDetail> detail = DetailOf(status);
  return detail ? detail->reason() : v1::ERROR_REASON_INTERNAL;
}

absl::Status InternalError(absl::string_view message) { return MakeError(v1::ERROR_REASON_INTERNAL, message); }

}  // namespace uow
