#include <numeric>

#include "tests/conformance/journal_conformance.h"

namespace uow::conformance {
namespace {

TEST_P(JournalConformance, AnAppendedEventIsReadBackAsItWasSent) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  absl::StatusOr<v1::Ack> ack = writer.Append(3, 100);
  UOW_ASSERT_OK(ack);
  EXPECT_EQ(ack->sequence(), 1);
  EXPECT_EQ(ack->offset(), 3);
  EXPECT_EQ(ack->epoch(), 0);
  EXPECT_EQ(ack->saved(), 0);
  v1::AppendEvents sent = Events(3, 100);
  int seen = 0;
  UOW_ASSERT_OK(journal().ReadEvents(
      id, 0, 3, 0, [&](uint64_t offset, absl::string_view by, uint64_t sequence, absl::Time time, const v1::Event& event) {
        EXPECT_EQ(offset, seen);
        EXPECT_EQ(by, "w");
        EXPECT_EQ(sequence, 1);
        EXPECT_EQ(time, clock_.Now());
        EXPECT_EQ(event.SerializeAsString(), sent.events(seen).SerializeAsString());
        ++seen;
        return absl::OkStatus();
      }));
  EXPECT_EQ(seen, 3);
}

TEST_P(JournalConformance, ARangeMayBeginAndEndWithinACommand) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  for (int i = 0; i < 10; ++i) UOW_ASSERT_OK(writer.Append(10, 10 * i));
  std::vector<int64_t> expected(71);
  std::iota(expected.begin(), expected.end(), 7);
  EXPECT_EQ(Read(id, 7, 78), expected);
  EXPECT_TRUE(Read(id, 50, 50).empty());
  EXPECT_TRUE(Read(id, 100, 100).empty());
}

TEST_P(JournalConformance, TheVisitorsErrorEndsTheReading) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(10));
  int seen = 0;
  absl::Status status =
      journal().ReadEvents(id, 0, 10, std::nullopt, [&](uint64_t, absl::string_view, uint64_t, absl::Time, const v1::Event&) {
        return ++seen == 4 ? absl::CancelledError("enough") : absl::OkStatus();
      });
  EXPECT_EQ(status, absl::CancelledError("enough"));
  EXPECT_EQ(seen, 4);
}

TEST_P(JournalConformance, ReadingBeyondTheHeadIsRefused) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(2));
  auto visit = [](uint64_t, absl::string_view, uint64_t, absl::Time, const v1::Event&) { return absl::OkStatus(); };
  absl::Status status = journal().ReadEvents(id, 0, 3, std::nullopt, visit);
  EXPECT_EQ(Why(status), v1::ERROR_REASON_OFFSET_BEYOND_HEAD);
  EXPECT_EQ(DetailOf(status)->offset(), 2);
  EXPECT_EQ(Why(journal().ReadEvents(id, 3, 3, std::nullopt, visit)), v1::ERROR_REASON_OFFSET_BEYOND_HEAD);
  EXPECT_EQ(Why(journal().ReadEvents(id, 2, 1, std::nullopt, visit)), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Why(journal().ReadEvents(id, 0, 1, 1, visit)), v1::ERROR_REASON_STALE_EPOCH);
}

TEST_P(JournalConformance, ARetryIsAppliedOnceAndAcknowledgedAgain) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  Command command{.sequence = 1, .epoch = 0, .action = Append(2, 5)};
  UOW_ASSERT_OK(writer.Send(command));
  TestWriter other(journal(), id, "other");
  UOW_ASSERT_OK(other.Append(4));
  absl::StatusOr<v1::Ack> again = writer.Send(command);
  UOW_ASSERT_OK(again);
  EXPECT_EQ(again->sequence(), 1);
  EXPECT_EQ(again->offset(), 2) << "where the command ended, not where the session is now";
  EXPECT_EQ(Info(id).head, 6);
}

TEST_P(JournalConformance, ARetryIsRecognisedEvenInAnOlderEpochAndAfterTruncation) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  Command command{.sequence = 1, .epoch = 0, .action = Append(2, 5)};
  UOW_ASSERT_OK(writer.Send(command));
  TestWriter other(journal(), id, "other");
  UOW_ASSERT_OK(other.RollBack(0));
  Reopen();
  TestWriter reconnected(journal(), id, "w");
  absl::StatusOr<v1::Ack> again = reconnected.Send(command);
  UOW_ASSERT_OK(again);
  EXPECT_EQ(again->offset(), 2);
  EXPECT_EQ(again->epoch(), 0);
  EXPECT_EQ(Info(id).head, 0) << "a rolled-back event never returns";
}

TEST_P(JournalConformance, RetriesOfCheckpointsAndRollbacksAreRecognisedToo) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(4));
  Command checkpoint{.sequence = 2, .epoch = 0, .action = CheckpointAction{"a"}};
  Command rollback{.sequence = 3, .epoch = 0, .action = RollbackAction{uint64_t{1}}};
  UOW_ASSERT_OK(writer.Send(checkpoint));
  UOW_ASSERT_OK(writer.Send(checkpoint));
  UOW_ASSERT_OK(writer.Send(rollback));
  absl::StatusOr<v1::Ack> again = writer.Send(rollback);
  UOW_ASSERT_OK(again);
  EXPECT_EQ(again->offset(), 1);
  EXPECT_EQ(again->epoch(), 1);
  EXPECT_EQ(Info(id).epoch, 1) << "one rollback";
}

TEST_P(JournalConformance, ASequenceUsedForOtherBytesIsRefused) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(2, 5));
  absl::StatusOr<v1::Ack> ack = writer.Send({.sequence = 1, .epoch = 0, .action = Append(2, 6)});
  EXPECT_EQ(Why(ack), v1::ERROR_REASON_SEQUENCE_REUSED);
  EXPECT_EQ(DetailOf(ack.status())->sequence(), 1);
  EXPECT_EQ(Why(writer.Send({.sequence = 1, .epoch = 0, .action = CheckpointAction{"a"}})), v1::ERROR_REASON_SEQUENCE_REUSED);
  EXPECT_EQ(Read(id), (std::vector<int64_t>{5, 6}));
}

TEST_P(JournalConformance, AGapInTheSequencesIsRefused) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  EXPECT_EQ(Why(writer.Send({.sequence = 2, .action = Append(1)})), v1::ERROR_REASON_SEQUENCE_GAP);
  UOW_ASSERT_OK(writer.Append(1));
  EXPECT_EQ(Why(writer.Send({.sequence = 3, .action = Append(1)})), v1::ERROR_REASON_SEQUENCE_GAP);
  EXPECT_EQ(Why(writer.Send({.sequence = 0, .action = Append(1)})), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Info(id).head, 1);
  UOW_ASSERT_OK(writer.Append(1)) << "a refused command consumes no sequence";
}

TEST_P(JournalConformance, RetriesAreRecognisedForTheLast4096Commands) {
  SessionId id = Open();
  auto stream = std::make_shared<Stream>(id, "w");
  constexpr uint64_t kCommands = 10000;
  for (uint64_t sequence = 1; sequence <= kCommands; ++sequence) {
    while (!journal().Submit(stream, {.sequence = sequence, .action = Append(1, sequence)})) std::this_thread::yield();
    if (sequence % 700 == 0) {
      UOW_ASSERT_OK(stream->WaitFor(sequence));
    }
  }
  UOW_ASSERT_OK(stream->WaitFor(kCommands));
  for (int round = 0; round < 2; ++round) {
    TestWriter writer(journal(), id, "w");
    absl::StatusOr<v1::Ack> oldest = writer.Send({.sequence = kCommands - 4095, .action = Append(1, kCommands - 4095)});
    UOW_ASSERT_OK(oldest);
    EXPECT_EQ(oldest->offset(), kCommands - 4095);
    UOW_ASSERT_OK(writer.Send({.sequence = kCommands, .action = Append(1, kCommands)}));
    EXPECT_EQ(Why(writer.Send({.sequence = kCommands - 4096, .action = Append(1, kCommands - 4096)})),
              v1::ERROR_REASON_SEQUENCE_TOO_OLD);
    EXPECT_EQ(Why(writer.Send({.sequence = 1, .action = Append(1, 1)})), v1::ERROR_REASON_SEQUENCE_TOO_OLD);
    Reopen();
  }
  EXPECT_EQ(Info(id).head, kCommands);
}

TEST_P(JournalConformance, AFailedCommandEndsItsSourceAndNothingAfterItIsApplied) {
  SessionId id = Open();
  auto stream = std::make_shared<Stream>(id, "w");
  ASSERT_TRUE(journal().Submit(stream, {.sequence = 1, .action = Append(1, 1)}));
  ASSERT_TRUE(journal().Submit(stream, {.sequence = 2, .action = CheckpointAction{"a"}}));
  ASSERT_TRUE(journal().Submit(stream, {.sequence = 3, .action = CheckpointAction{"a"}}));
  ASSERT_TRUE(journal().Submit(stream, {.sequence = 3, .action = Append(1, 2)}));
  absl::StatusOr<v1::Ack> failed = stream->WaitFor(3);
  EXPECT_EQ(Why(failed), v1::ERROR_REASON_CHECKPOINT_EXISTS);
  EXPECT_EQ(stream->failed_sequence(), 3);
  EXPECT_EQ(DetailOf(failed.status())->sequence(), 3);
  EXPECT_EQ(stream->acks().back().sequence(), 2) << "what came before it is acknowledged";
  EXPECT_EQ(Read(id), std::vector<int64_t>{1});
  TestWriter again(journal(), id, "w");
  UOW_ASSERT_OK(again.Send({.sequence = 3, .action = Append(1, 2)}));
}

TEST_P(JournalConformance, AnEpochThatIsStillToComeIsRefused) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  EXPECT_EQ(Why(writer.Send({.sequence = 1, .epoch = 1, .action = Append(1)})), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Why(writer.Send({.sequence = 1, .action = Append(0)})), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_P(JournalConformance, AWriterResumesWhereItWas) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Send({.sequence = 1, .action = Append(2, 0, 7)}));
  UOW_ASSERT_OK(writer.Send({.sequence = 2, .action = Append(2, 0, 5)}));
  UOW_ASSERT_OK(writer.Send({.sequence = 3, .action = RollbackAction{uint64_t{0}}}));
  Reopen();
  absl::StatusOr<WriterInfo> info = journal().GetWriter(id, "w", std::nullopt);
  UOW_ASSERT_OK(info);
  EXPECT_EQ(info->last_sequence, 3);
  EXPECT_EQ(info->last_handle_counter, 7) << "counters outlive rollbacks";
  EXPECT_EQ(info->session.epoch, 1);
  EXPECT_FALSE(info->stale);
  info = journal().GetWriter(id, "never seen", 1);
  UOW_ASSERT_OK(info);
  EXPECT_EQ(info->last_sequence, 0);
  EXPECT_FALSE(info->stale);
}

TEST_P(JournalConformance, AttachingCountsWhatTheWritersOlderStreamHasQueued) {
  SessionId id = Open();
  auto stream = std::make_shared<Stream>(id, "w");
  for (uint64_t sequence = 1; sequence <= 500; ++sequence) {
    ASSERT_TRUE(journal().Submit(stream, {.sequence = sequence, .action = Append(1)}));
  }
  absl::StatusOr<WriterInfo> info = journal().GetWriter(id, "w", std::nullopt);
  UOW_ASSERT_OK(info);
  EXPECT_EQ(info->last_sequence, 500);
}

TEST_P(JournalConformance, AWriterWhoseIdBeginsLikeAnotherIsAnother) {
  SessionId id = Open();
  TestWriter a(journal(), id, "w"), b(journal(), id, "w1");
  UOW_ASSERT_OK(a.Append(1));
  UOW_ASSERT_OK(a.Append(1));
  UOW_ASSERT_OK(b.Append(1));
  Reopen();
  EXPECT_EQ(journal().GetWriter(id, "w", std::nullopt)->last_sequence, 2);
  EXPECT_EQ(journal().GetWriter(id, "w1", std::nullopt)->last_sequence, 1);
}

TEST_P(JournalConformance, ASaveCanWaitForACommand) {
  SessionId id = Open();
  absl::Time soon = absl::Now() + absl::Milliseconds(20);
  EXPECT_EQ(journal().WaitForCommand(id, "w", 2, 0, soon).status().code(), absl::StatusCode::kDeadlineExceeded);
  std::thread sender([&] {
    TestWriter writer(journal(), id, "w");
    absl::SleepFor(absl::Milliseconds(5));
    EXPECT_TRUE(writer.Append(3).ok());
    EXPECT_TRUE(writer.Append(4).ok());
  });
  absl::StatusOr<ResolvedPosition> position = journal().WaitForCommand(id, "w", 2, 0, absl::InfiniteFuture());
  sender.join();
  UOW_ASSERT_OK(position);
  EXPECT_EQ(position->offset, 7);
  EXPECT_EQ(journal().WaitForCommand(id, "w", 1, 0, absl::Now())->offset, 3);
}

TEST_P(JournalConformance, WaitingInAnEpochThatTheWritersOwnRollbackIsAboutToMakeIsPatient) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(3));
  absl::Time soon = absl::Now() + absl::Milliseconds(20);
  EXPECT_EQ(journal().WaitForCommand(id, "w", 3, 1, soon).status().code(), absl::StatusCode::kDeadlineExceeded);
  UOW_ASSERT_OK(writer.RollBack(1));
  UOW_ASSERT_OK(writer.Append(5));
  EXPECT_EQ(journal().WaitForCommand(id, "w", 3, 1, absl::Now())->offset, 6);
  EXPECT_EQ(Why(journal().WaitForCommand(id, "w", 3, 0, absl::Now())), v1::ERROR_REASON_STALE_EPOCH);
  EXPECT_EQ(Why(journal().WaitForCommand(id, "w", 1, 1, absl::Now())), v1::ERROR_REASON_STALE_EPOCH) << "it was rolled back";
}

TEST_P(JournalConformance, NobodyWaitsForACommandThatCantCome) {
  SessionId closed = Open(), open = Open();
  std::thread closer([&] {
    absl::SleepFor(absl::Milliseconds(5));
    EXPECT_TRUE(journal().CloseSession(closed, true).ok());
  });
  EXPECT_EQ(Why(journal().WaitForCommand(closed, "w", 1, 0, absl::InfiniteFuture())), v1::ERROR_REASON_SESSION_CLOSED);
  closer.join();
  std::thread stopper([&] {
    absl::SleepFor(absl::Milliseconds(5));
    journal().Shutdown();
  });
  EXPECT_EQ(Why(journal().WaitForCommand(open, "w", 1, 0, absl::InfiniteFuture())), v1::ERROR_REASON_SHUTTING_DOWN);
  stopper.join();
}

}  // namespace
}  // namespace uow::conformance
