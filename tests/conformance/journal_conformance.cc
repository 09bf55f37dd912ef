#include "tests/conformance/journal_conformance.h"

#include <thread>
#include <utility>

namespace uow::conformance {

void Stream::OnCommitted(const v1::Ack& ack) {
  MutexLock lock(mutex_);
  acks_.push_back(ack);
  changed_.NotifyAll();
}

void Stream::OnFailed(uint64_t sequence, const absl::Status& status) {
  MutexLock lock(mutex_);
  EXPECT_TRUE(failure_.ok()) << "a source fails once";
  failed_sequence_ = sequence;
  failure_ = status;
  changed_.NotifyAll();
}

absl::StatusOr<v1::Ack> Stream::WaitFor(uint64_t sequence) {
  MutexLock lock(mutex_);
  while (true) {
    if (!acks_.empty() && acks_.back().sequence() >= sequence) return acks_.back();
    if (!failure_.ok()) return failure_;
    changed_.Wait(mutex_);
  }
}

std::vector<v1::Ack> Stream::acks() {
  MutexLock lock(mutex_);
  return acks_;
}

uint64_t Stream::failed_sequence() {
  MutexLock lock(mutex_);
  return failed_sequence_;
}

v1::AppendEvents Events(uint64_t count, int64_t number) {
  v1::AppendEvents events;
  for (uint64_t i = 0; i < count; ++i) {
    v1::Event& event = *events.add_events();
    event.set_kind(v1::EVENT_KIND_CREATED);
    event.add_key()->set_int64_value(number + static_cast<int64_t>(i));
  }
  return events;
}

AppendAction Append(uint64_t count, int64_t number, uint64_t last_handle) {
  return {.events = count, .last_handle = last_handle, .bytes = Events(count, number).SerializeAsString()};
}

TestWriter::TestWriter(Journal& journal, const SessionId& session, std::string name)
    : journal_(journal), session_(session), name_(std::move(name)) {}

absl::StatusOr<v1::Ack> TestWriter::Append(uint64_t count, int64_t number) { return Next(conformance::Append(count, number)); }
absl::StatusOr<v1::Ack> TestWriter::Checkpoint(const std::string& name) { return Next(CheckpointAction{name}); }
absl::StatusOr<v1::Ack> TestWriter::RollBack(uint64_t offset) { return Next(RollbackAction{offset}); }
absl::StatusOr<v1::Ack> TestWriter::RollBack(const std::string& checkpoint) { return Next(RollbackAction{checkpoint}); }

absl::StatusOr<v1::Ack> TestWriter::Send(const Command& command) {
  auto stream = std::make_shared<Stream>(session_, name_);
  while (!journal_.Submit(stream, command)) std::this_thread::yield();
  return stream->WaitFor(command.sequence);
}

absl::StatusOr<v1::Ack> TestWriter::Next(std::variant<AppendAction, CheckpointAction, RollbackAction> action) {
  absl::StatusOr<v1::Ack> ack = Send({.sequence = sequence + 1, .epoch = epoch, .action = std::move(action)});
  if (ack.ok()) {
    sequence = ack->sequence();
    epoch = ack->epoch();
  }
  return ack;
}

Journal& JournalConformance::journal() {
  if (under_test_ == nullptr) Start();
  return under_test_->journal();
}

SessionId JournalConformance::Open(absl::Duration ttl) {
  absl::StatusOr<SessionInfo> session =
      journal().CreateSession({.target = "shop", .schema_id = std::string(64, 'a'), .labels = {{"app", "test"}}, .idle_ttl = ttl});
  EXPECT_TRUE(session.ok()) << session.status();
  return session->id;
}

SessionInfo JournalConformance::Info(const SessionId& id) {
  absl::StatusOr<SessionInfo> session = journal().GetSession(id);
  EXPECT_TRUE(session.ok()) << session.status();
  return session.ok() ? *session : SessionInfo();
}

std::vector<int64_t> JournalConformance::Read(const SessionId& id, uint64_t from, uint64_t to) {
  std::vector<int64_t> numbers;
  absl::Status status = journal().ReadEvents(id, from, to, std::nullopt,
                                             [&](uint64_t offset, absl::string_view, uint64_t, absl::Time, const v1::Event& event) {
                                               EXPECT_EQ(offset, from + numbers.size());
                                               numbers.push_back(event.key(0).int64_value());
                                               return absl::OkStatus();
                                             });
  EXPECT_TRUE(status.ok()) << status;
  return numbers;
}

std::vector<int64_t> JournalConformance::Read(const SessionId& id) { return Read(id, 0, Info(id).head); }

std::vector<std::string> JournalConformance::Checkpoints(const SessionId& id) {
  std::vector<std::string> names;
  absl::StatusOr<CheckpointPage> page = journal().ListCheckpoints(id, "", 1000);
  EXPECT_TRUE(page.ok()) << page.status();
  for (const v1::Checkpoint& checkpoint : page->checkpoints) names.push_back(checkpoint.name());
  return names;
}

ResolvedPosition JournalConformance::At(const SessionId& id, uint64_t offset) { return {offset, Info(id).epoch}; }

void JournalConformance::Save(const SessionId& id, const std::string& save_id, uint64_t to) {
  absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, save_id, At(id, to));
  UOW_ASSERT_OK(intent);
  UOW_ASSERT_OK(journal().FinishSave(id, *intent, {.status = absl::OkStatus(), .executed = true}));
}

}  // namespace uow::conformance
