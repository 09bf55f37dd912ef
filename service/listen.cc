#include "service/listen.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "journal/errors.h"

namespace uow {
namespace {

constexpr size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

absl::Status Bad(absl::string_view message) {
  return MakeError(v1::ERROR_REASON_INVALID_REQUEST, absl::StrCat("--listen: ", message));
}

}  // namespace

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text) {
  ListenAddress address;
  address.text = text;
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    if (rest.empty()) return Bad("\"unix:\" names no path: write unix:/path/to.sock");
    if (rest.size() > kMaxSocketPath) {
      return Bad(absl::StrCat("the socket's path ", rest, " has ", rest.size(), " bytes, and the system allows ", kMaxSocketPath,
                              ": choose a shorter one with --listen unix:/path/to.sock"));
    }
    address.path = std::string(rest);
    return address;
  }
  size_t colon = text.rfind(':');
  int port;
  if (colon == std::string::npos || colon == 0 || !absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return Bad(absl::StrCat("\"", text, "\" is not an address: write unix:/path/to.sock, host:port or [address]:port"));
  }
  absl::string_view host = absl::string_view(text).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[") && !absl::ConsumeSuffix(&host, "]")) {
    return Bad(absl::StrCat("\"", text, "\" lacks a ]: write [address]:port"));
  }
  address.host = std::string(host);
  address.port = port;
  return address;
}

bool IsLoopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

absl::Status CheckExposure(const ListenAddress& address, const Config& config) {
  bool secured = !config.tls_cert.empty() && !config.token_file.empty();
  if (address.is_unix() || IsLoopback(address.host) || secured || config.insecure_listen) return absl::OkStatus();
  return Bad(absl::StrCat(address.text,
                          " can be reached from other machines: give --tls-cert, --tls-key and --token-file, or listen on ",
                          "127.0.0.1, or allow it as it is with --insecure-listen"));
}

absl::Status ClearStaleSocket(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return Bad(absl::StrCat("can't look at ", path, ": ", std::strerror(errno)));
  }
  if (!S_ISSOCK(info.st_mode)) return Bad(absl::StrCat(path, " exists and is not a socket: choose another path"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, kMaxSocketPath);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Bad(absl::StrCat("can't make a socket: ", std::strerror(errno)));
  int result = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  int error = errno;
  close(fd);
  if (result == 0 || error != ECONNREFUSED) {
    return Bad(absl::StrCat(path, " is in use by another process: stop it, or choose another path"));
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Bad(absl::StrCat("can't remove the stale socket ", path, ": ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace uow
