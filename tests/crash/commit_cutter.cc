#include "tests/crash/commit_cutter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace uow::crash {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool SendAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(sent);
  }
  return true;
}

// Not the isolation level READ COMMITTED.
bool HasCommit(absl::string_view bytes) {
  constexpr absl::string_view kCommit = "COMMIT";
  for (size_t at = bytes.find(kCommit); at != absl::string_view::npos; at = bytes.find(kCommit, at + 1)) {
    if (!absl::StartsWith(bytes.substr(at + kCommit.size()), "TED")) return true;
  }
  return false;
}

}  // namespace

CommitCutter::CommitCutter(int server_port) : server_port_(server_port) {}

CommitCutter::~CommitCutter() {
  stop_ = true;
  if (acceptor_.joinable()) acceptor_.join();
  for (std::thread& forwarder : forwarders_) forwarder.join();
  if (listener_ >= 0) ::close(listener_);
}

absl::Status CommitCutter::Start() {
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

void CommitCutter::Accept() {
  while (!stop_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 50) <= 0) continue;
    int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) forwarders_.emplace_back([this, client] { Forward(client); });
  }
}

void CommitCutter::Forward(int client) {
  int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(server_port_);
  bool open = server >= 0 && ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  std::string buffer(64 << 10, '\0');
  bool lose_answer = false;
  while (open && !stop_) {
    pollfd waiting[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(waiting, 2, 50) <= 0) continue;
    for (int side = 0; side < 2 && open; ++side) {
      if (waiting[side].revents == 0) continue;
      ssize_t size = ::recv(waiting[side].fd, buffer.data(), buffer.size(), 0);
      absl::string_view bytes(buffer.data(), size > 0 ? size : 0);
      open = size > 0;
      if (side == 0 && HasCommit(bytes) && left_ > 0) {
        --left_;
        lose_answer = ++cuts_ % 2 == 1;
        open = lose_answer;
      } else if (side == 1 && lose_answer) {
        open = false;
      }
      if (open) open = SendAll(waiting[1 - side].fd, bytes);
    }
  }
  ::close(client);
  if (server >= 0) ::close(server);
}

}  // namespace uow::crash
