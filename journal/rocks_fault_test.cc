// What a journal is worth when the machine loses power, or its disk refuses to sync.

#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <map>
#include <random>

#include "journal/errors.h"
#include "journal/mutex.h"
#include "journal/rocks_test_journal.h"

namespace uow {
namespace {

// A file system that knows how much of each file was synced, and on demand fails to sync.
class UnsyncedFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  UnsyncedFileSystem() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "UnsyncedFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    MutexLock lock(mutex_);
    if (auto found = synced_.find(from); found != synced_.end()) {
      synced_[to] = found->second;
      synced_.erase(found);
    }
    return rocksdb::FileSystemWrapper::RenameFile(from, to, options, debug);
  }
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    MutexLock lock(mutex_);
    synced_.erase(name);
    return rocksdb::FileSystemWrapper::DeleteFile(name, options, debug);
  }

  // The directory as a power cut would leave it: a copy in which each file ends where it was last synced. Nothing is written
  // meanwhile.
  void CopyAfterPowerCut(const std::string& from, const std::string& to) {
    MutexLock lock(mutex_);
    CopyAsCrashed(from, to);
    for (const auto& [name, size] : synced_) {
      std::string copy = to + name.substr(from.size());
      if (std::filesystem::exists(copy) && std::filesystem::file_size(copy) > size) std::filesystem::resize_file(copy, size);
    }
  }

  std::atomic<bool> fail_syncs = false;

 private:
  friend class CountedFile;

  Mutex mutex_;  // held by whatever changes a file
  std::map<std::string, uint64_t> synced_ ABSL_GUARDED_BY(mutex_);
};

class CountedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  CountedFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, UnsyncedFileSystem& owner)
      : rocksdb::FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), owner_(owner) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    MutexLock lock(owner_.mutex_);
    written_ += data.size();
    return rocksdb::FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& verification, rocksdb::IODebugContext* debug) override {
    MutexLock lock(owner_.mutex_);
    written_ += data.size();
    return rocksdb::FSWritableFileOwnerWrapper::Append(data, options, verification, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    MutexLock lock(owner_.mutex_);
    return Note(rocksdb::FSWritableFileOwnerWrapper::Sync(options, debug));
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    MutexLock lock(owner_.mutex_);
    return Note(rocksdb::FSWritableFileOwnerWrapper::Fsync(options, debug));
  }

 private:
  rocksdb::IOStatus Note(rocksdb::IOStatus status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(owner_.mutex_) {
    if (owner_.fail_syncs) return rocksdb::IOStatus::IOError("the disk is gone");
    if (status.ok()) owner_.synced_[name_] = written_;
    return status;
  }

  const std::string name_;
  UnsyncedFileSystem& owner_;
  uint64_t written_ = 0;
};

rocksdb::IOStatus UnsyncedFileSystem::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                      rocksdb::IODebugContext* debug) {
  MutexLock lock(mutex_);
  rocksdb::IOStatus status = rocksdb::FileSystemWrapper::NewWritableFile(name, options, file, debug);
  if (status.ok()) synced_[name] = 0;
  if (status.ok()) *file = std::make_unique<CountedFile>(std::move(*file), name, *this);
  return status;
}

class RocksFault : public testing::Test {
 protected:
  RocksFault() : files_(std::make_shared<UnsyncedFileSystem>()), env_(rocksdb::NewCompositeEnv(files_)) {
    options_ = OptionsFor(directory_.path());
    options_.env = env_.get();
    // So small that tables are written all the time.
    options_.block_cache_bytes = 256 << 10;
  }

  TempDirectory directory_, crashed_;
  std::shared_ptr<UnsyncedFileSystem> files_;
  std::unique_ptr<rocksdb::Env> env_;
  RocksJournalOptions options_;
};

TEST_F(RocksFault, WhatWasAcknowledgedSurvivesAPowerCut) {
  std::unique_ptr<Journal> journal = OpenOrDie(options_);
  SessionId id = NewTestSession(*journal);
  std::mt19937 random(5);
  std::vector<int64_t> expected;
  uint64_t epoch = 0;
  for (uint64_t sequence = 1; sequence <= 400; ++sequence) {
    Command command{.sequence = sequence, .epoch = epoch};
    if (sequence % 20 == 0) {
      expected.resize(expected.size() - random() % 500);
      command.action = RollbackAction{expected.size()};
      ++epoch;
    } else {
      int64_t from = static_cast<int64_t>(1000 * sequence), count = 100 + static_cast<int64_t>(random() % 400);
      for (int64_t number = from; number < from + count; ++number) expected.push_back(number);
      command.action = AppendNumbers(from, from + count);
    }
    ASSERT_TRUE(Send(*journal, id, "w", command).ok());
    if (sequence % 40 > 0) continue;
    files_->CopyAfterPowerCut(directory_.path(), crashed_.path());
    std::unique_ptr<Journal> after = OpenOrDie(OptionsFor(crashed_.path()));
    ASSERT_NE(after, nullptr);
    ASSERT_EQ(after->GetSession(id)->head, expected.size());
    EXPECT_EQ(after->GetSession(id)->epoch, epoch);
    EXPECT_EQ(*ReadNumbers(*after, id, 0, expected.size()), expected);
    EXPECT_EQ(after->GetWriter(id, "w", std::nullopt)->last_sequence, sequence);
    EXPECT_TRUE(Send(*after, id, "w", command).ok()) << "a retry of the last command is recognised";
    EXPECT_EQ(after->GetSession(id)->head, expected.size());
  }
}

TEST_F(RocksFault, TheProcessStopsWhereASyncFails) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The process that dies leaves its directories behind: within one that goes away with this test.
  const char* temporary = getenv("TMPDIR");
  std::string before = temporary == nullptr ? "/tmp" : temporary;
  setenv("TMPDIR", crashed_.path().c_str(), 1);
  EXPECT_DEATH(
      {
        std::unique_ptr<Journal> journal = OpenOrDie(options_);
        SessionId id = NewTestSession(*journal);
        files_->fail_syncs = true;
        Send(*journal, id, "w", {.sequence = 1, .action = AppendNumbers(0, 10)}).IgnoreError();
      },
      "what is durable is unknown");
  setenv("TMPDIR", before.c_str(), 1);
}

}  // namespace
}  // namespace uow
