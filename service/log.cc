#include "service/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "absl/strings/str_format.h"
#include "journal/errors.h"

namespace uow {
namespace {

void AppendJson(absl::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          absl::StrAppendFormat(&out, "\\u%04x", c);
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void Write(spdlog::level::level_enum level, absl::string_view message, std::initializer_list<LogField> fields) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (logger == nullptr || !logger->should_log(level)) return;
  std::string line = "\"message\":";
  AppendJson(message, line);
  for (const auto& [key, value] : fields) {
    line += ',';
    AppendJson(key, line);
    line += ':';
    AppendJson(value, line);
  }
  logger->log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

bool InitLog(const std::string& level) {
  spdlog::level::level_enum parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off") return false;
  auto logger = std::make_shared<spdlog::logger>("uowd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("{\"time\":\"%Y-%m-%dT%H:%M:%S.%fZ\",\"level\":\"%l\",%v}", spdlog::pattern_time_type::utc);
  logger->set_level(parsed);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  return true;
}

void LogDebug(absl::string_view message, std::initializer_list<LogField> fields) { Write(spdlog::level::debug, message, fields); }
void LogInfo(absl::string_view message, std::initializer_list<LogField> fields) { Write(spdlog::level::info, message, fields); }
void LogWarning(absl::string_view message, std::initializer_list<LogField> fields) { Write(spdlog::level::warn, message, fields); }
void LogError(absl::string_view message, std::initializer_list<LogField> fields) { Write(spdlog::level::err, message, fields); }

void LogCallEnd(absl::string_view call, const absl::Status& status) {
  if (status.ok()) {
    LogDebug("call ended", {{"call", std::string(call)}});
    return;
  }
  v1::ErrorReason reason = ReasonOf(status);
  bool fault = (reason == v1::ERROR_REASON_INTERNAL && status.code() == absl::StatusCode::kInternal) ||
               reason == v1::ERROR_REASON_JOURNAL_CORRUPT;
  std::initializer_list<LogField> fields = {
      {"call", std::string(call)}, {"reason", std::string(ReasonName(reason))}, {"error", std::string(status.message())}};
  if (fault) {
    LogError("call failed", fields);
  } else {
    LogDebug("call refused", fields);
  }
}

}  // namespace uow
