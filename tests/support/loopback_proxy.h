#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace uow {

// Stands between clients and a server on a port of 127.0.0.1, and lets what derives from it see and cut each connection.
class LoopbackProxy {
 public:
  explicit LoopbackProxy(int server_port) : server_port_(server_port) {}
  virtual ~LoopbackProxy();
  LoopbackProxy(const LoopbackProxy&) = delete;
  LoopbackProxy& operator=(const LoopbackProxy&) = delete;

  absl::Status Start();
  // Of 127.0.0.1.
  int port() const { return port_; }

 protected:
  // What is to be remembered of one connection; `note` is the derived class's own.
  struct Connection {
    bool note = false;
  };

  // Bytes of a connection on their way; called by the connection's own thread. False cuts the connection instead.
  virtual bool Pass(bool from_client, absl::string_view bytes, Connection& connection) = 0;
  // Ends all threads. The destructor of a derived class has to, before what Pass uses goes away.
  void Stop();

 private:
  void Accept();
  void Forward(int client);

  const int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread acceptor_;
  std::vector<std::thread> forwarders_;  // the acceptor's
};

}  // namespace uow
