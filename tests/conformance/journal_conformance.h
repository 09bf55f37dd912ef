#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "journal/clock.h"
#include "journal/errors.h"
#include "journal/journal.h"
#include "journal/mutex.h"

// What every implementation of Journal has to do. A program runs the suite by linking uow_journal_conformance and instantiating
// JournalConformance with a factory of its own.
namespace uow::conformance {

// A clock that stands until a test moves it.
class TestClock final : public Clock {
 public:
  absl::Time Now() override {
    MutexLock lock(mutex_);
    return now_;
  }
  void Advance(absl::Duration duration) {
    MutexLock lock(mutex_);
    now_ += duration;
  }

 private:
  Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1790000000);
};

// An empty journal, which can be opened anew over what it has stored.
class JournalUnderTest {
 public:
  virtual ~JournalUnderTest() = default;
  virtual Journal& journal() = 0;
  // As after the death of the process: what was acknowledged is there, nothing was shut down.
  virtual void Reopen() = 0;
};

struct JournalSettings {
  size_t queue_bytes = 8 << 20;
  size_t cache_bytes = 8 << 20;
};

struct JournalFactory {
  std::string name;
  std::function<std::unique_ptr<JournalUnderTest>(Clock& clock, const JournalSettings& settings)> make;
};

inline void PrintTo(const JournalFactory& factory, std::ostream* out) { *out << factory.name; }

// Collects the outcomes of the commands submitted through it. Thread-safe.
class Stream final : public CommandSource {
 public:
  using CommandSource::CommandSource;

  void OnCommitted(const v1::Ack& ack) override;
  void OnFailed(uint64_t sequence, const absl::Status& status) override;

  // Waits until the command is acknowledged or the stream has failed, and returns the last acknowledgement or the error.
  absl::StatusOr<v1::Ack> WaitFor(uint64_t sequence);
  std::vector<v1::Ack> acks();
  uint64_t failed_sequence();

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<v1::Ack> acks_ ABSL_GUARDED_BY(mutex_);
  uint64_t failed_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

// Makes events whose first key value is `number` and up.
v1::AppendEvents Events(uint64_t count, int64_t number);
AppendAction Append(uint64_t count, int64_t number = 0, uint64_t last_handle = 0);

// One writer who numbers its commands and knows its epoch, one command at a time.
class TestWriter {
 public:
  TestWriter(Journal& journal, const SessionId& session, std::string name);

  absl::StatusOr<v1::Ack> Append(uint64_t count, int64_t number = 0);
  absl::StatusOr<v1::Ack> Checkpoint(const std::string& name);
  absl::StatusOr<v1::Ack> RollBack(uint64_t offset);
  absl::StatusOr<v1::Ack> RollBack(const std::string& checkpoint);
  // As it is, whatever its sequence and epoch.
  absl::StatusOr<v1::Ack> Send(const Command& command);

  uint64_t sequence = 0;  // the last one used
  uint64_t epoch = 0;

 private:
  absl::StatusOr<v1::Ack> Next(std::variant<AppendAction, CheckpointAction, RollbackAction> action);

  Journal& journal_;
  const SessionId session_;
  const std::string name_;
};

// Its members are public, for helpers that are given the test.
class JournalConformance : public testing::TestWithParam<JournalFactory> {
 public:
  void Start(const JournalSettings& settings = {}) { under_test_ = GetParam().make(clock_, settings); }
  Journal& journal();
  void Reopen() { under_test_->Reopen(); }

  SessionId Open(absl::Duration ttl = absl::Hours(1));
  SessionInfo Info(const SessionId& id);
  // The numbers of the events of [from, to), each checked for its offset.
  std::vector<int64_t> Read(const SessionId& id, uint64_t from, uint64_t to);
  // All of them.
  std::vector<int64_t> Read(const SessionId& id);
  std::vector<std::string> Checkpoints(const SessionId& id);
  ResolvedPosition At(const SessionId& id, uint64_t offset);
  // Begins and commits a save up to the offset.
  void Save(const SessionId& id, const std::string& save_id, uint64_t to);

  TestClock clock_;

 private:
  std::unique_ptr<JournalUnderTest> under_test_;
};

// The reason of an error, for EXPECT_EQ.
inline v1::ErrorReason Why(const absl::Status& status) { return ReasonOf(status); }
template <typename T>
v1::ErrorReason Why(const absl::StatusOr<T>& result) {
  return ReasonOf(result.status());
}

inline testing::AssertionResult IsOk(const absl::Status& status) {
  return status.ok() ? testing::AssertionSuccess() : testing::AssertionFailure() << status;
}
template <typename T>
testing::AssertionResult IsOk(const absl::StatusOr<T>& result) {
  return IsOk(result.status());
}

#define UOW_ASSERT_OK(expression) ASSERT_TRUE(::uow::conformance::IsOk(expression))

}  // namespace uow::conformance
