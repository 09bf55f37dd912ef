#include "journal/session_id.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow {

SessionId SessionId::Random() {
  SessionId id;
  // Not std::random_device: the processor's own instruction takes many times as long on virtual machines. Fails only for sizes
  // above 256 bytes.
  if (getentropy(id.bytes.data(), id.bytes.size()) != 0) std::abort();
  return id;
}

absl::StatusOr<SessionId> SessionId::Parse(absl::string_view text) {
  SessionId id;
  if (text.size() != 2 * id.bytes.size() || !std::all_of(text.begin(), text.end(), absl::ascii_isxdigit)) {
    return MakeError(v1::ERROR_REASON_SESSION_NOT_FOUND,
                     absl::StrCat("no session \"", absl::CHexEscape(text.substr(0, 64)), "\": an id has 32 hexadecimal digits"));
  }
  std::string bytes = absl::HexStringToBytes(std::string(text));
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

std::string SessionId::ToString() const { return absl::BytesToHexString(AsBytes()); }

}  // namespace uow
