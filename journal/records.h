#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "journal/session_state.h"
#include "journal/truncations.h"

namespace uow {

// The values of format.md, except chunks. Each Decode… is false for a damaged record.

inline constexpr uint8_t kRecordVersion = 1;

std::string EncodeMeta(const SessionMeta& meta);
bool DecodeMeta(absl::string_view value, SessionMeta& meta);

std::string EncodeState(const SessionState& state);
bool DecodeState(absl::string_view value, SessionState& state);

std::string EncodeTruncations(const Truncations& truncations);
bool DecodeTruncations(absl::string_view value, Truncations& truncations);

struct CheckpointRecord {
  std::string name;
  std::string writer;
  int64_t time_us = 0;
};
std::string EncodeCheckpoint(const CheckpointRecord& record);
bool DecodeCheckpoint(absl::string_view value, CheckpointRecord& record);

std::string EncodeCheckpointPlace(const CheckpointPlace& place);
bool DecodeCheckpointPlace(absl::string_view value, CheckpointPlace& place);

// The commands of one writer in one group commit; their sequences follow on from the one in the key.
struct WriterRecord {
  uint64_t last_handle = 0;
  uint64_t window = 1;
  std::vector<CommandNote> notes;
};
std::string EncodeWriterRecord(uint64_t last_handle, uint64_t window, const CommandNote* notes, size_t count);
bool DecodeWriterRecord(absl::string_view value, WriterRecord& record);

struct StoredSave {
  SaveRecord record;
  uint64_t ordinal = 0;
};
std::string EncodeSave(const StoredSave& save);
bool DecodeSave(absl::string_view value, StoredSave& save);

// A version byte and then bytes of another format; false where the version is another.
std::string EncodeVersioned(absl::string_view bytes);
bool DecodeVersioned(absl::string_view value, absl::string_view& bytes);

}  // namespace uow
