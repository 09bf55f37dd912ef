#pragma once

#include <atomic>

#include "tests/support/loopback_proxy.h"

namespace uow::crash {

// Stands between uowd and a server and, when asked, cuts the connection at a COMMIT: before it reaches the server, or after the
// server has answered, whose answer then is lost. Either way uowd sees the same thing.
class CommitCutter final : public LoopbackProxy {
 public:
  using LoopbackProxy::LoopbackProxy;
  ~CommitCutter() override { Stop(); }

  // Cuts at the next `count` COMMITs, in turns after and before they reach the server.
  void Cut(int count) { left_ = count; }
  // How many were cut, ever.
  int cuts() const { return cuts_; }

 private:
  // Noted: whether the server's next answer is to be lost.
  bool Pass(bool from_client, absl::string_view bytes, Connection& connection) override;

  std::atomic<int> left_{0};
  std::atomic<int> cuts_{0};
};

}  // namespace uow::crash
