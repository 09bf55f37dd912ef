#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace uow {

// Starts the log: one line of JSON per entry, to stderr. `level` is trace, debug, info, warn, error or off; false for another.
bool InitLog(const std::string& level);

using LogField = std::pair<absl::string_view, std::string>;

// A message that never varies, and fields that do. Never give a DSN or a token.
void LogDebug(absl::string_view message, std::initializer_list<LogField> fields = {});
void LogInfo(absl::string_view message, std::initializer_list<LogField> fields = {});
void LogWarning(absl::string_view message, std::initializer_list<LogField> fields = {});
void LogError(absl::string_view message, std::initializer_list<LogField> fields = {});

// How a call ended, at the level that it deserves: faults of the server as errors, the rest for debugging.
void LogCallEnd(absl::string_view call, const absl::Status& status);

}  // namespace uow
