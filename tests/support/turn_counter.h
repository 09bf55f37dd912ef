#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "absl/status/status.h"

namespace uow {

// Stands between clients and a server on a port of 127.0.0.1 and counts round trips on the wire: how often a client speaks after
// the server did. Where a client sends several messages at once, that is one. Thread-safe after Start.
class TurnCounter {
 public:
  explicit TurnCounter(int server_port) : server_port_(server_port) {}
  ~TurnCounter();
  TurnCounter(const TurnCounter&) = delete;
  TurnCounter& operator=(const TurnCounter&) = delete;

  absl::Status Start();
  // Of 127.0.0.1.
  int port() const { return port_; }
  // Of all connections, ever; a connection's first message is one.
  int turns() const { return turns_; }

 private:
  void Accept();
  void Forward(int client);

  const int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<int> turns_{0};
  std::thread acceptor_;
  std::vector<std::thread> forwarders_;  // the acceptor's
};

}  // namespace uow
