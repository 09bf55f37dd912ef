#include "tests/crash/commit_cutter.h"

#include "absl/strings/match.h"

namespace uow::crash {
namespace {

// Not the isolation level READ COMMITTED.
bool HasCommit(absl::string_view bytes) {
  constexpr absl::string_view kCommit = "COMMIT";
  for (size_t at = bytes.find(kCommit); at != absl::string_view::npos; at = bytes.find(kCommit, at + 1)) {
    if (!absl::StartsWith(bytes.substr(at + kCommit.size()), "TED")) return true;
  }
  return false;
}

}  // namespace

bool CommitCutter::Pass(bool from_client, absl::string_view bytes, Connection& connection) {
  if (from_client && left_ > 0 && HasCommit(bytes)) {
    --left_;
    connection.note = ++cuts_ % 2 == 1;
    return connection.note;
  }
  return from_client || !connection.note;
}

}  // namespace uow::crash
