#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

struct pg_conn;

namespace uow::postgres {

struct FinishConnection {
  void operator()(pg_conn* connection) const;
};
using RawConnection = std::unique_ptr<pg_conn, FinishConnection>;

// Connects and authenticates before `timeout` is over. TARGET_UNAVAILABLE, TARGET_DENIED, TARGET_REJECTED; the message begins with
// `where` and never holds a password.
absl::StatusOr<RawConnection> ConnectWithin(const std::string& conninfo, absl::Duration timeout, const std::string& where);

}  // namespace uow::postgres
