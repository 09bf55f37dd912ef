#include "service/settings.h"

#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "journal/errors.h"

namespace uow {
namespace {

absl::Status Bad(absl::string_view message) { return MakeError(v1::ERROR_REASON_INVALID_REQUEST, message); }

absl::Status ParseSize(absl::string_view text, uint64_t& out) {
  uint64_t unit = 1;
  absl::string_view digits = text;
  if (absl::ConsumeSuffix(&digits, "KiB")) {
    unit = 1 << 10;
  } else if (absl::ConsumeSuffix(&digits, "MiB")) {
    unit = 1 << 20;
  } else if (absl::ConsumeSuffix(&digits, "GiB")) {
    unit = 1 << 30;
  }
  uint64_t number;
  if (!absl::SimpleAtoi(digits, &number) || number > std::numeric_limits<uint64_t>::max() / unit) {
    return Bad(absl::StrCat("\"", text, "\" is not a size: write a number of bytes, or one with KiB, MiB or GiB, such as 16MiB"));
  }
  out = number * unit;
  return absl::OkStatus();
}

absl::Status ParseTime(absl::string_view text, absl::Duration& out) {
  absl::string_view days = text;
  uint64_t number;
  if (absl::ConsumeSuffix(&days, "d") && absl::SimpleAtoi(days, &number) && number <= 36500) {
    out = absl::Hours(24 * number);
  } else if (!absl::ParseDuration(text, &out)) {
    return Bad(absl::StrCat("\"", text, "\" is not a time: write a number with ms, s, m, h or d, such as 30s"));
  }
  if (out <= absl::ZeroDuration() || out > absl::Hours(24 * 36500)) return Bad(absl::StrCat("\"", text, "\" must be above 0"));
  return absl::OkStatus();
}

Setting Text(std::string name, std::string placeholder, std::string help, std::string Config::*field) {
  return {std::move(name), Setting::Kind::kValue, std::move(placeholder), std::move(help),
          [field](const std::vector<std::string>& values, Config& config) {
            config.*field = values.back();
            return absl::OkStatus();
          }};
}

Setting Size(std::string name, std::string help, uint64_t Config::*field, uint64_t least) {
  return {std::move(name), Setting::Kind::kValue, "SIZE", std::move(help),
          [field, least](const std::vector<std::string>& values, Config& config) {
            UOW_RETURN_IF_ERROR(ParseSize(values.back(), config.*field));
            if (config.*field < least) return Bad(absl::StrCat("\"", values.back(), "\" is too small: at least ", least));
            return absl::OkStatus();
          }};
}

Setting Count(std::string name, std::string help, uint64_t Config::*field, uint64_t least, uint64_t most) {
  return {std::move(name), Setting::Kind::kValue, "N", std::move(help),
          [field, least, most](const std::vector<std::string>& values, Config& config) {
            if (!absl::SimpleAtoi(values.back(), &(config.*field)) || config.*field < least || config.*field > most) {
              return Bad(absl::StrCat("\"", values.back(), "\" is not a number from ", least, " to ", most));
            }
            return absl::OkStatus();
          }};
}

Setting Time(std::string name, std::string help, absl::Duration Config::*field) {
  return {std::move(name), Setting::Kind::kValue, "TIME", std::move(help),
          [field](const std::vector<std::string>& values, Config& config) { return ParseTime(values.back(), config.*field); }};
}

absl::Status AddTargets(const std::vector<std::string>& values, Config& config) {
  for (const std::string& value : values) {
    size_t equals = value.find('=');
    // The value isn't shown: it may be a DSN with a password.
    if (equals == std::string::npos || equals == 0 || equals + 1 == value.size()) {
      return Bad("a target is written NAME=DSN, such as main=sqlite:/var/lib/app.db or main=postgresql://user@host/db");
    }
    std::string name = value.substr(0, equals);
    if (!config.targets.emplace(name, value.substr(equals + 1)).second) {
      return Bad(absl::StrCat("two targets are named \"", name, "\""));
    }
  }
  return absl::OkStatus();
}

absl::Status SetSwitch(const std::vector<std::string>& values, bool& out) {
  if (absl::SimpleAtob(values.back(), &out)) return absl::OkStatus();
  return Bad(absl::StrCat("\"", values.back(), "\" is neither true nor false"));
}

}  // namespace

const std::vector<Setting>& AllSettings() {
  using Kind = Setting::Kind;
  static const auto& settings = *new std::vector<Setting>{
      Text("data-dir", "DIR", "Directory of the journal, on a local disk; created where it is missing. Required",
           &Config::data_dir),
      {"listen", Kind::kList, "ADDRESS", "unix:/path/to.sock or host:port; repeatable. Default unix:<data-dir>/uowd.sock",
       [](const std::vector<std::string>& values, Config& config) {
         config.listen = values;
         return absl::OkStatus();
       }},
      {"target", Kind::kList, "NAME=DSN", "A database to save into: sqlite:/path or postgresql://...; repeatable", AddTargets},
      {"insecure-listen", Kind::kSwitch, "", "Allow listening beyond this machine without TLS and tokens",
       [](const std::vector<std::string>& values, Config& config) { return SetSwitch(values, config.insecure_listen); }},
      Text("token-file", "FILE", "Bearer tokens, one a line; every call but health needs one of them", &Config::token_file),
      Text("tls-cert", "FILE", "Certificate chain in PEM for TCP listeners; with --tls-key", &Config::tls_cert),
      Text("tls-key", "FILE", "Private key in PEM for TCP listeners; with --tls-cert", &Config::tls_key),
      Size("max-message-bytes", "Largest message of a client (16MiB)", &Config::max_message_bytes, 1024),
      Size("max-value-bytes", "Largest value of one column (8MiB)", &Config::max_value_bytes, 1),
      Size("queue-bytes", "Commands that wait for the disk (64MiB)", &Config::queue_bytes, 1 << 20),
      Size("cache-bytes", "States of sessions in use that are kept in memory (64MiB)", &Config::cache_bytes, 0),
      Size("fold-ahead-bytes", "Memory for folding events before their save asks for it; 0 for none (64MiB)",
           &Config::fold_ahead_bytes, 0),
      Size("free-space-reserve", "Writes are refused while the disk has less free space (256MiB)", &Config::free_space_reserve, 0),
      Count("max-sessions", "Sessions in the journal, closed ones included until they are purged (1000000)", &Config::max_sessions,
            1, 1'000'000'000),
      Count("call-threads", "Threads for calls that wait for the disk (8)", &Config::call_threads, 1, 1024),
      Count("save-threads", "Threads for saves and other work in targets (8)", &Config::save_threads, 1, 1024),
      Time("idle-ttl", "Idle time after which a session expires, unless it says otherwise (24h)", &Config::idle_ttl),
      Time("max-idle-ttl", "The longest idle time that a session may ask for (30d)", &Config::max_idle_ttl),
      Time("history-retention", "How long closed sessions that keep their history stay readable (30d)", &Config::history_retention),
      Time("purge-interval", "How often expired and closed sessions are removed (1m)", &Config::purge_interval),
      Time("connect-timeout", "How long connecting to a target may take (10s)", &Config::connect_timeout),
      Time("statement-timeout", "How long one statement in a target may take (5m)", &Config::statement_timeout),
      Time("drain-timeout", "How long running saves may take after SIGTERM (10s)", &Config::drain_timeout),
      Time("exit-when-unused", "Exit when no process has held <data-dir>/users open for writing for so long (never)",
           &Config::exit_when_unused),
      Text("log-level", "LEVEL", "trace, debug, info, warn, error or off (info)", &Config::log_level),
  };
  return settings;
}

}  // namespace uow
