#include "clients/cpp/cutting_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace uow {
namespace {

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

}  // namespace

CuttingProxy::CuttingProxy(std::string path, std::string target)
    : path_(std::move(path)), target_(std::move(target)), listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address = AddressOf(path_);
  (void)bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  listen(listener_, 16);
  acceptor_ = std::thread([this] { Accept(); });
}

CuttingProxy::~CuttingProxy() {
  stopping_ = true;
  acceptor_.join();
  Cut();
  for (std::thread& thread : threads_) thread.join();
  close(listener_);
}

void CuttingProxy::Cut() {
  std::lock_guard lock(mutex_);
  for (int socket : open_) shutdown(socket, SHUT_RDWR);
}

void CuttingProxy::Accept() {
  while (!stopping_) {
    pollfd wait{listener_, POLLIN, 0};
    if (poll(&wait, 1, 20) <= 0) continue;
    int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = AddressOf(target_);
    if (connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      close(client);
      close(server);
      continue;
    }
    int number = ++connections_;
    std::lock_guard lock(mutex_);
    open_.insert({client, server});
    threads_.emplace_back([this, client, server, number] {
      std::thread answers([this, client, server, number] { Forward(server, client, number); });
      Forward(client, server, /*answers_of=*/0);
      answers.join();
      std::lock_guard lock(mutex_);
      open_.erase(client);
      open_.erase(server);
      close(client);
      close(server);
    });
  }
}

void CuttingProxy::Forward(int from, int to, int answers_of) {
  char buffer[16 << 10];
  ssize_t size;
  while ((size = read(from, buffer, sizeof(buffer))) > 0) {
    if (answers_of != 0 && answers_of <= swallow_) continue;
    for (ssize_t done = 0; done < size;) {
      ssize_t written = send(to, buffer + done, size - done, MSG_NOSIGNAL);
      if (written <= 0) break;
      done += written;
    }
  }
  shutdown(from, SHUT_RDWR);
  shutdown(to, SHUT_RDWR);
}

}  // namespace uow
