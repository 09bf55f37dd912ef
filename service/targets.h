#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/target.h"

namespace uow {

// The configured targets by name. Immutable once they are added; then thread-safe.
class Targets {
 public:
  // INVALID_REQUEST for a DSN of an unknown scheme, an empty name, or one that is taken.
  absl::Status Add(const TargetConfig& config);
  // TARGET_NOT_FOUND, also for a session whose target was configured once.
  absl::StatusOr<Target*> Find(absl::string_view name) const;
  const std::map<std::string, std::unique_ptr<Target>, std::less<>>& all() const { return targets_; }

 private:
  std::map<std::string, std::unique_ptr<Target>, std::less<>> targets_;
};

}  // namespace uow
