#pragma once

#include <thread>

#include "absl/time/time.h"
#include "journal/journal.h"
#include "journal/mutex.h"
#include "service/session_limit.h"

namespace uow {

// Removes expired and closed sessions in the background, and keeps their number.
class Purger {
 public:
  // Counts the sessions first. Both outlive the purger.
  Purger(Journal& journal, SessionLimit& sessions, absl::Duration interval, absl::Duration history_retention);
  // Stops at the next step.
  ~Purger();
  Purger(const Purger&) = delete;
  Purger& operator=(const Purger&) = delete;

 private:
  void Run();
  void CountSessions();
  void Purge();
  bool stopping();

  Journal& journal_;
  SessionLimit& sessions_;
  const absl::Duration interval_;
  const absl::Duration history_retention_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace uow
