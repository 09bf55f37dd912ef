#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "service/config.h"

namespace uow {

// One setting: how it is named, explained and read. The flag is --<name>, the environment variable UOWD_<NAME> with underscores,
// the key of the file <name>.
struct Setting {
  enum class Kind { kValue, kList, kSwitch };

  std::string name;
  Kind kind;
  std::string placeholder;
  std::string help;
  // Takes the values as text: one, or for a list at least one. The error's message says what is expected.
  std::function<absl::Status(const std::vector<std::string>& values, Config& config)> apply;
};

// All settings, in the order of the help.
const std::vector<Setting>& AllSettings();

}  // namespace uow
