#include "journal/rocks_store.h"

#include <array>
#include <filesystem>
#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "journal/rocks_log.h"
#include "journal/rocks_options.h"

namespace uow {
namespace {

constexpr char kFormatKey[] = "format";
constexpr char kFormatVersion = 1;
constexpr size_t kMaxPointDeletes = 100;
constexpr size_t kMaxPointDeletedBytes = 2 << 20;

constexpr std::array<absl::string_view, kFamilies> kFamilyNames = {"default", "sessions", "chunks",    "checkpoints", "writers",
                                                                   "saves",   "handles",  "deadlines", "schemas"};

absl::string_view NameOf(Family family) { return kFamilyNames[static_cast<size_t>(family)]; }

absl::Status OpenError(const std::string& directory, const rocksdb::Status& status, const std::string& damage) {
  std::string text = damage.empty() ? status.ToString() : absl::StrCat(status.ToString(), ": ", damage);
  if (status.IsIOError() && absl::StrContains(text, "lock")) {
    v1::ErrorDetail detail;
    detail.set_reason(v1::ERROR_REASON_INVALID_REQUEST);
    return WithDetail(
        absl::FailedPreconditionError(absl::StrCat(
            "the journal in ", directory, " is open in another process; stop that one, or use another directory (", text, ")")),
        detail);
  }
  if (status.IsCorruption()) {
    return MakeError(v1::ERROR_REASON_JOURNAL_CORRUPT,
                     absl::StrCat("the journal in ", directory, " is damaged and was not opened: ", text, "; restore a backup"));
  }
  return InternalError(absl::StrCat("can't open the journal in ", directory, ": ", text));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::Open(const RocksJournalOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) return InternalError(absl::StrCat("can't create the directory ", options.directory, ": ", error.message()));

  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  rocksdb::DBOptions db_options = RocksDbOptions(options, families);
  std::shared_ptr<rocksdb::Logger> log_file;
  rocksdb::Status status = rocksdb::CreateLoggerFromOptions(options.directory, db_options, &log_file);
  if (!status.ok()) return OpenError(options.directory, status, "");
  auto log = std::make_shared<RocksLog>(std::move(log_file));
  db_options.info_log = log;
  std::unique_ptr<RocksStore> store(new RocksStore(options.directory));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  status = rocksdb::DB::Open(db_options, options.directory, families, &handles, &db);
  if (!status.ok()) return OpenError(options.directory, status, log->damage());
  store->db_.reset(db);
  std::copy(handles.begin(), handles.end(), store->handles_.begin());
  UOW_RETURN_IF_ERROR(store->CheckFormat());
  return store;
}

RocksStore::~RocksStore() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle != nullptr) db_->DestroyColumnFamilyHandle(handle);
  }
}

absl::Status RocksStore::CheckFormat() {
  rocksdb::PinnableSlice value;
  UOW_ASSIGN_OR_RETURN(bool found, Get(Family::kDefault, kFormatKey, value));
  if (!found) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    rocksdb::Status status = db_->Put(synced, kFormatKey, rocksdb::Slice(&kFormatVersion, 1));
    if (status.ok()) return absl::OkStatus();
    return InternalError(absl::StrCat("can't write to the journal in ", directory_, ": ", status.ToString()));
  }
  if (value.size() == 1 && value[0] == kFormatVersion) return absl::OkStatus();
  return InternalError(absl::StrCat("the journal in ", directory_, " has format ", absl::CHexEscape(AsView(value)),
                                    ", and this program only format ", static_cast<int>(kFormatVersion),
                                    "; use the program that wrote it"));
}

absl::StatusOr<bool> RocksStore::Get(Family family, const std::string& key, rocksdb::PinnableSlice& value,
                                     const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  value.Reset();
  rocksdb::Status status = db_->Get(options, handle(family), key, &value);
  if (status.ok()) return true;
  if (status.IsNotFound()) return false;
  return ReadError(family, key, status);
}

absl::Status RocksStore::PlanDeletion(Family family, const std::string& begin, const std::string& end,
                                      std::vector<Deletion>& deletions) {
  std::vector<Deletion> keys;
  size_t bytes = 0;
  RocksRange range(*this, family, begin, end);
  for (; range.Valid(); range.Next()) {
    keys.push_back({family, std::string(range.key()), ""});
    bytes += range.value().size();
    if (!end.empty() && (keys.size() > kMaxPointDeletes || bytes > kMaxPointDeletedBytes)) {
      keys = {{family, begin, end}};
      break;
    }
  }
  UOW_RETURN_IF_ERROR(range.status());
  std::move(keys.begin(), keys.end(), std::back_inserter(deletions));
  return absl::OkStatus();
}

void RocksStore::Stage(const std::vector<Deletion>& deletions, rocksdb::WriteBatch& batch) {
  for (const Deletion& deletion : deletions) {
    if (deletion.end.empty()) {
      batch.Delete(handle(deletion.family), deletion.begin);
    } else {
      batch.DeleteRange(handle(deletion.family), deletion.begin, deletion.end);
    }
  }
}

absl::Status RocksStore::Corrupt(Family family, absl::string_view key, absl::string_view what) const {
  return MakeError(v1::ERROR_REASON_JOURNAL_CORRUPT,
                   absl::StrCat("the journal in ", directory_, " is damaged at key ", absl::BytesToHexString(key), " of ",
                                NameOf(family), ": ", what, "; restore a backup or give up the session"));
}

absl::Status RocksStore::ReadError(Family family, absl::string_view key, const rocksdb::Status& status) const {
  if (status.IsCorruption()) return Corrupt(family, key, status.ToString());
  return InternalError(absl::StrCat("can't read key ", absl::BytesToHexString(key), " of ", NameOf(family), " in the journal in ",
                                    directory_, ": ", status.ToString()));
}

RocksRange::RocksRange(RocksStore& store, Family family, const std::string& begin, std::string end,
                       const rocksdb::Snapshot* snapshot)
    : store_(store), family_(family), end_(std::move(end)), upper_bound_(end_) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  if (!end_.empty()) options.iterate_upper_bound = &upper_bound_;
  iterator_.reset(store.db().NewIterator(options, store.handle(family)));
  iterator_->Seek(begin);
}

absl::Status RocksRange::status() const {
  rocksdb::Status status = iterator_->status();
  return status.ok() ? absl::OkStatus() : store_.ReadError(family_, end_, status);
}

absl::StatusOr<RocksEntry> FindLast(RocksStore& store, Family family, const std::string& begin, const std::string& at,
                                    const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  rocksdb::Slice lower_bound(begin);
  options.iterate_lower_bound = &lower_bound;
  std::unique_ptr<rocksdb::Iterator> iterator(store.db().NewIterator(options, store.handle(family)));
  iterator->SeekForPrev(at);
  if (!iterator->status().ok()) return store.ReadError(family, at, iterator->status());
  if (!iterator->Valid()) return RocksEntry{};
  return RocksEntry{iterator->key().ToString(), iterator->value().ToString()};
}

}  // namespace uow
