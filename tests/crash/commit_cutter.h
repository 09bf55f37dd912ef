#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"

namespace uow::crash {

// Stands between uowd and a server and, when asked, cuts the connection at a COMMIT: before it reaches the server, or after the
// server has answered, whose answer then is lost. Either way uowd sees the same thing.
class CommitCutter {
 public:
  // Forwards to a port of 127.0.0.1.
  explicit CommitCutter(int server_port);
  ~CommitCutter();
  CommitCutter(const CommitCutter&) = delete;
  CommitCutter& operator=(const CommitCutter&) = delete;

  absl::Status Start();
  int port() const { return port_; }

  // Cuts at the next `count` COMMITs, in turns after and before they reach the server.
  void Cut(int count) { left_ = count; }
  // How many were cut, ever.
  int cuts() const { return cuts_; }

 private:
  void Accept();
  void Forward(int client);

  const int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<int> left_{0};
  std::atomic<int> cuts_{0};
  std::thread acceptor_;
  std::vector<std::thread> forwarders_;  // the acceptor's
};

}  // namespace uow::crash
