#include "adapters/mysql/dsn.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

absl::Status Invalid(const std::string& target, absl::string_view what) {
  return MakeError(v1::ERROR_REASON_INVALID_REQUEST,
                   absl::StrCat("target ", target, ": ", what,
                                "; write mysql://user:password@host:port/database with special characters as %xx"));
}

bool Unescape(absl::string_view text, std::string& out) {
  out.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int byte = 0;
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(text[i + 1]) || !absl::ascii_isxdigit(text[i + 2])) return false;
    if (!absl::SimpleHexAtoi(text.substr(i + 1, 2), &byte) || byte == 0) return false;
    out += static_cast<char>(byte);
    i += 2;
  }
  return true;
}

// "host", "host:port" or "[::1]:port".
bool ParseHost(absl::string_view text, Dsn& dsn) {
  absl::string_view host = text, port;
  if (!text.empty() && text[0] == '[') {
    const size_t end = text.find(']');
    if (end == absl::string_view::npos) return false;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && port[0] != ':') return false;
    port = port.substr(port.empty() ? 0 : 1);
  } else if (const size_t colon = text.find(':'); colon != absl::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  uint32_t number = dsn.port;
  if (!port.empty() && (!absl::SimpleAtoi(port, &number) || number == 0 || number > 65535)) return false;
  dsn.port = static_cast<uint16_t>(number);
  return Unescape(host, dsn.host);
}

// False for an option that isn't known, or a value that isn't.
bool SetOption(const std::string& name, std::string value, Dsn& dsn) {
  if (name == "ssl-mode") {
    const std::string mode = absl::AsciiStrToLower(value);
    if (mode == "disabled") {
      dsn.tls = Tls::kOff;
    } else if (mode == "required") {
      dsn.tls = Tls::kRequired;
    } else if (mode == "verify-identity" || mode == "verify_identity") {
      dsn.tls = Tls::kVerified;
    } else {
      return false;
    }
    return true;
  }
  std::string* place = name == "socket"     ? &dsn.socket
                       : name == "ssl-ca"   ? &dsn.ca
                       : name == "ssl-cert" ? &dsn.cert
                       : name == "ssl-key"  ? &dsn.key
                                            : nullptr;
  if (place == nullptr || value.empty()) return false;
  *place = std::move(value);
  return true;
}

}  // namespace

absl::StatusOr<Dsn> ParseDsn(const std::string& target, const std::string& text) {
  absl::string_view rest = text;
  const size_t scheme = rest.find("://");
  if (scheme == absl::string_view::npos) return Invalid(target, "its DSN can't be read");
  rest.remove_prefix(scheme + 3);
  absl::string_view options;
  if (const size_t mark = rest.find('?'); mark != absl::string_view::npos) {
    options = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  const size_t slash = rest.find('/');
  if (slash == absl::string_view::npos || slash + 1 == rest.size()) return Invalid(target, "its DSN names no database");
  Dsn dsn;
  absl::string_view place = rest.substr(0, slash);
  if (!Unescape(rest.substr(slash + 1), dsn.database)) return Invalid(target, "the database's name in its DSN can't be read");
  if (const size_t at = place.rfind('@'); at != absl::string_view::npos) {
    const std::pair<absl::string_view, absl::string_view> user = absl::StrSplit(place.substr(0, at), absl::MaxSplits(':', 1));
    if (!Unescape(user.first, dsn.user) || !Unescape(user.second, dsn.password)) {
      return Invalid(target, "the user or password in its DSN can't be read");
    }
    place.remove_prefix(at + 1);
  }
  if (!ParseHost(place, dsn)) return Invalid(target, "the host or port in its DSN can't be read");
  for (absl::string_view option : absl::StrSplit(options, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> pair = absl::StrSplit(option, absl::MaxSplits('=', 1));
    std::string value;
    const std::string name(pair.first);
    if (!Unescape(pair.second, value) || !SetOption(name, std::move(value), dsn)) {
      return Invalid(target, absl::StrCat("its DSN has an option or value that isn't known: ", name));
    }
  }
  if (dsn.host.empty() && dsn.socket.empty()) return Invalid(target, "its DSN names no host");
  return dsn;
}

}  // namespace uow::mysql
