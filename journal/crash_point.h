#pragma once

#include "absl/strings/string_view.h"

namespace uow {

// A named step at which a crash test can make the process die by SIGKILL. Does nothing unless the environment variable
// UOW_CRASH_POINT named this step ("save.committed", or "save.committed:3" for the third time it is reached) when the process
// started. Thread-safe.
void CrashPoint(absl::string_view step);

}  // namespace uow
