#include "clients/cpp/command_queue.h"

#include <string>

#include "gtest/gtest.h"

namespace uow::inline client::internal {
namespace {

using Attachment = CommandQueue::Attachment;
using Refusal = CommandQueue::Refusal;

v1::Event AnEvent(uint32_t table = 0) {
  v1::Event event;
  event.set_table(table);
  return event;
}

// Sends everything that there is and returns the last command.
v1::Command SendAll(CommandQueue& queue) {
  CommandQueue::Message last;
  while (queue.HasUnsent()) last = queue.NextToSend();
  return last == nullptr ? v1::Command() : last->command();
}

TEST(CommandQueue, EventsGatherUntilTheyAreSent) {
  CommandQueue queue(0);
  for (int i = 0; i < 3; ++i) queue.AddEvent(AnEvent(), 10);
  EXPECT_EQ(SendAll(queue).append().events_size(), 3);
  queue.AddEvent(AnEvent(), 10);
  v1::Command command = SendAll(queue);
  EXPECT_EQ(command.sequence(), 2u);
  EXPECT_EQ(command.append().events_size(), 1);
}

TEST(CommandQueue, CommandsAreLimitedInEventsAndBytes) {
  CommandQueue queue(0);
  for (int i = 0; i < 1001; ++i) queue.AddEvent(AnEvent(), 1);
  queue.AddEvent(AnEvent(), 256 << 10);
  EXPECT_EQ(SendAll(queue).sequence(), 3u);
}

TEST(CommandQueue, ACheckpointIsNeverPassed) {
  CommandQueue queue(0);
  queue.AddEvent(AnEvent(), 10);
  queue.AddCheckpoint("a");
  queue.AddEvent(AnEvent(), 10);
  EXPECT_EQ(queue.NextToSend()->command().append().events_size(), 1);
  EXPECT_EQ(queue.NextToSend()->command().checkpoint().name(), "a");
  EXPECT_EQ(queue.NextToSend()->command().append().events_size(), 1);
}

TEST(CommandQueue, ItsOwnRollbacksCountInTheEpoch) {
  CommandQueue queue(4);
  uint64_t checkpoint = queue.AddCheckpoint("a");
  queue.AddRollback("a", checkpoint);
  queue.AddEvent(AnEvent(), 10);
  EXPECT_EQ(queue.NextToSend()->command().epoch(), 4u);
  EXPECT_EQ(queue.NextToSend()->command().epoch(), 4u);
  EXPECT_EQ(queue.NextToSend()->command().epoch(), 5u);
}

TEST(CommandQueue, BytesAreFreedAsCommandsBecomeDurable) {
  CommandQueue queue(0);
  queue.AddEvent(AnEvent(), 100);
  uint64_t one = queue.bytes();
  SendAll(queue);
  queue.AddEvent(AnEvent(), 100);
  EXPECT_EQ(queue.bytes(), 2 * one);
  SendAll(queue);
  queue.Acknowledge(1, 0);
  EXPECT_EQ(queue.bytes(), one);
  EXPECT_EQ(queue.durable_ticket(), 1u);
  queue.Acknowledge(2, 0);
  EXPECT_EQ(queue.bytes(), 0u);
  EXPECT_EQ(queue.durable_ticket(), queue.last_ticket());
}

TEST(CommandQueue, AfterALostConnectionOnlyWhatIsNotDurableIsSentAgainAndUnchanged) {
  CommandQueue queue(0);
  queue.AddEvent(AnEvent(1), 10);
  queue.AddCheckpoint("a");
  queue.AddEvent(AnEvent(2), 10);
  std::string sent = SendAll(queue).SerializeAsString();
  ASSERT_EQ(queue.Attach(2, 0), Attachment::kOk);
  queue.AddEvent(AnEvent(3), 10);  // must not slip into a command that was sent
  EXPECT_EQ(queue.NextToSend()->command().SerializeAsString(), sent);
  EXPECT_EQ(queue.NextToSend()->command().sequence(), 4u);
}

TEST(CommandQueue, ALostAcknowledgementOfItsOwnRollbackIsNoForeignRollback) {
  CommandQueue queue(0);
  queue.AddRollback("a", 0);
  queue.AddEvent(AnEvent(), 10);
  SendAll(queue);
  EXPECT_EQ(queue.Attach(1, 1), Attachment::kOk);
  EXPECT_EQ(SendAll(queue).epoch(), 1u);
}

TEST(CommandQueue, ARollbackByAnotherWriterIsFoundOnAttach) {
  CommandQueue queue(0);
  queue.AddEvent(AnEvent(), 10);
  SendAll(queue);
  EXPECT_EQ(queue.Attach(1, 1), Attachment::kStale);
  queue.Restart(1);
  EXPECT_TRUE(queue.empty());
  queue.AddEvent(AnEvent(), 10);
  ASSERT_EQ(queue.Attach(1, 1), Attachment::kOk);
  v1::Command command = SendAll(queue);
  EXPECT_EQ(command.sequence(), 2u);
  EXPECT_EQ(command.epoch(), 1u);
}

TEST(CommandQueue, AJournalThatForgotAcknowledgedCommandsIsNoticed) {
  CommandQueue queue(0);
  queue.AddEvent(AnEvent(), 10);
  SendAll(queue);
  queue.Acknowledge(1, 0);
  EXPECT_EQ(queue.Attach(0, 0), Attachment::kLost);
}

TEST(CommandQueue, ARefusedCommandStaysInTheWayUntilItIsRolledBackPast) {
  CommandQueue queue(0);
  uint64_t before = queue.AddCheckpoint("before");
  queue.AddEvent(AnEvent(), 10);
  uint64_t after = queue.AddCheckpoint("after");
  SendAll(queue);
  EXPECT_EQ(queue.Refuse(2), Refusal::kRefused);
  EXPECT_FALSE(queue.WouldResolve(after));
  queue.AddRollback("after", after);
  EXPECT_FALSE(queue.TryResolve());
  EXPECT_TRUE(queue.WouldResolve(before));
  queue.AddRollback("before", before);
  EXPECT_TRUE(queue.TryResolve());

  ASSERT_EQ(queue.Attach(1, 0), Attachment::kOk);
  v1::Command rollback = SendAll(queue);
  EXPECT_EQ(rollback.rollback().checkpoint(), "before");
  EXPECT_EQ(rollback.sequence(), 2u);  // a refused command uses up no sequence
  EXPECT_EQ(rollback.epoch(), 0u);
}

TEST(CommandQueue, ARollbackThatWasMadeBeforeTheRefusalArrivedResolvesIt) {
  CommandQueue queue(0);
  uint64_t checkpoint = queue.AddCheckpoint("a");
  queue.AddEvent(AnEvent(), 10);
  queue.AddRollback("a", checkpoint);
  queue.AddEvent(AnEvent(), 10);
  SendAll(queue);
  EXPECT_EQ(queue.Refuse(2), Refusal::kResolved);
  ASSERT_EQ(queue.Attach(1, 0), Attachment::kOk);
  v1::Command rollback = queue.NextToSend()->command();
  EXPECT_EQ(rollback.sequence(), 2u);
  EXPECT_EQ(rollback.epoch(), 0u);
  v1::Command event = queue.NextToSend()->command();
  EXPECT_EQ(event.sequence(), 3u);
  EXPECT_EQ(event.epoch(), 1u);
}

TEST(CommandQueue, ARefusedRollbackCantBeTakenBack) {
  CommandQueue queue(0);
  uint64_t checkpoint = queue.AddCheckpoint("a");
  queue.AddRollback("a", checkpoint);
  SendAll(queue);
  EXPECT_EQ(queue.Refuse(2), Refusal::kRollback);
}

}  // namespace
}  // namespace uow::inline client::internal
