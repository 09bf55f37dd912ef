#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "uow/v1/errors.pb.h"

namespace uow {

// An error that a user can see: the status code that belongs to `reason` (errors.proto says which), a message that says what is
// wrong, where, and what to do, and the typed detail as a payload of the status. `detail.reason` is filled in.
absl::Status MakeError(v1::ErrorReason reason, absl::string_view message, v1::ErrorDetail detail = {});

// The status code of a reason. The one table of them.
absl::StatusCode CodeOf(v1::ErrorReason reason);

// A reason's name on the wire: "STALE_EPOCH".
absl::string_view ReasonName(v1::ErrorReason reason);

// The typed detail of an error made by MakeError, or of a status that has passed through the wire; otherwise none.
std::optional<v1::ErrorDetail> DetailOf(const absl::Status& status);

// The reason of a status: ERROR_REASON_UNSPECIFIED for OK, ERROR_REASON_INTERNAL for an error that has none.
v1::ErrorReason ReasonOf(const absl::Status& status);

// The same error with its detail replaced; for callers that know more about where it happened.
absl::Status WithDetail(const absl::Status& status, const v1::ErrorDetail& detail);

// A fault of ours: INTERNAL.
absl::Status InternalError(absl::string_view message);

}  // namespace uow

// Returns early with the error of an absl::Status expression.
#define UOW_RETURN_IF_ERROR(expr)                                                 \
  do {                                                                            \
    if (absl::Status uow_status_ = (expr); !uow_status_.ok()) return uow_status_; \
  } while (false)

#define UOW_CONCAT_INNER_(a, b) a##b
#define UOW_CONCAT_(a, b) UOW_CONCAT_INNER_(a, b)

// Declares or assigns `lhs` from an absl::StatusOr expression, or returns early with its error.
#define UOW_ASSIGN_OR_RETURN(lhs, expr) UOW_ASSIGN_OR_RETURN_IMPL_(UOW_CONCAT_(uow_status_or_, __LINE__), lhs, expr)
#define UOW_ASSIGN_OR_RETURN_IMPL_(var, lhs, expr) \
  auto var = (expr);                               \
  if (!var.ok()) return std::move(var).status();   \
  lhs = std::move(var).value()
