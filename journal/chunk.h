#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "journal/session_id.h"

namespace uow {

// The events of one command within a chunk. `bytes` is a serialised AppendEvents.
struct ChunkRun {
  uint32_t writer = 0;  // index
  uint64_t sequence = 0;
  uint64_t events = 0;
  bool cut = false;  // a rollback took the command's later events
  absl::string_view bytes;
};

// A chunk, in memory that belongs to someone else.
struct Chunk {
  uint64_t checksum = 0;
  uint64_t previous = 0;
  uint64_t first_offset = 0;
  int64_t time_us = 0;
  std::vector<absl::string_view> writers;
  std::vector<ChunkRun> runs;

  uint64_t end_offset() const;
};

// Everything of the chunk's value except the bodies, which follow in order of the runs. Sets `checksum`.
std::string EncodeChunkHead(Chunk& chunk);

// False for a damaged chunk; `what` then says in which way. `chunk` refers to `value`.
bool DecodeChunk(absl::string_view value, Chunk& chunk, absl::string_view& what);

// Cuts the chunk off at an offset within it. False where a body isn't what its run says.
bool CutChunk(uint64_t offset, Chunk& chunk);

// What the first chunk of a session has as its `previous`.
uint64_t ChainSeed(const SessionId& id);

}  // namespace uow
