#include "tests/crash/model.h"

#include <algorithm>

namespace uow::crash {

void SessionModel::Learn(uint64_t epoch, uint64_t head, uint64_t saved) {
  MutexLock lock(mutex);
  if (epoch > hint_.epoch) {
    hint_.epoch = epoch;
    hint_.head = head;
  } else if (epoch == hint_.epoch) {
    hint_.head = std::max(hint_.head, head);
  }
  hint_.saved = std::max(hint_.saved, saved);
}

}  // namespace uow::crash
