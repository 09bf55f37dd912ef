#include <atomic>
#include <thread>

#include "tests/conformance/journal_conformance.h"

namespace uow::conformance {
namespace {

// Submits when there is room, however long that takes.
void SubmitPatiently(Journal& journal, const std::shared_ptr<Stream>& stream, const Command& command) {
  while (!journal.Submit(stream, command)) {
    Mutex mutex;
    CondVar changed;
    bool ready = false;
    journal.WhenReady([&] {
      MutexLock lock(mutex);
      ready = true;
      changed.NotifyAll();
    });
    MutexLock lock(mutex);
    while (!ready) changed.Wait(mutex);
  }
}

TEST_P(JournalConformance, AcknowledgementsAreCumulativeAndInOrder) {
  SessionId id = Open();
  auto stream = std::make_shared<Stream>(id, "w");
  for (uint64_t sequence = 1; sequence <= 2000; ++sequence) {
    SubmitPatiently(journal(), stream, {.sequence = sequence, .action = Append(1, sequence)});
  }
  UOW_ASSERT_OK(stream->WaitFor(2000));
  uint64_t last = 0;
  for (const v1::Ack& ack : stream->acks()) {
    EXPECT_GT(ack.sequence(), last);
    EXPECT_EQ(ack.offset(), ack.sequence());
    last = ack.sequence();
  }
  EXPECT_LT(stream->acks().size(), 2000) << "a group commit acknowledges each source once";
}

TEST_P(JournalConformance, ManyWritersOfManySessionsEachFindTheirOwnOrder) {
  constexpr int kSessions = 3, kWriters = 4, kCommands = 300;
  std::vector<SessionId> ids;
  for (int i = 0; i < kSessions; ++i) ids.push_back(Open());
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      std::vector<std::shared_ptr<Stream>> streams;
      for (const SessionId& id : ids) streams.push_back(std::make_shared<Stream>(id, "writer " + std::to_string(writer)));
      for (uint64_t sequence = 1; sequence <= kCommands; ++sequence) {
        for (const auto& stream : streams) {
          SubmitPatiently(journal(), stream, {.sequence = sequence, .action = Append(2, writer * 1000000 + 2 * (sequence - 1))});
        }
      }
      for (const auto& stream : streams) EXPECT_TRUE(stream->WaitFor(kCommands).ok());
    });
  }
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      for (const SessionId& id : ids) EXPECT_EQ(Read(id).size() % 2, 0) << "a reader sees whole commands";
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  reader.join();
  Reopen();
  for (const SessionId& id : ids) {
    std::vector<int64_t> next(kWriters);
    for (int64_t number : Read(id)) EXPECT_EQ(number % 1000000, next[number / 1000000]++);
    for (int64_t count : next) EXPECT_EQ(count, 2 * kCommands);
  }
}

TEST_P(JournalConformance, AppendsGoOnWhileRollbacksCutAndNothingIsLostOrLeft) {
  // Appenders learn of the rollbacks by STALE_EPOCH and go on in the new epoch; what they then have must be what the journal has.
  SessionId id = Open();
  std::atomic<bool> done = false;
  std::thread cutter([&] {
    uint64_t sequence = 0;
    for (int i = 0; i < 40; ++i) {
      absl::SleepFor(absl::Milliseconds(2));
      SessionInfo info = Info(id);
      TestWriter writer(journal(), id, "cutter");
      absl::StatusOr<v1::Ack> ack =
          writer.Send({.sequence = sequence + 1, .epoch = info.epoch, .action = RollbackAction{info.head - info.head / 4}});
      if (ack.ok()) ++sequence;
    }
    done = true;
  });
  std::thread appender([&] {
    TestWriter writer(journal(), id, "w");
    while (!done) {
      absl::StatusOr<v1::Ack> ack = writer.Append(3, static_cast<int64_t>(3 * writer.sequence));
      if (ack.ok()) continue;
      ASSERT_EQ(Why(ack), v1::ERROR_REASON_STALE_EPOCH);
      writer.epoch = DetailOf(ack.status())->stale_epoch().epoch();
    }
  });
  cutter.join();
  appender.join();
  std::vector<int64_t> before = Read(id);
  ASSERT_EQ(before.size(), Info(id).head);
  EXPECT_TRUE(std::is_sorted(before.begin(), before.end()));
  EXPECT_EQ(Info(id).epoch, 40);
  Reopen();
  EXPECT_EQ(Read(id), before);
}

TEST_P(JournalConformance, BeyondItsBudgetTheQueueRefusesAndCallsWhenThereIsRoom) {
  Start({.queue_bytes = 256 << 10});
  SessionId id = Open();
  auto stream = std::make_shared<Stream>(id, "w");
  AppendAction large = Append(5000);
  int refused = 0;
  for (uint64_t sequence = 1; sequence <= 200; ++sequence) {
    Command command{.sequence = sequence, .action = large};
    if (!journal().Submit(stream, command)) {
      ++refused;
      SubmitPatiently(journal(), stream, command);
    }
  }
  UOW_ASSERT_OK(stream->WaitFor(200));
  EXPECT_GT(refused, 0);
  EXPECT_EQ(Info(id).head, 200 * 5000);
}

TEST_P(JournalConformance, ACommandLargerThanTheBudgetStillFits) {
  Start({.queue_bytes = 1000});
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(100000));
  UOW_ASSERT_OK(writer.Append(1));
  EXPECT_EQ(Info(id).head, 100001);
}

TEST_P(JournalConformance, WhenThereIsRoomTheCallComesAtOnce) {
  std::atomic<bool> called = false;
  journal().WhenReady([&] { called = true; });
  for (int i = 0; i < 10000 && !called; ++i) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_TRUE(called);
}

TEST_P(JournalConformance, ShutdownCommitsWhatIsQueuedAndRefusesTheRest) {
  SessionId id = Open();
  auto stream = std::make_shared<Stream>(id, "w");
  for (uint64_t sequence = 1; sequence <= 500; ++sequence) {
    ASSERT_TRUE(journal().Submit(stream, {.sequence = sequence, .action = Append(1, sequence)}));
  }
  journal().Shutdown();
  EXPECT_EQ(stream->acks().back().sequence(), 500) << "acknowledged before Shutdown returns";
  TestWriter late(journal(), id, "late");
  EXPECT_EQ(Why(late.Append(1)), v1::ERROR_REASON_SHUTTING_DOWN);
  EXPECT_EQ(Why(journal().CreateSession({})), v1::ERROR_REASON_SHUTTING_DOWN);
  EXPECT_EQ(Why(journal().RenewSession(id, absl::Hours(1))), v1::ERROR_REASON_SHUTTING_DOWN);
  EXPECT_EQ(Why(journal().BeginSave(id, "s", {0, 0})), v1::ERROR_REASON_SHUTTING_DOWN);
  EXPECT_EQ(Read(id).size(), 500) << "reading goes on";
  journal().Shutdown();
  Reopen();
  EXPECT_EQ(Info(id).head, 500);
}

}  // namespace
}  // namespace uow::conformance
