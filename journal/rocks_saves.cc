#include <rocksdb/snapshot.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/coding.h"
#include "journal/errors.h"
#include "journal/generated_pages.h"
#include "journal/generated_records.h"
#include "journal/page_token.h"
#include "journal/rocks_journal_impl.h"
#include "journal/rocks_lookup.h"
#include "journal/row_versions.h"

namespace uow {
namespace {

// A page of saves with generated values is cut off beyond this.
constexpr size_t kPageBytes = 1 << 20;

absl::Status SaveNotFound(absl::string_view save_id) {
  return MakeError(v1::ERROR_REASON_SAVE_NOT_FOUND, absl::StrCat("the session has no save \"", save_id, "\""));
}

SaveIntent IntentOf(const StoredSave& stored, const SessionState& state) {
  const v1::Save& save = stored.record.save;
  return {.save_id = save.save_id(),
          .from = save.from(),
          .to = save.to(),
          .epoch = save.epoch(),
          .attempt = save.attempt(),
          .executed_save_id = state.executed_save_id,
          .begin_time = absl::FromUnixSeconds(save.begin_time().seconds()) + absl::Nanoseconds(save.begin_time().nanos())};
}

void StageSave(GroupCommit& group, const SessionId& id, const StoredSave& stored) {
  group.batch().Put(group.store().handle(Family::kSaves), SaveKey(id, stored.record.save.save_id()), EncodeSave(stored));
}

void NoteOutcome(const SaveOutcome& outcome, int64_t now_us, StoredSave& stored) {
  v1::Save& save = stored.record.save;
  SetTimestamp(now_us, *save.mutable_end_time());
  save.set_settling(false);
  if (outcome.status.ok()) {
    save.set_state(v1::SAVE_STATE_COMMITTED);
    save.set_inserted(outcome.inserted);
    save.set_updated(outcome.updated);
    save.set_deleted(outcome.deleted);
    stored.record.executed = outcome.executed;
    return;
  }
  save.set_state(v1::SAVE_STATE_FAILED);
  v1::ErrorDetail detail = DetailOf(outcome.status).value_or(v1::ErrorDetail());
  detail.set_reason(ReasonOf(outcome.status));
  *save.mutable_error() = std::move(detail);
  save.set_error_message(std::string(outcome.status.message()));
}

}  // namespace

absl::StatusOr<SaveIntent> RocksJournal::BeginSave(const SessionId& id, const std::string& save_id, const ResolvedPosition& to) {
  return BeginSaveAs(id, save_id, to, /*without_marker=*/false);
}

absl::StatusOr<SaveIntent> RocksJournal::BeginSaveWithoutMarker(const SessionId& id, const std::string& save_id,
                                                                const ResolvedPosition& to) {
  return BeginSaveAs(id, save_id, to, /*without_marker=*/true);
}

absl::StatusOr<SaveIntent> RocksJournal::BeginSaveAs(const SessionId& id, const std::string& save_id, const ResolvedPosition& to,
                                                     bool without_marker) {
  SaveIntent intent;
  UOW_RETURN_IF_ERROR(committer_.Run(id, [&](GroupCommit& group) -> absl::Status {
    UOW_ASSIGN_OR_RETURN(CachedSession * cached, group.Load(id));
    Session& session = cached->session;
    UOW_RETURN_IF_ERROR(session.CheckOpen(group.now_us()));
    UOW_ASSIGN_OR_RETURN(std::optional<StoredSave> known, ReadSave(*store_, id, save_id));
    UOW_RETURN_IF_ERROR(session.CheckBegin(save_id, to, known ? &known->record : nullptr));
    UOW_RETURN_IF_ERROR(group.CheckSpace());
    intent = session.ApplyBegin(save_id, to, absl::FromUnixMicros(group.now_us()));
    StoredSave stored;
    stored.ordinal = known ? known->ordinal : session.state().next_save++;
    v1::Save& save = stored.record.save;
    save.set_save_id(save_id);
    save.set_state(v1::SAVE_STATE_PENDING);
    save.set_from(intent.from);
    save.set_to(intent.to);
    save.set_epoch(intent.epoch);
    save.set_attempt(intent.attempt);
    save.set_without_marker(without_marker);
    if (known) {
      *save.mutable_begin_time() = known->record.save.begin_time();
      intent.begin_time = IntentOf(stored, session.state()).begin_time;
    } else {
      SetTimestamp(group.now_us(), *save.mutable_begin_time());
      group.batch().Put(store_->handle(Family::kSaves), SaveOrderKey(id, stored.ordinal), EncodeVersioned(save_id));
    }
    StageSave(group, id, stored);
    group.Stage(*cached);
    group.Note(GroupCommit::kBeginsSave);
    return absl::OkStatus();
  }));
  return intent;
}

absl::StatusOr<SaveIntent> RocksJournal::RaiseAttempt(const SessionId& id) {
  SaveIntent intent;
  UOW_RETURN_IF_ERROR(committer_.Run(id, [&](GroupCommit& group) -> absl::Status {
    UOW_ASSIGN_OR_RETURN(CachedSession * cached, group.Load(id));
    SessionState& state = cached->session.state();
    if (state.ExpiredAt(group.now_us())) return SessionNotFound(id);
    UOW_RETURN_IF_ERROR(cached->session.CheckPending());
    UOW_ASSIGN_OR_RETURN(std::optional<StoredSave> stored, ReadSave(*store_, id, state.pending_save_id));
    if (!stored) return store_->Corrupt(Family::kSaves, SaveKey(id, state.pending_save_id), "the standing save isn't there");
    UOW_RETURN_IF_ERROR(group.CheckSpace(GroupCommit::Urgency::kMustWrite));
    stored->record.save.set_attempt(++state.attempt);
    stored->record.save.set_settling(true);
    StageSave(group, id, *stored);
    group.Stage(*cached);
    intent = IntentOf(*stored, state);
    return absl::OkStatus();
  }));
  return intent;
}

absl::Status RocksJournal::FinishSave(const SessionId& id, const SaveIntent& intent, const SaveOutcome& outcome) {
  GeneratedRecords made;
  if (outcome.status.ok() && !outcome.records) {
    SchemaRef schema;
    if (HasVersions(outcome.generated)) {
      UOW_ASSIGN_OR_RETURN(SessionMeta meta, ReadMeta(*store_, id));
      UOW_ASSIGN_OR_RETURN(schema, GetSchema(meta.schema_id));
    }
    UOW_ASSIGN_OR_RETURN(made, MakeGeneratedRecords(id, schema.get(), outcome.generated));
  }
  const GeneratedRecords& records = outcome.records ? *outcome.records : made;
  return committer_.Run(id, [&](GroupCommit& group) -> absl::Status {
    UOW_ASSIGN_OR_RETURN(CachedSession * cached, group.Load(id));
    UOW_RETURN_IF_ERROR(cached->session.CheckFinish(intent));
    UOW_ASSIGN_OR_RETURN(std::optional<StoredSave> stored, ReadSave(*store_, id, intent.save_id));
    if (!stored) return store_->Corrupt(Family::kSaves, SaveKey(id, intent.save_id), "the standing save isn't there");
    UOW_RETURN_IF_ERROR(group.CheckSpace(GroupCommit::Urgency::kMustWrite));
    NoteOutcome(outcome, group.now_us(), *stored);
    rocksdb::WriteBatch& batch = group.batch();
    StageSave(group, id, *stored);
    for (size_t page = 0; page < records.pages.size(); ++page) {
      batch.Put(store_->handle(Family::kSaves), GeneratedKey(id, stored->ordinal, page), records.pages[page]);
    }
    for (const auto& [key, operand] : records.operands) batch.Merge(store_->handle(Family::kHandles), key, operand);
    cached->session.ApplyFinish(intent, outcome);
    group.Stage(*cached);
    group.Note(GroupCommit::kEndsSave);
    return absl::OkStatus();
  });
}

absl::Status RocksJournal::ReadGenerated(const SessionId& id, uint64_t ordinal, const rocksdb::Snapshot* snapshot,
                                         const std::function<void(v1::GeneratedEntity&&)>& add, size_t& bytes) {
  RocksRange range(*store_, Family::kSaves, GeneratedKey(id, ordinal, 0), GeneratedKey(id, ordinal + 1, 0), snapshot);
  for (; range.Valid(); range.Next()) {
    std::vector<v1::GeneratedEntity> page;
    if (!DecodeGeneratedPage(range.value(), page)) return store_->Corrupt(Family::kSaves, range.key(), "the record is malformed");
    for (v1::GeneratedEntity& entity : page) {
      bytes += entity.ByteSizeLong();
      add(std::move(entity));
    }
  }
  return range.status();
}

absl::StatusOr<SaveRecord> RocksJournal::GetSave(const SessionId& id, const std::string& save_id,
                                                 std::vector<v1::GeneratedEntity>* generated) {
  rocksdb::ManagedSnapshot snapshot(&store_->db());
  UOW_RETURN_IF_ERROR(ReadLive(id, snapshot.snapshot()).status());
  UOW_ASSIGN_OR_RETURN(std::optional<StoredSave> stored, ReadSave(*store_, id, save_id, snapshot.snapshot()));
  if (!stored) return SaveNotFound(save_id);
  if (generated != nullptr) {
    size_t bytes = 0;
    auto add = [generated](v1::GeneratedEntity&& entity) { generated->push_back(std::move(entity)); };
    UOW_RETURN_IF_ERROR(ReadGenerated(id, stored->ordinal, snapshot.snapshot(), add, bytes));
  }
  return std::move(stored->record);
}

absl::StatusOr<SavePage> RocksJournal::ListSaves(const SessionId& id, absl::string_view page_token, size_t limit,
                                                 bool include_generated) {
  UOW_ASSIGN_OR_RETURN(auto place, (ParsePageToken<1>(page_token)));
  rocksdb::ManagedSnapshot snapshot(&store_->db());
  UOW_RETURN_IF_ERROR(ReadLive(id, snapshot.snapshot()).status());
  SavePage page;
  size_t bytes = 0;
  RocksRange range(*store_, Family::kSaves, SaveOrderKey(id, place[0]), SaveOrderEnd(id), snapshot.snapshot());
  for (; range.Valid(); range.Next()) {
    uint64_t ordinal = BigEndian64(range.key().substr(range.key().size() - 8));
    if (page.saves.size() >= limit || bytes > kPageBytes) {
      page.next = MakePageToken<1>({ordinal});
      break;
    }
    absl::string_view save_id;
    if (!DecodeVersioned(range.value(), save_id)) return store_->Corrupt(Family::kSaves, range.key(), "the record is malformed");
    UOW_ASSIGN_OR_RETURN(std::optional<StoredSave> stored, ReadSave(*store_, id, save_id, snapshot.snapshot()));
    if (!stored) return store_->Corrupt(Family::kSaves, SaveKey(id, save_id), "the save isn't there");
    v1::Save& save = page.saves.emplace_back(std::move(stored->record.save));
    if (!include_generated) continue;
    auto add = [&save](v1::GeneratedEntity&& entity) { *save.add_generated() = std::move(entity); };
    UOW_RETURN_IF_ERROR(ReadGenerated(id, ordinal, snapshot.snapshot(), add, bytes));
  }
  UOW_RETURN_IF_ERROR(range.status());
  return page;
}

absl::StatusOr<bool> RocksJournal::ResolveHandle(const SessionId& id, const v1::Handle& handle, v1::Value& value) {
  rocksdb::PinnableSlice bucket;
  std::string key = HandlesKey(id, handle.writer(), handle.counter());
  UOW_ASSIGN_OR_RETURN(bool found, store_->Get(Family::kHandles, key, bucket));
  if (!found) return false;
  absl::StatusOr<bool> resolved = FindHandle(AsView(bucket), handle.counter(), value);
  if (!resolved.ok()) return store_->Corrupt(Family::kHandles, key, resolved.status().message());
  return resolved;
}

absl::StatusOr<bool> RocksJournal::ResolveVersion(const SessionId& id, uint32_t table, absl::Span<const v1::Value> key,
                                                  SavedVersion& saved) {
  rocksdb::PinnableSlice bucket;
  const RowVersionPlace place = PlaceRowVersion(id, table, key);
  UOW_ASSIGN_OR_RETURN(bool found, store_->Get(Family::kHandles, place.bucket, bucket));
  if (!found) return false;
  absl::StatusOr<bool> resolved = FindRowVersion(AsView(bucket), place.slot, saved);
  if (!resolved.ok()) return store_->Corrupt(Family::kHandles, place.bucket, resolved.status().message());
  return resolved;
}

}  // namespace uow
