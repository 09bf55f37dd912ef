#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace uow {

// Tells the time; tests bring their own. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }
};

}  // namespace uow
