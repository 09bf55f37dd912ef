#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace uow {

// A session's id: 16 random bytes. Users see 32 lower-case hexadecimal digits.
struct SessionId {
  std::array<uint8_t, 16> bytes{};

  // From the operating system's random source.
  static SessionId Random();
  // SESSION_NOT_FOUND unless `text` has 32 hexadecimal digits: such a session can't exist.
  static absl::StatusOr<SessionId> Parse(absl::string_view text);

  std::string ToString() const;
  // The 16 bytes as they stand in the journal's keys.
  absl::string_view AsBytes() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

  auto operator<=>(const SessionId&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const SessionId& id) {
    return H::combine(std::move(h), id.bytes);
  }
};

}  // namespace uow
