#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "adapters/mysql/client_render.h"

namespace uow::mysql {
namespace {

// "10.11.14-MariaDB-0+deb12u2": INSERT … RETURNING is there from 10.5 on.
bool ReturnsKeys(absl::string_view version) {
  if (!absl::StrContains(version, "MariaDB")) return false;
  int numbers[2] = {0, 0};
  size_t at = 0;
  for (int& number : numbers) {
    const size_t begin = at;
    while (at < version.size() && absl::ascii_isdigit(static_cast<unsigned char>(version[at]))) ++at;
    if (!absl::SimpleAtoi(version.substr(begin, at - begin), &number)) return false;
    ++at;
  }
  return numbers[0] > 10 || (numbers[0] == 10 && numbers[1] >= 5);
}

// Servers that share the protocol, but whose tables may be spread over several engines with counters of their own.
bool MayDistributeKeys(absl::string_view version) {
  const std::string lower = absl::AsciiStrToLower(version);
  for (absl::string_view name : {"singlestore", "memsql", "vitess", "planetscale"}) {
    if (absl::StrContains(lower, name)) return true;
  }
  return version.empty();
}

}  // namespace

ClientServer ClientServerOf(const v1::MysqlServer& server) {
  ClientServer out;
  out.product = ReturnsKeys(server.version()) ? Product::kMariaDb : Product::kMySql;
  out.keys_count_up = !MayDistributeKeys(server.version());
  out.key_distance = server.auto_increment_increment() == 0 ? 1 : server.auto_increment_increment();
  out.counts_found_rows = server.counts_found_rows();
  return out;
}

}  // namespace uow::mysql
