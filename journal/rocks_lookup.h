#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "journal/records.h"
#include "journal/rocks_store.h"
#include "journal/session.h"

namespace uow {

// Records of sessions as they are in the store, at a snapshot or as of the last group commit. JOURNAL_CORRUPT for a damaged record.

// SESSION_NOT_FOUND.
absl::StatusOr<SessionMeta> ReadMeta(RocksStore& store, const SessionId& id);
absl::StatusOr<SessionState> ReadState(RocksStore& store, const SessionId& id, const rocksdb::Snapshot* snapshot = nullptr);
absl::StatusOr<Truncations> ReadTruncations(RocksStore& store, const SessionId& id, const rocksdb::Snapshot* snapshot = nullptr);
// None where there is no such save.
absl::StatusOr<std::optional<StoredSave>> ReadSave(RocksStore& store, const SessionId& id, absl::string_view save_id,
                                                   const rocksdb::Snapshot* snapshot = nullptr);

// What the rules of a session look up.
class RocksLookup : public SessionLookup {
 public:
  RocksLookup(RocksStore& store, const SessionId& id, const rocksdb::Snapshot* snapshot = nullptr)
      : store_(store), id_(id), snapshot_(snapshot) {}

  absl::StatusOr<WriterState> LoadWriter(absl::string_view writer) override;
  absl::StatusOr<std::optional<CommandNote>> FindCommand(absl::string_view writer, uint64_t sequence) override;
  absl::StatusOr<uint64_t> LastSurviving(absl::string_view writer, uint64_t offset) override;
  absl::StatusOr<std::optional<CheckpointPlace>> FindCheckpoint(absl::string_view name) override;

 private:
  struct Found {
    std::string key;  // empty: none
    uint64_t first_sequence = 0;
    WriterRecord record;
  };
  // The same from the chunks, for a writer whose older notes are gone.
  absl::StatusOr<uint64_t> LastSurvivingRun(absl::string_view writer, uint64_t offset);
  // The record that holds the sequence, or the last one before it.
  absl::StatusOr<Found> FindRecord(absl::string_view writer, uint64_t sequence);

  RocksStore& store_;
  const SessionId id_;
  const rocksdb::Snapshot* const snapshot_;
};

}  // namespace uow
