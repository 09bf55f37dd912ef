#include "journal/session_state.h"

#include <algorithm>
#include <limits>

#include "journal/coding.h"
#include "journal/hash.h"

namespace uow {
namespace {

// Far enough for "never", and far from overflow when added to a time.
constexpr int64_t kMaxTtlUs = std::numeric_limits<int64_t>::max() / 4;

uint64_t HashParts(uint8_t kind, absl::string_view body) {
  Hasher hasher;
  hasher.Add({reinterpret_cast<const char*>(&kind), 1});
  hasher.Add(body);
  return hasher.Digest();
}

}  // namespace

int64_t SessionState::ExpiresAt() const { return active_us + std::min(idle_ttl_us, kMaxTtlUs); }

int64_t ToMicros(absl::Duration duration) { return std::clamp<int64_t>(absl::ToInt64Microseconds(duration), 0, kMaxTtlUs); }

SessionInfo MakeSessionInfo(const SessionId& id, const SessionMeta& meta, const SessionState& state) {
  SessionInfo info;
  info.id = id;
  info.target = meta.target;
  info.dialect = meta.dialect;
  info.schema_id = meta.schema_id;
  info.labels = meta.labels;
  info.open = state.open;
  info.keep_history = state.keep_history;
  info.create_time = meta.create_time;
  info.active_time = absl::FromUnixMicros(state.active_us);
  if (!state.open) info.close_time = absl::FromUnixMicros(state.closed_us);
  info.idle_ttl = state.idle_ttl_us >= kMaxTtlUs ? absl::InfiniteDuration() : absl::Microseconds(state.idle_ttl_us);
  info.head = state.head;
  info.saved = state.saved;
  info.epoch = state.epoch;
  info.attempt = state.attempt;
  info.pending_save_id = state.pending_save_id;
  info.executed_save_id = state.executed_save_id;
  return info;
}

uint64_t HashCommand(const Command& command) {
  if (const auto* append = std::get_if<AppendAction>(&command.action)) return HashParts(1, append->bytes);
  if (const auto* checkpoint = std::get_if<CheckpointAction>(&command.action)) return HashParts(2, checkpoint->name);
  const auto& to = std::get<RollbackAction>(command.action).to;
  if (const auto* name = std::get_if<std::string>(&to)) return HashParts(4, *name);
  std::string offset;
  PutLittleEndian64(std::get<uint64_t>(to), offset);
  return HashParts(3, offset);
}

}  // namespace uow
