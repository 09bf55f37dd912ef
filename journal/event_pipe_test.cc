#include "journal/event_pipe.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {
namespace {

constexpr uint64_t kRunEvents = 100;
// Fewer events than are read on a thread, and more.
constexpr uint64_t kFew = 1000, kMany = 10'000;

// Runs of 100 events each; an event's table is its offset.
class Runs {
 public:
  explicit Runs(uint64_t events) {
    for (uint64_t offset = 0; offset < events;) {
      v1::AppendEvents run;
      for (uint64_t i = 0; i < kRunEvents; ++i) run.add_events()->set_table(static_cast<uint32_t>(offset++));
      bytes_.push_back(run.SerializeAsString());
    }
  }

  absl::Status Send(const RunSink& sink) {
    for (uint64_t run = 0; run < bytes_.size(); ++run) {
      const std::string writer = absl::StrCat("writer ", run / 10);
      absl::Status taken = sink(
          {.first_offset = run * kRunEvents, .writer = writer, .sequence = run + 1, .events = kRunEvents, .bytes = bytes_[run]});
      if (!taken.ok()) return taken;
      ++sent_;
    }
    return end_;
  }
  RunSource source() {
    return [this](const RunSink& sink) { return Send(sink); };
  }

  std::vector<std::string> bytes_;
  absl::Status end_;
  uint64_t sent_ = 0;
};

absl::Status Damaged(const EventRun& run) { return absl::DataLossError(absl::StrCat("run ", run.first_offset)); }

class EventPipe : public testing::TestWithParam<uint64_t> {};

TEST_P(EventPipe, EventsOfTheRangeAreVisitedInOrderWithTheirWriters) {
  Runs runs(GetParam());
  const uint64_t from = 150, to = GetParam() - 50;
  uint64_t next = from;
  absl::Status status = VisitRuns(runs.source(), Damaged, from, to,
                                  [&](uint64_t offset, absl::string_view writer, uint64_t sequence, absl::Time, v1::Event& event) {
                                    EXPECT_EQ(offset, next++);
                                    EXPECT_EQ(event.table(), offset);
                                    EXPECT_EQ(sequence, offset / kRunEvents + 1);
                                    EXPECT_EQ(writer, absl::StrCat("writer ", offset / kRunEvents / 10));
                                    return absl::OkStatus();
                                  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(next, to);
}

TEST_P(EventPipe, AVisitorsErrorEndsTheReading) {
  Runs runs(GetParam());
  absl::Status status =
      VisitRuns(runs.source(), Damaged, 0, GetParam(), [&](uint64_t offset, absl::string_view, uint64_t, absl::Time, v1::Event&) {
        return offset == 250 ? absl::AbortedError("enough") : absl::OkStatus();
      });
  EXPECT_EQ(status.message(), "enough");
  EXPECT_LT(runs.sent_, runs.bytes_.size());
}

TEST_P(EventPipe, ADamagedRunIsToldAfterWhatIsAheadOfIt) {
  Runs runs(GetParam());
  runs.bytes_[5].pop_back();
  uint64_t visited = 0;
  absl::Status status =
      VisitRuns(runs.source(), Damaged, 0, GetParam(), [&](uint64_t, absl::string_view, uint64_t, absl::Time, v1::Event&) {
        ++visited;
        return absl::OkStatus();
      });
  EXPECT_EQ(status.message(), "run 500");
  EXPECT_EQ(visited, 500u);
}

TEST_P(EventPipe, TheSourcesErrorComesBehindItsEvents) {
  Runs runs(GetParam());
  runs.end_ = absl::UnavailableError("the disk is gone");
  uint64_t visited = 0;
  absl::Status status =
      VisitRuns(runs.source(), Damaged, 0, GetParam(), [&](uint64_t, absl::string_view, uint64_t, absl::Time, v1::Event&) {
        ++visited;
        return absl::OkStatus();
      });
  EXPECT_EQ(status.message(), "the disk is gone");
  EXPECT_EQ(visited, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Sizes, EventPipe, testing::Values(kFew, kMany),
                         [](const auto& info) { return info.param == kFew ? "Few" : "Many"; });

}  // namespace
}  // namespace uow
