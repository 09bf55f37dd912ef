#include "tests/support/loopback_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/strings/string_view.h"

namespace uow {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

bool SendAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

LoopbackProxy::~LoopbackProxy() {
  Stop();
  if (listener_ >= 0) ::close(listener_);
}

void LoopbackProxy::Stop() {
  stop_ = true;
  if (acceptor_.joinable()) acceptor_.join();
  for (std::thread& forwarder : forwarders_) {
    if (forwarder.joinable()) forwarder.join();
  }
}

absl::Status LoopbackProxy::Start() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return absl::ErrnoToStatus(errno, "the proxy's socket");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
  return absl::OkStatus();
}

void LoopbackProxy::Accept() {
  while (!stop_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 50) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) forwarders_.emplace_back([this, client] { Forward(client); });
  }
}

void LoopbackProxy::Forward(int client) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(server_port_);
  bool open = server >= 0 && ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  std::string buffer(64 << 10, '\0');
  Connection connection;
  while (open && !stop_) {
    pollfd waiting[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(waiting, 2, 50) <= 0) continue;
    for (int side = 0; side < 2 && open; ++side) {
      if (waiting[side].revents == 0) continue;
      const ssize_t size = ::recv(waiting[side].fd, buffer.data(), buffer.size(), 0);
      const absl::string_view bytes(buffer.data(), size > 0 ? static_cast<size_t>(size) : 0);
      open = size > 0 && Pass(side == 0, bytes, connection) && SendAll(waiting[1 - side].fd, bytes);
    }
  }
  ::close(client);
  if (server >= 0) ::close(server);
}

}  // namespace uow
