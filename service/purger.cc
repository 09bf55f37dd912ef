#include "service/purger.h"

#include "absl/strings/str_cat.h"
#include "service/log.h"

namespace uow {
namespace {

constexpr size_t kStep = 1000;

}  // namespace

Purger::Purger(Journal& journal, SessionLimit& sessions, absl::Duration interval, absl::Duration history_retention)
    : journal_(journal), sessions_(sessions), interval_(interval), history_retention_(history_retention), thread_([this] {
        Run();
      }) {}

Purger::~Purger() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

bool Purger::stopping() {
  MutexLock lock(mutex_);
  return stopping_;
}

void Purger::Run() {
  CountSessions();
  absl::Time next = absl::Now() + interval_;
  while (true) {
    {
      MutexLock lock(mutex_);
      while (!stopping_ && absl::Now() < next) changed_.WaitUntil(mutex_, absl::ToChronoTime(next));
      if (stopping_) return;
    }
    Purge();
    next = absl::Now() + interval_;
  }
}

// Sessions that are opened meanwhile may be counted twice: the limit is a guard against overload, not an exact number.
void Purger::CountSessions() {
  std::optional<SessionId> from = SessionId{};
  while (from && !stopping()) {
    absl::StatusOr<SessionPage> page = journal_.ListSessions({}, *from, kStep);
    if (!page.ok()) {
      LogError("can't count the sessions", {{"error", std::string(page.status().message())}});
      return;
    }
    sessions_.Add(page->sessions.size());
    from = page->next;
  }
}

void Purger::Purge() {
  size_t total = 0;
  while (!stopping()) {
    absl::StatusOr<size_t> purged = journal_.Purge(history_retention_, kStep);
    if (!purged.ok()) {
      LogError("can't purge", {{"error", std::string(purged.status().message())}});
      return;
    }
    sessions_.Return(*purged);
    total += *purged;
    if (*purged < kStep) break;
  }
  if (total > 0) LogInfo("sessions purged", {{"sessions", absl::StrCat(total)}});
}

}  // namespace uow
