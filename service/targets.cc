#include "service/targets.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow {

absl::Status Targets::Add(const TargetConfig& config) {
  if (config.name.empty()) return MakeError(v1::ERROR_REASON_INVALID_REQUEST, "a target needs a name: NAME=DSN");
  if (targets_.count(config.name) > 0) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST, absl::StrCat("two targets are named \"", config.name, "\""));
  }
  UOW_ASSIGN_OR_RETURN(std::unique_ptr<Target> target, MakeTarget(config));
  targets_.emplace(config.name, std::move(target));
  return absl::OkStatus();
}

absl::StatusOr<Target*> Targets::Find(absl::string_view name) const {
  auto it = targets_.find(std::string(name));
  if (it != targets_.end()) return it->second.get();
  return MakeError(v1::ERROR_REASON_TARGET_NOT_FOUND,
                   absl::StrCat("no target \"", absl::CHexEscape(name.substr(0, 100)),
                                "\" is configured: ListTargets has the names, and --target NAME=DSN adds one"));
}

}  // namespace uow
