#include "journal/chunk.h"

#include <gtest/gtest.h>

#include "uow/v1/journal_service.pb.h"

namespace uow {
namespace {

std::string Events(int from, int to) {
  v1::AppendEvents events;
  for (int i = from; i < to; ++i)
    events.add_events()->add_key()->set_text_value("key " + std::to_string(i) + std::string(i % 200, '.'));
  return events.SerializeAsString();
}

class ChunkTest : public testing::Test {
 protected:
  // Writers a and b, five events each in turn.
  void SetUp() override {
    for (int i = 0; i < 4; ++i) bodies_.push_back(Events(5 * i, 5 * i + 5));
    chunk_.previous = 77;
    chunk_.first_offset = 100;
    chunk_.time_us = 1790000000000000;
    chunk_.writers = {"a", "b"};
    for (uint32_t i = 0; i < 4; ++i) chunk_.runs.push_back({.writer = i % 2, .sequence = 10 + i, .events = 5, .bytes = bodies_[i]});
  }

  static std::string Encode(Chunk& chunk) {
    std::string value = EncodeChunkHead(chunk);
    for (const ChunkRun& run : chunk.runs) value.append(run.bytes.data(), run.bytes.size());
    return value;
  }

  std::vector<std::string> bodies_;
  Chunk chunk_;
  Chunk decoded_;
  absl::string_view what_;
};

TEST_F(ChunkTest, IsReadAsItWasWritten) {
  std::string value = Encode(chunk_);
  ASSERT_TRUE(DecodeChunk(value, decoded_, what_));
  EXPECT_EQ(decoded_.checksum, chunk_.checksum);
  EXPECT_EQ(decoded_.previous, 77);
  EXPECT_EQ(decoded_.first_offset, 100);
  EXPECT_EQ(decoded_.end_offset(), 120);
  EXPECT_EQ(decoded_.time_us, chunk_.time_us);
  EXPECT_EQ(decoded_.writers, chunk_.writers);
  ASSERT_EQ(decoded_.runs.size(), 4);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(decoded_.runs[i].writer, i % 2);
    EXPECT_EQ(decoded_.runs[i].sequence, 10 + i);
    EXPECT_EQ(decoded_.runs[i].events, 5);
    EXPECT_EQ(decoded_.runs[i].bytes, bodies_[i]);
  }
}

TEST_F(ChunkTest, NoFlippedBitAndNoMissingByteGoesUnseen) {
  std::string value = Encode(chunk_);
  for (size_t at = 0; at < value.size(); ++at) {
    std::string flipped = value;
    flipped[at] ^= static_cast<char>(1 << (at % 8));
    EXPECT_FALSE(DecodeChunk(flipped, decoded_, what_)) << at;
    EXPECT_FALSE(DecodeChunk(absl::string_view(value).substr(0, at), decoded_, what_)) << at;
  }
}

TEST_F(ChunkTest, TheChecksumDependsOnTheChunkBefore) {
  Encode(chunk_);
  uint64_t checksum = chunk_.checksum;
  chunk_.previous = 78;
  Encode(chunk_);
  EXPECT_NE(chunk_.checksum, checksum);
}

TEST_F(ChunkTest, CanBeCutAtEveryOffset) {
  for (uint64_t offset = 101; offset <= 120; ++offset) {
    Chunk cut = chunk_;
    ASSERT_TRUE(CutChunk(offset, cut));
    std::string value = Encode(cut);
    ASSERT_TRUE(DecodeChunk(value, decoded_, what_)) << what_;
    EXPECT_EQ(decoded_.end_offset(), offset);
    uint64_t left = offset - 100;
    for (const ChunkRun& run : decoded_.runs) {
      v1::AppendEvents events;
      ASSERT_TRUE(events.ParseFromArray(run.bytes.data(), static_cast<int>(run.bytes.size())));
      EXPECT_EQ(events.events_size(), run.events);
      EXPECT_EQ(run.cut, run.events < 5);
      left -= run.events;
    }
    EXPECT_EQ(left, 0);
  }
}

TEST_F(ChunkTest, ABodyThatIsNoSequenceOfEventsIsNotCut) {
  std::string nonsense = "this is no protocol buffer";
  chunk_.runs[0].bytes = nonsense;
  EXPECT_FALSE(CutChunk(103, chunk_));
}

}  // namespace
}  // namespace uow
