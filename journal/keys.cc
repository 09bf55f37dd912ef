#include "journal/keys.h"

#include <algorithm>

#include "journal/coding.h"

namespace uow {
namespace {

std::string Key(const SessionId& id, size_t reserve = 32) {
  std::string key;
  key.reserve(reserve);
  key.append(id.AsBytes().data(), id.AsBytes().size());
  return key;
}

std::string Key(const SessionId& id, char kind) {
  std::string key = Key(id);
  key.push_back(kind);
  return key;
}

std::string WriterPrefix(const SessionId& id, absl::string_view writer) {
  std::string key = Key(id, 16 + writer.size() + 1 + 8);
  key.append(writer.data(), writer.size());
  key.push_back('\0');
  return key;
}

}  // namespace

std::string MetaKey(const SessionId& id) { return Key(id, 'm'); }
std::string StateKey(const SessionId& id) { return Key(id, 's'); }
std::string TruncationsKey(const SessionId& id) { return Key(id, 't'); }

std::string ChunkKey(const SessionId& id, uint64_t first_offset) {
  std::string key = Key(id);
  PutBigEndian64(first_offset, key);
  return key;
}

std::string CheckpointKey(const SessionId& id, uint64_t offset, uint64_t ordinal) {
  std::string key = Key(id, 'o');
  PutBigEndian64(offset, key);
  PutBigEndian64(ordinal, key);
  return key;
}

std::string CheckpointNameKey(const SessionId& id, absl::string_view name) {
  std::string key = Key(id, 'n');
  key.append(name.data(), name.size());
  return key;
}

std::string CheckpointsBegin(const SessionId& id) { return Key(id, 'o'); }
std::string CheckpointsEnd(const SessionId& id) { return Key(id, 'p'); }

std::string WriterKey(const SessionId& id, absl::string_view writer, uint64_t first_sequence) {
  std::string key = WriterPrefix(id, writer);
  PutBigEndian64(first_sequence, key);
  return key;
}

std::string SaveKey(const SessionId& id, absl::string_view save_id) {
  std::string key = Key(id, 'i');
  key.append(save_id.data(), save_id.size());
  return key;
}

std::string SaveOrderKey(const SessionId& id, uint64_t ordinal) {
  std::string key = Key(id, 'o');
  PutBigEndian64(ordinal, key);
  return key;
}

std::string SaveOrderEnd(const SessionId& id) { return Key(id, 'p'); }

std::string GeneratedKey(const SessionId& id, uint64_t ordinal, uint64_t page) {
  std::string key = Key(id, 'g');
  PutBigEndian64(ordinal, key);
  PutBigEndian64(page, key);
  return key;
}

std::string HandlesKey(const SessionId& id, absl::string_view writer, uint64_t counter) {
  std::string key = WriterPrefix(id, writer);
  PutBigEndian64(counter / kHandlesPerBucket, key);
  return key;
}

std::string DeadlineKey(DeadlineKind kind, int64_t time_us, const SessionId& id) {
  std::string key(1, static_cast<char>(kind));
  PutBigEndian64(static_cast<uint64_t>(time_us), key);
  key.append(id.AsBytes().data(), id.AsBytes().size());
  return key;
}

std::string DeadlinesAfter(DeadlineKind kind, int64_t time_us) { return DeadlineKey(kind, time_us + 1, SessionId{}); }

std::string SessionEnd(const SessionId& id) {
  std::string end(id.AsBytes().data(), id.AsBytes().size());
  while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

SessionId SessionOfKey(absl::string_view key) {
  SessionId id;
  std::copy_n(key.data(), id.bytes.size(), reinterpret_cast<char*>(id.bytes.data()));
  return id;
}

}  // namespace uow
