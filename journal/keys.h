#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "journal/session_id.h"

namespace uow {

// The keys of format.md, by column family.

std::string MetaKey(const SessionId& id);
std::string StateKey(const SessionId& id);
std::string TruncationsKey(const SessionId& id);

std::string ChunkKey(const SessionId& id, uint64_t first_offset);

std::string CheckpointKey(const SessionId& id, uint64_t offset, uint64_t ordinal);
std::string CheckpointNameKey(const SessionId& id, absl::string_view name);
// Where the checkpoints of a session begin and end in order of place.
std::string CheckpointsBegin(const SessionId& id);
std::string CheckpointsEnd(const SessionId& id);

std::string WriterKey(const SessionId& id, absl::string_view writer, uint64_t first_sequence);

std::string SaveKey(const SessionId& id, absl::string_view save_id);
std::string SaveOrderKey(const SessionId& id, uint64_t ordinal);
std::string SaveOrderEnd(const SessionId& id);
std::string GeneratedKey(const SessionId& id, uint64_t ordinal, uint64_t page);

inline constexpr uint64_t kHandlesPerBucket = 128;
std::string HandlesKey(const SessionId& id, absl::string_view writer, uint64_t counter);

enum class DeadlineKind : uint8_t { kExpires = 0, kClosedWithHistory = 1, kClosed = 2 };
std::string DeadlineKey(DeadlineKind kind, int64_t time_us, const SessionId& id);
// Where the entries of a kind after `time_us` begin.
std::string DeadlinesAfter(DeadlineKind kind, int64_t time_us);

// All keys that begin with a session's id are in [id, SessionEnd(id)). Empty for the very last id: no end.
std::string SessionEnd(const SessionId& id);
// The session's id at the beginning of a key of at least 16 bytes.
SessionId SessionOfKey(absl::string_view key);

}  // namespace uow
