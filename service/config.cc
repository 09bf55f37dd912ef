#include "service/config.h"

#include <yaml-cpp/yaml.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "journal/errors.h"
#include "service/settings.h"

#ifndef UOW_VERSION
#define UOW_VERSION "unknown"
#endif

namespace uow {
namespace {

using Values = std::map<std::string, std::vector<std::string>>;

absl::Status Bad(absl::string_view message) { return MakeError(v1::ERROR_REASON_INVALID_REQUEST, message); }

std::string EnvironmentName(absl::string_view setting) {
  return absl::StrCat("UOWD_", absl::AsciiStrToUpper(absl::StrReplaceAll(setting, {{"-", "_"}})));
}

absl::Status ParseFlags(int argc, const char* const* argv, Values& flags, std::string& file, CommandLine& line) {
  CLI::App app("uowd: a durable unit of work as a service", "uowd");
  app.set_version_flag("--version", std::string("uowd ") + UOW_VERSION);
  app.add_option("--config", file, "YAML file with any of these settings")->type_name("FILE");
  std::map<std::string, bool> switches;
  for (const Setting& setting : AllSettings()) {
    std::string flag = "--" + setting.name;
    if (setting.kind == Setting::Kind::kSwitch) {
      app.add_flag(flag, switches[setting.name], setting.help);
      continue;
    }
    CLI::Option* option = app.add_option(flag, flags[setting.name], setting.help)->type_name(setting.placeholder);
    option->expected(1)->multi_option_policy(setting.kind == Setting::Kind::kList ? CLI::MultiOptionPolicy::TakeAll
                                                                                  : CLI::MultiOptionPolicy::TakeLast);
  }
  try {
    app.parse(argc, const_cast<char**>(argv));
  } catch (const CLI::CallForHelp&) {
    line.print = app.help();
  } catch (const CLI::CallForVersion&) {
    line.print = absl::StrCat("uowd ", UOW_VERSION, "\n");
  } catch (const CLI::ParseError& error) {
    return Bad(absl::StrCat(error.what(), "; uowd --help lists the flags"));
  }
  for (const auto& [name, set] : switches) {
    if (set) flags[name] = {"true"};
  }
  return absl::OkStatus();
}

// A list stands one entry a line.
void ReadEnvironment(const Environment& environment, Values& values) {
  for (const Setting& setting : AllSettings()) {
    const char* value = environment(EnvironmentName(setting.name).c_str());
    if (value == nullptr || *value == '\0') continue;
    if (setting.kind == Setting::Kind::kList) {
      for (absl::string_view entry : absl::StrSplit(value, '\n', absl::SkipWhitespace())) {
        values[setting.name].emplace_back(absl::StripAsciiWhitespace(entry));
      }
    } else {
      values[setting.name] = {value};
    }
  }
}

absl::Status ReadNode(const std::string& file, const std::string& name, Setting::Kind kind, const YAML::Node& node,
                      Values& values) {
  std::vector<std::string>& out = values[name];
  if (node.IsScalar()) {
    out.push_back(node.Scalar());
  } else if (kind == Setting::Kind::kList && node.IsSequence()) {
    for (const YAML::Node& entry : node) {
      if (!entry.IsScalar()) return Bad(absl::StrCat(file, ": ", name, ": every entry of the list must be a text"));
      out.push_back(entry.Scalar());
    }
  } else if (name == "target" && node.IsMap()) {
    for (const auto& entry : node) {
      if (!entry.second.IsScalar()) return Bad(absl::StrCat(file, ": target: every target is written \"name: dsn\""));
      out.push_back(absl::StrCat(entry.first.Scalar(), "=", entry.second.Scalar()));
    }
  } else {
    return Bad(absl::StrCat(file, ": ", name, ": a text is expected", kind == Setting::Kind::kList ? ", or a list of texts" : ""));
  }
  return absl::OkStatus();
}

absl::Status ReadFile(const std::string& file, Values& values) {
  try {
    YAML::Node root = YAML::LoadFile(file);
    if (root.IsNull()) return absl::OkStatus();
    if (!root.IsMap()) return Bad(absl::StrCat(file, ": \"name: value\" lines are expected"));
    for (const auto& entry : root) {
      std::string name = entry.first.Scalar();
      const auto& all = AllSettings();
      auto setting = std::find_if(all.begin(), all.end(), [&](const Setting& s) { return s.name == name; });
      if (setting == all.end()) return Bad(absl::StrCat(file, ": there is no setting \"", name, "\"; uowd --help lists them"));
      UOW_RETURN_IF_ERROR(ReadNode(file, name, setting->kind, entry.second, values));
    }
  } catch (const YAML::BadFile&) {
    return Bad(absl::StrCat("--config: can't read ", file));
  } catch (const YAML::Exception& error) {
    return Bad(absl::StrCat("--config: ", file, ": ", error.what()));
  }
  return absl::OkStatus();
}

// Errors that only several settings together make.
absl::Status CheckTogether(Config& config) {
  if (config.data_dir.empty()) return Bad("--data-dir is missing: name the directory that keeps the journal");
  if (config.tls_cert.empty() != config.tls_key.empty())
    return Bad("--tls-cert and --tls-key need each other: give both or neither");
  if (config.idle_ttl > config.max_idle_ttl) return Bad("--idle-ttl is above --max-idle-ttl: lower the one or raise the other");
  if (config.max_value_bytes > config.max_message_bytes) {
    return Bad("--max-value-bytes is above --max-message-bytes, so that no message could carry such a value: lower it");
  }
  if (config.max_message_bytes > (1u << 30)) return Bad("--max-message-bytes is above 1GiB: lower it");
  if (config.max_message_bytes > config.queue_bytes) {
    return Bad("--max-message-bytes is above --queue-bytes, so that such a message could never be queued: raise --queue-bytes");
  }
  if (config.listen.empty()) config.listen.push_back(absl::StrCat("unix:", config.data_dir, "/uowd.sock"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(int argc, const char* const* argv, const Environment& environment) {
  CommandLine line;
  Values flags, variables, entries;
  std::string file;
  UOW_RETURN_IF_ERROR(ParseFlags(argc, argv, flags, file, line));
  if (!line.print.empty()) return line;
  ReadEnvironment(environment, variables);
  if (const char* value = environment("UOWD_CONFIG"); file.empty() && value != nullptr) file = value;
  if (!file.empty()) UOW_RETURN_IF_ERROR(ReadFile(file, entries));
  for (const Setting& setting : AllSettings()) {
    const std::vector<std::string>* values = &flags[setting.name];
    std::string origin = absl::StrCat("--", setting.name);
    if (values->empty()) {
      values = &variables[setting.name];
      origin = absl::StrCat("--", setting.name, " (from ", EnvironmentName(setting.name), ")");
    }
    if (values->empty()) {
      values = &entries[setting.name];
      origin = absl::StrCat("--", setting.name, " (from ", file, ")");
    }
    if (values->empty()) continue;
    if (absl::Status status = setting.apply(*values, line.config); !status.ok()) {
      return Bad(absl::StrCat(origin, ": ", status.message()));
    }
  }
  UOW_RETURN_IF_ERROR(CheckTogether(line.config));
  return line;
}

}  // namespace uow
