#include "journal/command_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace uow {
namespace {

QueueItem ItemOf(size_t bytes) {
  QueueItem item;
  item.command.action = AppendAction{.events = 1, .bytes = std::string(bytes, 'x')};
  return item;
}

TEST(CommandQueue, RefusesBeyondItsBudgetUntilWhatWasTakenIsDone) {
  CommandQueue queue(1000);
  EXPECT_TRUE(queue.Push(ItemOf(2000))) << "one command always fits";
  EXPECT_FALSE(queue.Push(ItemOf(1)));
  std::vector<QueueItem> items;
  ASSERT_TRUE(queue.Take(items));
  EXPECT_EQ(items.size(), 1);
  EXPECT_FALSE(queue.Push(ItemOf(1))) << "it isn't durable yet";
  queue.Done();
  EXPECT_TRUE(queue.Push(ItemOf(1)));
}

TEST(CommandQueue, CallsWhoWaitsOnceThereIsRoom) {
  CommandQueue queue(1000);
  ASSERT_TRUE(queue.Push(ItemOf(2000)));
  int called = 0;
  queue.WhenReady([&] { ++called; });
  std::vector<QueueItem> items;
  ASSERT_TRUE(queue.Take(items));
  EXPECT_EQ(called, 0);
  queue.Done();
  EXPECT_EQ(called, 1);
  items.clear();
  queue.WhenReady([&] { ++called; });
  ASSERT_TRUE(queue.Take(items)) << "at once where there is room";
  queue.Done();
  EXPECT_EQ(called, 2);
}

TEST(CommandQueue, IsTakenInOrderAndInPartsThatAreSoonDone) {
  CommandQueue queue(64 << 20);
  for (uint64_t sequence = 1; sequence <= 20; ++sequence) {
    QueueItem item = ItemOf(1 << 20);
    item.command.sequence = sequence;
    ASSERT_TRUE(queue.Push(std::move(item)));
  }
  queue.Close();
  uint64_t next = 1;
  for (std::vector<QueueItem> items; queue.Take(items); items.clear()) {
    EXPECT_LE(items.size(), 5);
    for (const QueueItem& item : items) EXPECT_EQ(item.command.sequence, next++);
    queue.Done();
  }
  EXPECT_EQ(next, 21);
}

TEST(CommandQueue, WhatComesAfterTheShutdownIsRefused) {
  CommandQueue queue(1000);
  ASSERT_TRUE(queue.Push(ItemOf(1)));
  queue.Refuse();
  ASSERT_TRUE(queue.Push(ItemOf(1)));
  std::vector<QueueItem> items;
  ASSERT_TRUE(queue.Take(items));
  EXPECT_FALSE(items[0].refused);
  EXPECT_TRUE(items[1].refused);
}

TEST(CommandQueue, ACallAnswersItsCaller) {
  CommandQueue queue(1);
  Call call(SessionId{}, [](GroupCommit&) { return absl::OkStatus(); });
  queue.PushCall(call);
  std::thread committer([&] {
    std::vector<QueueItem> items;
    ASSERT_TRUE(queue.Take(items));
    items[0].call->Finish(absl::AbortedError("no"));
  });
  EXPECT_EQ(call.Wait(), absl::AbortedError("no"));
  committer.join();
}

}  // namespace
}  // namespace uow
