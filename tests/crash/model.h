#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/mutex.h"
#include "tests/crash/entities.h"
#include "tests/crash/report.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/save_service.pb.h"

namespace uow::crash {

// A command as it was sent.
struct Sent {
  v1::Command command;
  // For a rollback: the offset that it goes to, also where the command names a checkpoint.
  uint64_t rollback_to = 0;
  // The offset after the command, where an acknowledgement named just this command.
  std::optional<uint64_t> end;
};

// What one writer sent: sequence n is commands[n - 1]. Those above `durable` are unknown: sent, perhaps, and not acknowledged.
// Refused commands are removed, since they use up no sequence.
struct WriterLog {
  std::string id;
  std::vector<Sent> commands;
  uint64_t durable = 0;
  // The largest counter of a handle that was ever given out, refused and rolled back ones included.
  uint64_t handles = 0;
};

enum class SaveKnowledge { kUnknown, kCommitted, kRefused };

// A save as the client knows it.
struct SaveAttempt {
  v1::SaveRequest request;
  SaveKnowledge knowledge = SaveKnowledge::kUnknown;
  v1::Save committed;  // where kCommitted
  std::vector<v1::GeneratedEntity> generated;
};

// A named offset that an acknowledgement made known.
struct KnownCheckpoint {
  std::string name;
  uint64_t offset = 0;
  uint64_t epoch = 0;
};

// What the clients of one session know. Each writer's log belongs to that writer's thread while the clients run, and to the
// verifier while they don't; the rest is guarded.
struct SessionModel {
  std::string tag;  // the value of the column `session` of its rows
  std::string session_id;
  std::string target;
  std::vector<std::unique_ptr<WriterLog>> writers;
  std::vector<std::unique_ptr<SaveAttempt>> saves;  // the saver's

  // The newest acknowledged state, as a hint for choosing offsets. Under one lock, for an offset is nothing without its epoch.
  struct Hint {
    uint64_t epoch = 0;
    uint64_t head = 0;
    uint64_t saved = 0;
  };
  Hint hint() {
    MutexLock lock(mutex);
    return hint_;
  }
  void Learn(uint64_t epoch, uint64_t head, uint64_t saved);

  Mutex mutex;
  KeyBook keys ABSL_GUARDED_BY(mutex);
  std::vector<KnownCheckpoint> checkpoints ABSL_GUARDED_BY(mutex);
  // The last command that each writer has sent, and its epoch, for saves up to it.
  std::map<std::string, std::pair<uint64_t, uint64_t>> last_sent ABSL_GUARDED_BY(mutex);

  std::atomic<uint64_t> events_sent{0};

 private:
  Hint hint_ ABSL_GUARDED_BY(mutex);
};

// What an outside observer counts.
struct Totals {
  std::atomic<uint64_t> commands{0}, events{0}, checkpoints{0}, rollbacks{0}, saves{0}, replays{0}, resent{0}, stale{0}, refused{0};
};

// What all clients share.
struct World {
  Report report;
  Totals totals;
};

}  // namespace uow::crash
