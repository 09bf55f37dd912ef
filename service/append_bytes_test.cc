#include "service/append_bytes.h"

#include <gtest/gtest.h>

#include "uow/v1/journal_service.pb.h"

namespace uow {
namespace {

v1::RecordRequest Request(uint64_t sequence, uint64_t epoch, int events) {
  v1::RecordRequest request;
  request.mutable_command()->set_sequence(sequence);
  request.mutable_command()->set_epoch(epoch);
  for (int i = 0; i < events; ++i) request.mutable_command()->mutable_append()->add_events()->set_table(i);
  return request;
}

TEST(AppendBytesTest, FindsWhatProtobufWrote) {
  for (uint64_t sequence : {uint64_t{1}, uint64_t{300}, ~uint64_t{0}}) {
    for (uint64_t epoch : {uint64_t{0}, uint64_t{7}, uint64_t{1} << 40}) {
      for (int events : {1, 100, 10'000}) {
        v1::RecordRequest request = Request(sequence, epoch, events);
        std::string bytes = request.SerializeAsString();
        AppendParts parts = FindAppend(bytes);
        EXPECT_EQ(parts.sequence, sequence);
        EXPECT_EQ(parts.epoch, epoch);
        EXPECT_EQ(parts.events, request.command().append().SerializeAsString());
      }
    }
  }
}

TEST(AppendBytesTest, LeavesEverythingElseAlone) {
  v1::RecordRequest request;
  request.mutable_attach()->set_session_id("x");
  EXPECT_EQ(FindAppend(request.SerializeAsString()).events, "");
  request.mutable_command()->set_sequence(1);
  EXPECT_EQ(FindAppend(request.SerializeAsString()).events, "");
  request.mutable_command()->mutable_checkpoint()->set_name("c");
  EXPECT_EQ(FindAppend(request.SerializeAsString()).events, "");
  request.mutable_command()->mutable_rollback()->set_offset(1);
  EXPECT_EQ(FindAppend(request.SerializeAsString()).events, "");
  // Parts that protobuf would merge.
  std::string twice = Request(1, 0, 2).SerializeAsString();
  EXPECT_EQ(FindAppend(twice + twice).events, "");
  std::string bytes = Request(1, 0, 2).SerializeAsString();
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_EQ(FindAppend(absl::string_view(bytes).substr(0, size)).events, "");
}

}  // namespace
}  // namespace uow
