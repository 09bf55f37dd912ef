#include "journal/chunk.h"

#include "journal/coding.h"
#include "journal/hash.h"
#include "journal/records.h"

namespace uow {
namespace {

constexpr size_t kChecksummedFrom = 9;         // version and checksum come before
constexpr uint64_t kEventsTag = (1 << 3) | 2;  // AppendEvents.events

// The size of the first `events` events of a serialised AppendEvents.
std::optional<size_t> PrefixSize(absl::string_view bytes, uint64_t events) {
  Decoder in(bytes);
  for (; events > 0; --events) {
    if (in.Varint() != kEventsTag) return std::nullopt;
    in.String();
  }
  if (!in.ok()) return std::nullopt;
  return bytes.size() - in.rest().size();
}

bool DecodeTables(Decoder& in, Chunk& chunk) {
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) chunk.writers.push_back(in.String());
  std::vector<uint64_t> sizes;
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    ChunkRun run{.writer = static_cast<uint32_t>(in.Varint()), .sequence = in.Varint()};
    uint64_t events = in.Varint();
    run.events = events >> 1;
    run.cut = events & 1;
    sizes.push_back(in.Varint());
    if (run.writer >= chunk.writers.size()) return false;
    chunk.runs.push_back(run);
  }
  for (size_t i = 0; i < sizes.size(); ++i) chunk.runs[i].bytes = in.Bytes(sizes[i]);
  return in.done();
}

}  // namespace

uint64_t Chunk::end_offset() const {
  uint64_t offset = first_offset;
  for (const ChunkRun& run : runs) offset += run.events;
  return offset;
}

std::string EncodeChunkHead(Chunk& chunk) {
  std::string head(kChecksummedFrom, '\0');
  head.reserve(64 + 16 * chunk.runs.size());
  head[0] = kRecordVersion;
  PutLittleEndian64(chunk.previous, head);
  PutVarint(chunk.first_offset, head);
  PutVarint(static_cast<uint64_t>(chunk.time_us), head);
  PutVarint(chunk.writers.size(), head);
  for (absl::string_view writer : chunk.writers) PutString(writer, head);
  PutVarint(chunk.runs.size(), head);
  for (const ChunkRun& run : chunk.runs) {
    PutVarint(run.writer, head);
    PutVarint(run.sequence, head);
    PutVarint(run.events << 1 | (run.cut ? 1 : 0), head);
    PutVarint(run.bytes.size(), head);
  }
  Hasher hasher(chunk.previous);
  hasher.Add(absl::string_view(head).substr(kChecksummedFrom));
  for (const ChunkRun& run : chunk.runs) hasher.Add(run.bytes);
  chunk.checksum = hasher.Digest();
  std::string checksum;
  PutLittleEndian64(chunk.checksum, checksum);
  head.replace(1, checksum.size(), checksum);
  return head;
}

bool DecodeChunk(absl::string_view value, Chunk& chunk, absl::string_view& what) {
  chunk = Chunk();
  Decoder in(value);
  what = "it has an unknown version";
  if (in.Byte() != kRecordVersion) return false;
  what = "it ends early";
  chunk.checksum = in.Fixed64();
  absl::string_view checksummed = in.rest();
  chunk.previous = in.Fixed64();
  if (!in.ok()) return false;
  what = "its checksum is wrong";
  if (Hash(checksummed, chunk.previous) != chunk.checksum) return false;
  what = "its tables are malformed";
  chunk.first_offset = in.Varint();
  chunk.time_us = in.Varint();
  return DecodeTables(in, chunk);
}

bool CutChunk(uint64_t offset, Chunk& chunk) {
  uint64_t left = offset - chunk.first_offset;
  for (size_t i = 0; i < chunk.runs.size(); ++i) {
    ChunkRun& run = chunk.runs[i];
    if (left >= run.events) {
      left -= run.events;
      continue;
    }
    if (left > 0) {
      std::optional<size_t> size = PrefixSize(run.bytes, left);
      if (!size) return false;
      run.bytes = run.bytes.substr(0, *size);
      run.events = left;
      run.cut = true;
      ++i;
    }
    chunk.runs.resize(i);
    break;
  }
  return true;
}

uint64_t ChainSeed(const SessionId& id) { return Hash(id.AsBytes()); }

}  // namespace uow
