#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/config.h"

namespace uow {

// Where uowd listens.
struct ListenAddress {
  std::string text;  // as configured, and as gRPC takes it
  std::string path;  // of a unix socket; empty for TCP
  std::string host;  // of TCP
  int port = 0;

  bool is_unix() const { return !path.empty(); }
};

// "unix:/path/to.sock", "host:port" or "[v6]:port". INVALID_REQUEST says what to write, also for a path that is too long for a
// socket.
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text);

// Whether only this machine can connect: localhost, 127.0.0.0/8 or ::1. Names other than localhost count as wider.
bool IsLoopback(const std::string& host);

// Refuses TCP beyond this machine without TLS and tokens, unless --insecure-listen allows it.
absl::Status CheckExposure(const ListenAddress& address, const Config& config);

// Removes the socket that a dead process left. INVALID_REQUEST where a live process listens on it, or where the path is something
// else.
absl::Status ClearStaleSocket(const std::string& path);

}  // namespace uow
