#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace uow {

// The settings of uowd. README.md explains each.
struct Config {
  std::string data_dir;
  std::vector<std::string> listen;  // empty: unix:<data_dir>/uowd.sock
  bool insecure_listen = false;
  std::string token_file;
  std::string tls_cert;
  std::string tls_key;

  std::map<std::string, std::string> targets;  // name → DSN
  absl::Duration connect_timeout = absl::Seconds(10);
  absl::Duration statement_timeout = absl::Minutes(5);

  uint64_t max_message_bytes = 16 << 20;
  uint64_t max_value_bytes = 8 << 20;
  uint64_t queue_bytes = 64 << 20;
  uint64_t cache_bytes = 64 << 20;
  uint64_t fold_ahead_bytes = 64 << 20;
  uint64_t free_space_reserve = 256 << 20;
  uint64_t max_sessions = 1'000'000;
  uint64_t call_threads = 8;
  uint64_t save_threads = 8;

  absl::Duration idle_ttl = absl::Hours(24);
  absl::Duration max_idle_ttl = absl::Hours(24 * 30);
  absl::Duration history_retention = absl::Hours(24 * 30);
  absl::Duration purge_interval = absl::Minutes(1);
  absl::Duration drain_timeout = absl::Seconds(10);
  absl::Duration exit_when_unused = absl::InfiniteDuration();

  std::string log_level = "info";
};

// What the command line asked for.
struct CommandLine {
  Config config;
  // Set where nothing is to be served: the help or the version, to be printed.
  std::string print;
};

// The value of an environment variable, or null.
using Environment = std::function<const char*(const char* name)>;

// Reads the settings: flags before environment variables before the file of --config. INVALID_REQUEST names the flag, says where
// the value came from, and what to write instead.
absl::StatusOr<CommandLine> ParseCommandLine(int argc, const char* const* argv, const Environment& environment);

}  // namespace uow
