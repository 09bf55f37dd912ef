#include "journal/records.h"

#include <gtest/gtest.h>

#include <limits>

#include "journal/coding.h"
#include "journal/keys.h"

namespace uow {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

// A record that ends early or goes on is damaged.
template <typename Record, typename Decode>
void ExpectExactly(const std::string& value, Decode decode) {
  for (size_t size = 0; size < value.size(); ++size) {
    Record record;
    EXPECT_FALSE(decode(absl::string_view(value).substr(0, size), record)) << size;
  }
  Record record;
  EXPECT_FALSE(decode(value + "x", record));
  std::string other = value;
  other[0] = 9;
  EXPECT_FALSE(decode(other, record)) << "another version";
}

TEST(Coding, NumbersAreReadAsTheyWereWritten) {
  std::string bytes;
  const uint64_t numbers[] = {0, 1, 127, 128, 300, uint64_t{1} << 62, kMax};
  for (uint64_t number : numbers) PutVarint(number, bytes);
  Decoder in(bytes);
  for (uint64_t number : numbers) EXPECT_EQ(in.Varint(), number);
  EXPECT_TRUE(in.done());
  in.Varint();
  EXPECT_FALSE(in.ok());
  EXPECT_FALSE(in.done());
  std::string endless(11, '\xff');
  Decoder bad(endless);
  bad.Varint();
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.Fixed64(), 0) << "once bad, always bad";
}

TEST(Records, AStateIsReadAsItWasWritten) {
  SessionState state{.open = false,
                     .keep_history = true,
                     .head = kMax,
                     .saved = 5,
                     .epoch = 7,
                     .attempt = 9,
                     .tail = 0x1122334455667788,
                     .next_checkpoint = 3,
                     .next_save = 4,
                     .active_us = 1790000000000000,
                     .closed_us = 1790000000000001,
                     .idle_ttl_us = ToMicros(absl::InfiniteDuration()),
                     .deadline_us = 12,
                     .save_stands = true,
                     .pending_save_id = "p",
                     .pending_to = 6,
                     .executed_save_id = std::string("\0x", 2)};
  SessionState read;
  std::string value = EncodeState(state);
  ASSERT_TRUE(DecodeState(value, read));
  EXPECT_EQ(EncodeState(read), value);
  EXPECT_EQ(read.head, kMax);
  EXPECT_EQ(read.executed_save_id, state.executed_save_id);
  EXPECT_EQ(read.idle_ttl_us, state.idle_ttl_us);
  ExpectExactly<SessionState>(value, DecodeState);
}

TEST(Records, AMetaIsReadAsItWasWritten) {
  SessionMeta meta{absl::FromUnixMicros(5), "target", "schema", {{"a", ""}, {"b", "c"}}, v1::DIALECT_POSTGRESQL};
  SessionMeta read;
  ASSERT_TRUE(DecodeMeta(EncodeMeta(meta), read));
  EXPECT_EQ(read.create_time, meta.create_time);
  EXPECT_EQ(read.target, meta.target);
  EXPECT_EQ(read.labels, meta.labels);
  EXPECT_EQ(read.dialect, meta.dialect);
  ExpectExactly<SessionMeta>(EncodeMeta(meta), DecodeMeta);
}

TEST(Records, AMetaOfVersion1HasNoDialect) {
  std::string value = EncodeMeta({absl::FromUnixMicros(5), "target", "schema", {{"a", "b"}}});
  value.front() = 1;
  value.pop_back();
  SessionMeta read;
  ASSERT_TRUE(DecodeMeta(value, read));
  EXPECT_EQ(read.target, "target");
  EXPECT_EQ(read.dialect, v1::DIALECT_UNSPECIFIED);
  ExpectExactly<SessionMeta>(value, DecodeMeta);
}

TEST(Records, AWritersRecordIsReadAsItWasWritten) {
  CommandNote notes[] = {{kMax, 5, 0}, {1, kMax, 3}};
  std::string value = EncodeWriterRecord(8, 2, notes, 2);
  WriterRecord read;
  ASSERT_TRUE(DecodeWriterRecord(value, read));
  EXPECT_EQ(read.last_handle, 8);
  EXPECT_EQ(read.window, 2);
  ASSERT_EQ(read.notes.size(), 2);
  EXPECT_EQ(read.notes[0].hash, kMax);
  EXPECT_EQ(read.notes[1].offset, kMax);
  EXPECT_EQ(read.notes[1].epoch, 3);
  ExpectExactly<WriterRecord>(value, DecodeWriterRecord);
}

TEST(Records, CheckpointsAndTruncationsAreReadAsTheyWereWritten) {
  CheckpointRecord checkpoint;
  ASSERT_TRUE(DecodeCheckpoint(EncodeCheckpoint({"n", "w", 7}), checkpoint));
  EXPECT_EQ(checkpoint.name, "n");
  EXPECT_EQ(checkpoint.writer, "w");
  EXPECT_EQ(checkpoint.time_us, 7);
  ExpectExactly<CheckpointRecord>(EncodeCheckpoint({"n", "w", 7}), DecodeCheckpoint);
  CheckpointPlace place;
  ASSERT_TRUE(DecodeCheckpointPlace(EncodeCheckpointPlace({1, 2}), place));
  EXPECT_EQ(place.ordinal, 2);
  Truncations truncations, read;
  truncations.Add(1, 10);
  truncations.Add(2, 20);
  ASSERT_TRUE(DecodeTruncations(EncodeTruncations(truncations), read));
  EXPECT_EQ(read.entries().size(), 2);
  EXPECT_EQ(read.LowestSince(1), 20);
}

TEST(Keys, SortByNumberAndStayWithinTheirSession) {
  SessionId id = SessionId::Random();
  EXPECT_LT(ChunkKey(id, 255), ChunkKey(id, 256));
  EXPECT_LT(WriterKey(id, "w", kMax), WriterKey(id, "w!", 0)) << "one writer's records stand together";
  EXPECT_LT(CheckpointKey(id, 1, kMax), CheckpointKey(id, 2, 0));
  for (const std::string& key : {ChunkKey(id, kMax), WriterKey(id, "~", kMax), SaveKey(id, "\xff"), TruncationsKey(id)}) {
    EXPECT_LT(key, SessionEnd(id));
    EXPECT_EQ(SessionOfKey(key), id);
  }
  SessionId last;
  last.bytes.fill(0xff);
  EXPECT_EQ(SessionEnd(last), "");
  EXPECT_LT(DeadlineKey(DeadlineKind::kExpires, 5, last), DeadlinesAfter(DeadlineKind::kExpires, 5));
  EXPECT_LT(DeadlinesAfter(DeadlineKind::kExpires, 5), DeadlineKey(DeadlineKind::kClosed, 0, SessionId{}));
}

}  // namespace
}  // namespace uow
