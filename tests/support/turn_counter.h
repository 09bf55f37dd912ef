#pragma once

#include <atomic>

#include "tests/support/loopback_proxy.h"

namespace uow {

// Counts round trips on the wire: how often a client speaks after the server did. Where a client sends several messages at once,
// that is one. Thread-safe after Start.
class TurnCounter final : public LoopbackProxy {
 public:
  using LoopbackProxy::LoopbackProxy;
  ~TurnCounter() override { Stop(); }

  // Of all connections, ever; a connection's first message is one.
  int turns() const { return turns_; }

 private:
  // Noted: whether the client spoke last.
  bool Pass(bool from_client, absl::string_view, Connection& connection) override {
    if (from_client && !connection.note) ++turns_;
    connection.note = from_client;
    return true;
  }

  std::atomic<int> turns_{0};
};

}  // namespace uow
