#include "adapters/random_journal.h"

#include <future>
#include <utility>

#include "gtest/gtest.h"

namespace uow::test {
namespace {

class Sent final : public CommandSource {
 public:
  using CommandSource::CommandSource;
  void OnCommitted(const v1::Ack&) override { outcome.set_value(absl::OkStatus()); }
  void OnFailed(uint64_t, const absl::Status& status) override { outcome.set_value(status); }

  std::promise<absl::Status> outcome;
};

}  // namespace

RandomJournal::RandomJournal(Journal& journal)
    : journal_(journal),
      id_(journal.CreateSession({.target = "db", .schema_id = "schema", .idle_ttl = absl::Hours(1)}).value().id) {}

void RandomJournal::Send(Command command) {
  command.sequence = ++sequence_;
  command.epoch = epoch_;
  auto source = std::make_shared<Sent>(id_, "w");
  EXPECT_TRUE(journal_.Submit(source, std::move(command)));
  const absl::Status status = source->outcome.get_future().get();
  EXPECT_TRUE(status.ok()) << status;
}

void RandomJournal::Append(const std::vector<v1::Event>& events) {
  if (events.empty()) return;
  v1::AppendEvents batch;
  for (const v1::Event& event : events) *batch.add_events() = event;
  Send({.action = AppendAction{.events = events.size(), .bytes = batch.SerializeAsString()}});
  head_ += events.size();
}

void RandomJournal::RollBack(uint64_t offset) {
  Send({.action = RollbackAction{offset}});
  ++epoch_;
  head_ = offset;
}

std::vector<v1::Event> RandomJournal::Read(uint64_t from) const {
  std::vector<v1::Event> events;
  const absl::Status status = journal_.ReadEvents(
      id_, from, head_, std::nullopt, [&events](uint64_t, absl::string_view, uint64_t, absl::Time, const v1::Event& event) {
        events.push_back(event);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return events;
}

}  // namespace uow::test
