// What becomes of a journal whose files are torn, damaged or in the wrong hands.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "journal/errors.h"
#include "journal/keys.h"
#include "journal/rocks_store.h"
#include "journal/rocks_test_journal.h"

namespace uow {
namespace {

using testing::HasSubstr;

std::vector<int64_t> Numbers(int64_t to) {
  std::vector<int64_t> numbers(to);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// A journal with one session of `commands` appends of ten events, each of them a group commit, left as by a kill.
SessionId LeaveCrashed(const std::string& crashed, int commands) {
  TempDirectory directory;
  std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory.path()));
  SessionId id = NewTestSession(*journal);
  for (int i = 0; i < commands; ++i) {
    EXPECT_TRUE(
        Send(*journal, id, "w", {.sequence = static_cast<uint64_t>(i + 1), .action = AppendNumbers(10 * i, 10 * i + 10)}).ok());
  }
  CopyAsCrashed(directory.path(), crashed);
  return id;
}

// Rewrites one value behind the journal's back.
void Damage(const std::string& directory, Family family, const std::string& key, const std::function<void(std::string&)>& change) {
  absl::StatusOr<std::unique_ptr<RocksStore>> store = RocksStore::Open(OptionsFor(directory));
  ASSERT_TRUE(store.ok()) << store.status();
  rocksdb::PinnableSlice value;
  absl::StatusOr<bool> found = (*store)->Get(family, key, value);
  ASSERT_TRUE(found.ok() && *found);
  std::string damaged = value.ToString();
  change(damaged);
  ASSERT_TRUE((*store)->db().Put(rocksdb::WriteOptions(), (*store)->handle(family), key, damaged).ok());
}

void FlipMiddle(std::string& value) { value[value.size() / 2] ^= 0x10; }

TEST(RocksDamage, WhatWasAcknowledgedSurvivesAKill) {
  TempDirectory crashed;
  SessionId id = LeaveCrashed(crashed.path(), 20);
  std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(crashed.path()));
  EXPECT_EQ(*ReadNumbers(*journal, id, 0, 200), Numbers(200));
  EXPECT_EQ(journal->GetWriter(id, "w", std::nullopt)->last_sequence, 20);
}

TEST(RocksDamage, ATornTailLeavesAPrefixWithoutHoles) {
  TempDirectory crashed, torn;
  SessionId id = LeaveCrashed(crashed.path(), 20);
  uint64_t size = std::filesystem::file_size(NewestLog(crashed.path()));
  uint64_t last_head = 200;
  for (uint64_t cut = 1; cut < size; cut += size / 25) {
    CopyAsCrashed(crashed.path(), torn.path());
    std::filesystem::resize_file(NewestLog(torn.path()), size - cut);
    std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(torn.path()));
    ASSERT_NE(journal, nullptr);
    absl::StatusOr<SessionInfo> info = journal->GetSession(id);
    if (!info.ok()) {
      EXPECT_EQ(ReasonOf(info.status()), v1::ERROR_REASON_SESSION_NOT_FOUND);
      last_head = 0;
      continue;
    }
    EXPECT_LE(info->head, last_head);
    EXPECT_EQ(info->head % 10, 0);
    EXPECT_EQ(*ReadNumbers(*journal, id, 0, info->head), Numbers(info->head));
    EXPECT_EQ(journal->GetWriter(id, "w", std::nullopt)->last_sequence, info->head / 10);
    last_head = info->head;
  }
  EXPECT_LT(last_head, 50) << "the cuts reached the beginning";
}

TEST(RocksDamage, DamageInTheMiddleOfTheLogIsRefusedAtOpenNamingTheFile) {
  TempDirectory crashed;
  LeaveCrashed(crashed.path(), 20);
  std::string log = NewestLog(crashed.path());
  FlipByte(log, std::filesystem::file_size(log) / 2);
  absl::Status status = OpenRocksJournal(OptionsFor(crashed.path())).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_JOURNAL_CORRUPT);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(crashed.path()));
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::filesystem::path(log).filename().string()));
}

TEST(RocksDamage, AMissingTableIsRefusedAtOpen) {
  TempDirectory directory;
  { OpenOrDie(OptionsFor(directory.path())); }
  {
    absl::StatusOr<std::unique_ptr<RocksStore>> store = RocksStore::Open(OptionsFor(directory.path()));
    ASSERT_TRUE((*store)->db().Put(rocksdb::WriteOptions(), (*store)->handle(Family::kChunks), "k", "v").ok());
    ASSERT_TRUE((*store)->db().Flush(rocksdb::FlushOptions(), (*store)->handle(Family::kChunks)).ok());
  }
  std::string table;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    if (entry.path().extension() == ".sst") table = entry.path();
  }
  std::filesystem::remove(table);
  absl::Status status = OpenRocksJournal(OptionsFor(directory.path())).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_JOURNAL_CORRUPT);
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::filesystem::path(table).stem().string() + "."));
}

class DamagedChunk : public testing::Test {
 protected:
  // Two sessions with three chunks each.
  void SetUp() override {
    std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory_.path()));
    for (SessionId* id : {&damaged_, &whole_}) {
      *id = NewTestSession(*journal);
      for (uint64_t i = 0; i < 3; ++i) {
        ASSERT_TRUE(Send(*journal, *id, "w", {.sequence = i + 1, .action = AppendNumbers(10 * i, 10 * i + 10)}).ok());
      }
    }
  }

  void ExpectCorrupt(const absl::Status& status, const std::string& key) {
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_JOURNAL_CORRUPT) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(directory_.path()));
    std::string hex;
    for (unsigned char byte : key) {
      char digits[3];
      std::snprintf(digits, sizeof digits, "%02x", byte);
      hex += digits;
    }
    EXPECT_THAT(std::string(status.message()), HasSubstr(hex));
  }

  TempDirectory directory_;
  SessionId damaged_, whole_;
};

TEST_F(DamagedChunk, IsDataLossForItsSessionAlone) {
  std::string key = ChunkKey(damaged_, 10);
  Damage(directory_.path(), Family::kChunks, key, FlipMiddle);
  std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory_.path()));
  ExpectCorrupt(ReadNumbers(*journal, damaged_, 0, 30).status(), key);
  EXPECT_EQ(*ReadNumbers(*journal, damaged_, 0, 10), Numbers(10)) << "each chunk can be checked alone";
  EXPECT_EQ(ReadNumbers(*journal, damaged_, 20, 30)->size(), 10);
  ExpectCorrupt(Send(*journal, damaged_, "v", {.sequence = 1, .action = RollbackAction{uint64_t{15}}}).status(), key);
  EXPECT_EQ(journal->GetSession(damaged_)->epoch, 0) << "a refused rollback changes nothing";
  EXPECT_EQ(journal->GetSession(damaged_)->head, 30);
  EXPECT_TRUE(Send(*journal, damaged_, "v", {.sequence = 1, .action = RollbackAction{uint64_t{5}}}).ok()) << "out of the damage";
  EXPECT_EQ(*ReadNumbers(*journal, damaged_, 0, 5), Numbers(5));

  EXPECT_EQ(*ReadNumbers(*journal, whole_, 0, 30), Numbers(30));
  EXPECT_TRUE(Send(*journal, whole_, "v", {.sequence = 1, .action = RollbackAction{uint64_t{15}}}).ok());
}

TEST_F(DamagedChunk, EveryFlippedByteIsFound) {
  rocksdb::PinnableSlice value;
  std::string key = ChunkKey(damaged_, 10);
  absl::StatusOr<std::unique_ptr<RocksStore>> store = RocksStore::Open(OptionsFor(directory_.path()));
  ASSERT_TRUE(*(*store)->Get(Family::kChunks, key, value));
  std::string whole = value.ToString();
  store->reset();
  for (size_t at = 0; at < whole.size(); at += 1 + whole.size() / 12) {
    Damage(directory_.path(), Family::kChunks, key, [&](std::string& chunk) {
      chunk = whole;
      chunk[at] ^= 1;
    });
    std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory_.path()));
    EXPECT_EQ(ReasonOf(ReadNumbers(*journal, damaged_, 0, 30).status()), v1::ERROR_REASON_JOURNAL_CORRUPT) << "byte " << at;
  }
}

TEST_F(DamagedChunk, AMissingOneIsFound) {
  for (uint64_t first : {0, 10, 20}) {
    std::string value;
    Damage(directory_.path(), Family::kChunks, ChunkKey(damaged_, first), [&](std::string& chunk) { value = chunk; });
    {
      absl::StatusOr<std::unique_ptr<RocksStore>> store = RocksStore::Open(OptionsFor(directory_.path()));
      rocksdb::ColumnFamilyHandle* chunks = (*store)->handle(Family::kChunks);
      ASSERT_TRUE((*store)->db().Delete(rocksdb::WriteOptions(), chunks, ChunkKey(damaged_, first)).ok());
    }
    {
      std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory_.path()));
      EXPECT_EQ(ReasonOf(ReadNumbers(*journal, damaged_, 0, 30).status()), v1::ERROR_REASON_JOURNAL_CORRUPT) << first;
      EXPECT_EQ(ReasonOf(ReadNumbers(*journal, damaged_, first + 5, 30).status()), v1::ERROR_REASON_JOURNAL_CORRUPT) << first;
    }
    absl::StatusOr<std::unique_ptr<RocksStore>> store = RocksStore::Open(OptionsFor(directory_.path()));
    rocksdb::ColumnFamilyHandle* chunks = (*store)->handle(Family::kChunks);
    ASSERT_TRUE((*store)->db().Put(rocksdb::WriteOptions(), chunks, ChunkKey(damaged_, first), value).ok());
  }
  std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory_.path()));
  EXPECT_EQ(*ReadNumbers(*journal, damaged_, 0, 30), Numbers(30)) << "restored";
}

TEST_F(DamagedChunk, OneOfAnotherSessionOrPlaceIsFound) {
  std::string other;
  Damage(directory_.path(), Family::kChunks, ChunkKey(whole_, 10), [&](std::string& chunk) { other = chunk; });
  Damage(directory_.path(), Family::kChunks, ChunkKey(damaged_, 10), [&](std::string& chunk) { chunk = other; });
  std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory_.path()));
  EXPECT_EQ(ReasonOf(ReadNumbers(*journal, damaged_, 0, 30).status()), v1::ERROR_REASON_JOURNAL_CORRUPT);
}

TEST_F(DamagedChunk, ADamagedStateIsDataLossForItsSessionAlone) {
  Damage(directory_.path(), Family::kSessions, StateKey(damaged_), [](std::string& state) { state.resize(state.size() - 3); });
  std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory_.path()));
  ExpectCorrupt(journal->GetSession(damaged_).status(), StateKey(damaged_));
  ExpectCorrupt(Send(*journal, damaged_, "w", {.sequence = 4, .action = AppendNumbers(0, 1)}).status(), StateKey(damaged_));
  ExpectCorrupt(journal->CloseSession(damaged_, false).status(), StateKey(damaged_));
  EXPECT_EQ(*ReadNumbers(*journal, whole_, 0, 30), Numbers(30));
  EXPECT_EQ(journal->ListSessions({}, SessionId{}, 10)->sessions.size(), 1);
}

TEST_F(DamagedChunk, ADamagedTableIsDataLossWhereItIsRead) {
  // On disk this time: a flipped byte in a block of a table fails RocksDB's own checksum.
  {
    absl::StatusOr<std::unique_ptr<RocksStore>> store = RocksStore::Open(OptionsFor(directory_.path()));
    ASSERT_TRUE((*store)->db().Flush(rocksdb::FlushOptions(), (*store)->handle(Family::kChunks)).ok());
  }
  std::string table;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    if (entry.path().extension() == ".sst" && entry.path().string() > table) table = entry.path().string();
  }
  FlipByte(table, 30);
  std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory_.path()));
  absl::Status status = ReadNumbers(*journal, damaged_, 0, 30).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_JOURNAL_CORRUPT) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::filesystem::path(table).filename().string()));
  EXPECT_TRUE(journal->GetSession(damaged_).ok());
}

TEST(RocksOpen, ASecondUserOfTheDirectoryIsTurnedAway) {
  TempDirectory directory;
  std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory.path()));
  absl::Status status = OpenRocksJournal(OptionsFor(directory.path())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another process"));
  journal.reset();
  EXPECT_TRUE(OpenRocksJournal(OptionsFor(directory.path())).ok());
}

TEST(RocksOpen, AnImpossibleDirectoryIsAnError) {
  absl::Status status = OpenRocksJournal(OptionsFor("/proc/nowhere/journal")).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INTERNAL);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/proc/nowhere"));
}

TEST(RocksOpen, ANewerFormatIsRefused) {
  TempDirectory directory;
  { OpenOrDie(OptionsFor(directory.path())); }
  Damage(directory.path(), Family::kDefault, "format", [](std::string& format) { format[0] = 2; });
  absl::Status status = OpenRocksJournal(OptionsFor(directory.path())).status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("format"));
}

TEST(RocksOpen, AFullDiskRefusesWritesAndStillReadsAndSettles) {
  TempDirectory directory;
  std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory.path()));
  SessionId id = NewTestSession(*journal), other = NewTestSession(*journal);
  ASSERT_TRUE(Send(*journal, id, "w", {.sequence = 1, .action = AppendNumbers(0, 10)}).ok());
  absl::StatusOr<SaveIntent> intent = journal->BeginSave(id, "s", {10, 0});
  ASSERT_TRUE(intent.ok());
  journal.reset();

  // Between a half and the whole of the reserve.
  RocksJournalOptions full = OptionsFor(directory.path());
  full.free_space_reserve = std::filesystem::space(directory.path()).available / 3 * 4;
  journal = OpenOrDie(full);
  EXPECT_EQ(ReasonOf(Send(*journal, id, "w", {.sequence = 2, .action = AppendNumbers(10, 20)}).status()),
            v1::ERROR_REASON_DISK_FULL);
  EXPECT_EQ(ReasonOf(Send(*journal, id, "w", {.sequence = 2, .action = CheckpointAction{"a"}}).status()),
            v1::ERROR_REASON_DISK_FULL);
  EXPECT_EQ(ReasonOf(journal->CreateSession({}).status()), v1::ERROR_REASON_DISK_FULL);
  EXPECT_EQ(ReasonOf(journal->BeginSave(other, "s", {0, 0}).status()), v1::ERROR_REASON_DISK_FULL);
  EXPECT_EQ(ReasonOf(journal->RenewSession(id, absl::Hours(1)).status()), v1::ERROR_REASON_DISK_FULL);
  EXPECT_TRUE(Send(*journal, id, "w", {.sequence = 1, .action = AppendNumbers(0, 10)}).ok()) << "a retry writes nothing";
  EXPECT_EQ(*ReadNumbers(*journal, id, 0, 10), Numbers(10));
  EXPECT_TRUE(journal->FinishSave(id, *intent, {}).ok()) << "what has happened in the target is noted";
  EXPECT_TRUE(journal->CloseSession(id, false).ok()) << "and what frees space goes on";
  EXPECT_EQ(*journal->Purge(absl::ZeroDuration(), 10), 1);
  journal.reset();

  full.free_space_reserve = uint64_t{1} << 60;
  journal = OpenOrDie(full);
  EXPECT_EQ(ReasonOf(journal->CloseSession(other, false).status()), v1::ERROR_REASON_DISK_FULL);
  EXPECT_EQ(journal->GetSession(other)->open, true);
}

}  // namespace
}  // namespace uow
