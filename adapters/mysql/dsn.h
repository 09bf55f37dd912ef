#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace uow::mysql {

// How the connection is protected.
enum class Tls {
  kOff,       // not at all
  kRequired,  // encrypted; whose server it is isn't checked
  kVerified,  // encrypted, and the server's certificate has to be valid and for its host
};

// Where a database is and who we are there.
struct Dsn {
  std::string host;
  uint16_t port = 3306;
  std::string socket;  // the path of a unix socket, in place of host and port
  std::string user;
  std::string password;
  std::string database;
  Tls tls = Tls::kOff;
  std::string ca;  // files in PEM form
  std::string cert;
  std::string key;
};

// Reads "mysql://user:password@host:port/database?option=value&…", or the same after "mariadb:". What isn't a letter or digit of a
// part is written as %xx. Options: socket (a path), ssl-mode (disabled, required, verify-identity), ssl-ca, ssl-cert, ssl-key
// (paths of PEM files). INVALID_REQUEST says what is wrong, and never shows a password.
absl::StatusOr<Dsn> ParseDsn(const std::string& target, const std::string& text);

}  // namespace uow::mysql
