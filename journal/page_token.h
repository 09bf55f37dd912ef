#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "journal/errors.h"

namespace uow {

// Page tokens are numbers with dashes between them: the place of the first record of the next page.
template <size_t N>
std::string MakePageToken(const std::array<uint64_t, N>& numbers) {
  return absl::StrJoin(numbers, "-");
}

// The empty token is the first page. INVALID_REQUEST for what isn't a token.
template <size_t N>
absl::StatusOr<std::array<uint64_t, N>> ParsePageToken(absl::string_view token) {
  std::array<uint64_t, N> numbers{};
  if (token.empty()) return numbers;
  std::vector<absl::string_view> parts = absl::StrSplit(token, '-');
  bool good = parts.size() == N;
  for (size_t i = 0; good && i < N; ++i) good = absl::SimpleAtoi(parts[i], &numbers[i]);
  if (!good) return MakeError(v1::ERROR_REASON_INVALID_REQUEST, "the page token isn't one that a page ended with");
  return numbers;
}

inline void SetTimestamp(int64_t time_us, google::protobuf::Timestamp& timestamp) {
  timestamp.set_seconds(time_us / 1000000);
  timestamp.set_nanos(static_cast<int32_t>(time_us % 1000000) * 1000);
}

}  // namespace uow
