#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/crash/commit_cutter.h"
#include "tests/crash/database.h"

namespace uow::crash {

// A database of a private server, which can die, behind a proxy that can lose COMMITs: uowd comes through the proxy, the test's own
// queries don't. Syncs as in production.
class ServerDatabase : public Database {
 public:
  // SIGKILL.
  virtual void Kill() = 0;
  // Starts the server again over the same data.
  virtual absl::Status Start() = 0;
  virtual CommitCutter& cutter() = 0;
};

absl::StatusOr<std::unique_ptr<ServerDatabase>> NewPostgresDatabase();
absl::StatusOr<std::unique_ptr<ServerDatabase>> NewMariadbDatabase();

}  // namespace uow::crash
