#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "uow/v1/errors.pb.h"

namespace uow::mysql {

// What the server, or the client library, says about a statement that failed.
struct ServerError {
  unsigned number = 0;
  std::string sqlstate;
  std::string message;
};

// Whether the error means that the connection is gone, and with it the answer.
bool IsLost(unsigned number);

// The reason that belongs to an error number. An unknown database counts as TARGET_DENIED, for it is the configuration that has to
// be corrected; a server that is out of connections or disk, or read-only after a failover, as TARGET_UNAVAILABLE.
v1::ErrorReason ReasonOfError(const ServerError& error);

// The error for users: the server's message after `where`, with the constraint and columns that the message names.
absl::Status ToStatus(const ServerError& error, absl::string_view where);

// Whether another row of the same statement might have succeeded: the statement is worth being narrowed to its row.
bool IsAboutOneRow(const absl::Status& status);

}  // namespace uow::mysql
