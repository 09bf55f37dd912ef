#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "uow/errors.h"
#include "uow/session.h"

namespace uow::inline client {

namespace internal {
struct Service;
}

struct ConnectOptions {
  // Sent as `authorization: Bearer <token>`, if not empty.
  std::string token = {};
  // Whether to use TLS, and the PEM root certificates to trust; empty: the system's. Never used for unix sockets.
  bool tls = false;
  std::string tls_roots = {};
  // How long a call and the background stream go on trying while the service can't be reached.
  absl::Duration retry_for = absl::Seconds(30);
  // The longest that a single call may take, saves excepted.
  absl::Duration call_timeout = absl::Seconds(60);
  // Bytes of changes that may be on their way to the journal.
  size_t max_unacknowledged_bytes = 8 << 20;
  // Whether a change waits where that limit is reached. Otherwise it returns RESOURCE_EXHAUSTED.
  bool block_when_full = false;
  // How long a session's destructor goes on sending what isn't acknowledged.
  absl::Duration linger = absl::Seconds(2);
};

// Where a session's schema comes from.
enum class SchemaSource {
  kTarget,    // the target's own catalog
  kDeclared,  // the tables as declared in C++, registered with the service
};

struct OpenOptions {
  // Name of a target that the service has. Required.
  std::string target;
  // The tables that the session may change. They must agree with the schema: open compares names, keys and types.
  TableSet tables = {};
  SchemaSource schema = SchemaSource::kTarget;
  // For finding the session again.
  std::map<std::string, std::string> labels = {};
  // The session expires when it was idle for this long; zero: the service's default.
  absl::Duration idle_ttl = absl::ZeroDuration();
};

// A connection to the service. Thread-safe; sessions keep what they need of it.
class Client {
 public:
  // "unix:/path" or "host:port". Connects in the background: an unreachable service shows at the first call. INVALID_ARGUMENT for
  // an empty address.
  static absl::StatusOr<Client> connect(absl::string_view address, const ConnectOptions& options = {});

  // Opens a session. NOT_FOUND for an unknown target; UNAVAILABLE where the service or the target can't be reached;
  // INVALID_ARGUMENT where the declared tables don't agree with the target's, with every difference in the message.
  absl::StatusOr<std::unique_ptr<Session>> open(const OpenOptions& options);

  // Takes up a session that this or another process opened: its entities, values and checkpoints are rebuilt from the journal,
  // whose whole history is read. NOT_FOUND for a session that doesn't exist any more, FAILED_PRECONDITION for a closed one, and as
  // for open. The former writer may go on: each writes under an id of its own.
  absl::StatusOr<std::unique_ptr<Session>> resume(absl::string_view session_id, const TableSet& tables);

 private:
  explicit Client(std::shared_ptr<internal::Service> service) : service_(std::move(service)) {}
  std::shared_ptr<internal::Service> service_;
};

}  // namespace uow::inline client
