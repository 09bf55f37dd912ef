#pragma once

#include <atomic>

#include "journal/journal.h"
#include "service/auth.h"
#include "service/blocking_pool.h"
#include "service/config.h"
#include "service/session_limit.h"
#include "service/stream_registry.h"
#include "service/targets.h"

namespace uow {

class ClientSaves;
class FoldAhead;
class SaveCoordinator;

// What the handlers share. Everything in it outlives them and is thread-safe.
struct Runtime {
  const Config& config;
  const Authenticator& authenticator;
  const Targets& targets;
  Journal& journal;
  // For calls that wait for the journal's disk.
  BlockingPool& calls;
  // For calls that wait for a target.
  BlockingPool& saves;
  SaveCoordinator& coordinator;
  ClientSaves& client_saves;
  FoldAhead& fold_ahead;
  StreamRegistry& streams;
  SessionLimit& sessions;
  // Set once the server is shutting down: nothing new begins.
  std::atomic<bool>& draining;
};

absl::Status Overloaded(absl::string_view what);
absl::Status ShuttingDown();

}  // namespace uow
