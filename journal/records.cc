#include "journal/records.h"

#include <utility>

#include "journal/coding.h"

namespace uow {
namespace {

constexpr uint8_t kOpen = 1;
constexpr uint8_t kKeepHistory = 2;
constexpr uint8_t kSaveStands = 4;

// Version 1 has no dialect.
constexpr uint8_t kMetaVersion = 2;

std::string NewRecord(size_t reserve = 64) {
  std::string value;
  value.reserve(reserve);
  value.push_back(kRecordVersion);
  return value;
}

void PutTime(int64_t time_us, std::string& out) { PutVarint(static_cast<uint64_t>(time_us), out); }

}  // namespace

std::string EncodeMeta(const SessionMeta& meta) {
  std::string value(1, kMetaVersion);
  PutTime(absl::ToUnixMicros(meta.create_time), value);
  PutString(meta.target, value);
  PutString(meta.schema_id, value);
  PutVarint(meta.labels.size(), value);
  for (const auto& [key, label] : meta.labels) {
    PutString(key, value);
    PutString(label, value);
  }
  PutVarint(meta.dialect, value);
  return value;
}

bool DecodeMeta(absl::string_view value, SessionMeta& meta) {
  Decoder in(value);
  const uint8_t version = in.Byte();
  if (version != kRecordVersion && version != kMetaVersion) return false;
  meta.create_time = absl::FromUnixMicros(in.Varint());
  meta.target = std::string(in.String());
  meta.schema_id = std::string(in.String());
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    std::string key(in.String());
    meta.labels[std::move(key)] = std::string(in.String());
  }
  const uint64_t dialect = version == kMetaVersion ? in.Varint() : 0;
  if (dialect > v1::Dialect_MAX) return false;
  meta.dialect = static_cast<v1::Dialect>(dialect);
  return in.done();
}

std::string EncodeState(const SessionState& state) {
  std::string value = NewRecord(96);
  value.push_back((state.open ? kOpen : 0) | (state.keep_history ? kKeepHistory : 0) | (state.save_stands ? kSaveStands : 0));
  for (uint64_t number : {state.head, state.saved, state.epoch, state.attempt}) PutVarint(number, value);
  PutLittleEndian64(state.tail, value);
  PutVarint(state.next_checkpoint, value);
  PutVarint(state.next_save, value);
  for (int64_t time : {state.active_us, state.closed_us, state.idle_ttl_us, state.deadline_us}) PutTime(time, value);
  PutString(state.pending_save_id, value);
  PutVarint(state.pending_to, value);
  PutString(state.executed_save_id, value);
  return value;
}

bool DecodeState(absl::string_view value, SessionState& state) {
  Decoder in(value);
  if (in.Byte() != kRecordVersion) return false;
  uint8_t flags = in.Byte();
  state.open = flags & kOpen;
  state.keep_history = flags & kKeepHistory;
  state.save_stands = flags & kSaveStands;
  for (uint64_t* number : {&state.head, &state.saved, &state.epoch, &state.attempt}) *number = in.Varint();
  state.tail = in.Fixed64();
  state.next_checkpoint = in.Varint();
  state.next_save = in.Varint();
  for (int64_t* time : {&state.active_us, &state.closed_us, &state.idle_ttl_us, &state.deadline_us}) *time = in.Varint();
  state.pending_save_id = std::string(in.String());
  state.pending_to = in.Varint();
  state.executed_save_id = std::string(in.String());
  return in.done() && state.saved <= state.head;
}

std::string EncodeTruncations(const Truncations& truncations) {
  std::string value = NewRecord(16 + 8 * truncations.entries().size());
  PutVarint(truncations.entries().size(), value);
  for (const Truncations::Entry& entry : truncations.entries()) {
    PutVarint(entry.epoch, value);
    PutVarint(entry.offset, value);
  }
  return value;
}

bool DecodeTruncations(absl::string_view value, Truncations& truncations) {
  Decoder in(value);
  if (in.Byte() != kRecordVersion) return false;
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    uint64_t epoch = in.Varint();
    truncations.Add(epoch, in.Varint());
  }
  return in.done();
}

std::string EncodeCheckpoint(const CheckpointRecord& record) {
  std::string value = NewRecord();
  PutString(record.name, value);
  PutString(record.writer, value);
  PutTime(record.time_us, value);
  return value;
}

bool DecodeCheckpoint(absl::string_view value, CheckpointRecord& record) {
  Decoder in(value);
  if (in.Byte() != kRecordVersion) return false;
  record.name = std::string(in.String());
  record.writer = std::string(in.String());
  record.time_us = in.Varint();
  return in.done();
}

std::string EncodeCheckpointPlace(const CheckpointPlace& place) {
  std::string value = NewRecord();
  PutVarint(place.offset, value);
  PutVarint(place.ordinal, value);
  return value;
}

bool DecodeCheckpointPlace(absl::string_view value, CheckpointPlace& place) {
  Decoder in(value);
  if (in.Byte() != kRecordVersion) return false;
  place.offset = in.Varint();
  place.ordinal = in.Varint();
  return in.done();
}

std::string EncodeWriterRecord(uint64_t last_handle, uint64_t window, const CommandNote* notes, size_t count) {
  std::string value = NewRecord(32 + 16 * count);
  PutVarint(last_handle, value);
  PutVarint(window, value);
  PutVarint(count, value);
  for (const CommandNote* note = notes; note != notes + count; ++note) {
    PutLittleEndian64(note->hash, value);
    PutVarint(note->offset, value);
    PutVarint(note->epoch, value);
  }
  return value;
}

bool DecodeWriterRecord(absl::string_view value, WriterRecord& record) {
  Decoder in(value);
  if (in.Byte() != kRecordVersion) return false;
  record.last_handle = in.Varint();
  record.window = in.Varint();
  record.notes.clear();
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    CommandNote note{.hash = in.Fixed64()};
    note.offset = in.Varint();
    note.epoch = in.Varint();
    record.notes.push_back(note);
  }
  return in.done() && !record.notes.empty();
}

std::string EncodeSave(const StoredSave& save) {
  std::string value = NewRecord();
  value.push_back(save.record.executed ? 1 : 0);
  PutVarint(save.ordinal, value);
  save.record.save.AppendToString(&value);
  return value;
}

bool DecodeSave(absl::string_view value, StoredSave& save) {
  Decoder in(value);
  if (in.Byte() != kRecordVersion) return false;
  save.record.executed = in.Byte() != 0;
  save.ordinal = in.Varint();
  return in.ok() && save.record.save.ParseFromArray(in.rest().data(), static_cast<int>(in.rest().size()));
}

std::string EncodeVersioned(absl::string_view bytes) {
  std::string value = NewRecord(1 + bytes.size());
  value.append(bytes.data(), bytes.size());
  return value;
}

bool DecodeVersioned(absl::string_view value, absl::string_view& bytes) {
  Decoder in(value);
  if (in.Byte() != kRecordVersion) return false;
  bytes = in.rest();
  return true;
}

}  // namespace uow
