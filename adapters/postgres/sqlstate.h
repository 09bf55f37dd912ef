#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "uow/v1/errors.pb.h"

namespace uow::postgres {

// What the server says about a statement that failed. Empty: unknown.
struct ServerError {
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string constraint;
  std::string column;
};

// The reason that belongs to a SQLSTATE. An unknown database (3D000) counts as TARGET_DENIED, for it is the configuration that has
// to be corrected; a server that is out of connections or disk, or read-only after a failover, as TARGET_UNAVAILABLE.
v1::ErrorReason ReasonOfSqlState(absl::string_view sqlstate);

// The error for users: the server's message and detail, after `where`.
absl::Status ToStatus(const ServerError& error, absl::string_view where);

// Whether another row of the same statement might have succeeded: the statement is worth being narrowed to its row.
bool IsAboutOneRow(const absl::Status& status);

}  // namespace uow::postgres
