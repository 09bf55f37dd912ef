#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "journal/journal.h"

namespace uow {

// What of a session never changes.
struct SessionMeta {
  absl::Time create_time;
  std::string target;
  std::string schema_id;
  std::map<std::string, std::string> labels;
  v1::Dialect dialect = v1::DIALECT_UNSPECIFIED;
};

// What of a session changes with its commands. Times are microseconds since 1970.
struct SessionState {
  bool open = true;
  bool keep_history = false;
  uint64_t head = 0;
  uint64_t saved = 0;
  uint64_t epoch = 0;
  uint64_t attempt = 0;
  uint64_t tail = 0;  // checksum of the last chunk
  uint64_t next_checkpoint = 0;
  uint64_t next_save = 0;
  int64_t active_us = 0;
  int64_t closed_us = 0;
  int64_t idle_ttl_us = 0;
  int64_t deadline_us = 0;  // under which the purge finds it
  bool save_stands = false;
  std::string pending_save_id;
  uint64_t pending_to = 0;
  std::string executed_save_id;

  // When the session expires if it stays idle.
  int64_t ExpiresAt() const;
  // Expired: as if it weren't there. A session with a standing save doesn't expire.
  bool ExpiredAt(int64_t now_us) const { return open && !save_stands && now_us > ExpiresAt(); }
};

// What removes duplicates: one applied command.
struct CommandNote {
  uint64_t hash = 0;
  uint64_t offset = 0;  // after the command
  uint64_t epoch = 0;   // after the command
};

// Retries of a writer's last so many commands are recognised.
inline constexpr uint64_t kRetryWindow = 4096;

// One writer of a session.
struct WriterState {
  std::string name;
  uint64_t last_sequence = 0;
  uint64_t last_handle = 0;
  uint64_t window = 1;  // the store holds notes of sequences from here on
  // Notes of the last commands that aren't in the store yet: those of the group commit under way.
  std::vector<CommandNote> pending;
};

// A checkpoint's place.
struct CheckpointPlace {
  uint64_t offset = 0;
  uint64_t ordinal = 0;
};

// Microseconds that fit an int64 for any duration from zero on.
int64_t ToMicros(absl::Duration duration);

// Both halves together, as users see them.
SessionInfo MakeSessionInfo(const SessionId& id, const SessionMeta& meta, const SessionState& state);

// A number that is equal for equal commands: what a retry is compared by. See format.md.
uint64_t HashCommand(const Command& command);

}  // namespace uow
