// UnitOfWork: memory built anew from the journal.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cpp/events.h"
#include "clients/cpp/status.h"
#include "clients/cpp/unit_of_work.h"

namespace uow::inline client::internal {
namespace {

std::string KeyBytes(const BoundTable& table, const std::vector<v1::Value>& key) {
  std::string bytes = absl::StrCat(table.position);
  for (const v1::Value& part : key) absl::StrAppend(&bytes, "/", part.SerializeAsString());
  return bytes;
}

}  // namespace

absl::Status UnitOfWork::Reload() {
  if (closed_) return Ready();
  if (recorder_.trouble() == Recorder::Trouble::kNone) UOW_CLIENT_RETURN_IF_ERROR(recorder_.WaitDurable());
  if (recorder_.trouble() == Recorder::Trouble::kFatal) return recorder_.trouble_status();
  return LoadHistory();
}

absl::Status UnitOfWork::LoadHistory() {
  absl::StatusOr<History> history = ReadHistory(*service_, session_id_);
  if (!history.ok()) return history.status();
  Adopt(*history);
  return absl::OkStatus();
}

void UnitOfWork::Adopt(const History& history) {
  Revivals revivals = MakeRevivals(history);
  memory_.Clear();
  std::vector<uint64_t> positions{memory_.position()};  // in memory, by offset
  for (const v1::JournalEntry& entry : history.entries) {
    ReplayEvent(entry, revivals);
    positions.push_back(memory_.position());
  }
  for (auto& [key, entity] : revivals.rows) memory_.Adopt(entity);

  auto position_of = [&](uint64_t offset) { return positions[std::min<uint64_t>(offset, positions.size() - 1)]; };
  marks_.clear();
  for (const v1::Checkpoint& checkpoint : history.checkpoints) {
    marks_.push_back({checkpoint.name(), 0, position_of(checkpoint.offset()), checkpoint.offset() < history.session.saved()});
  }
  unsettled_.reset();
  if (!history.session.pending_save_id().empty()) {
    unsettled_ = SaveAttempt{history.session.pending_save_id(), {}, /*pinned=*/true, position_of(history.pending_save_to)};
  }
  memory_.TrimTo(position_of(history.session.saved()));
  for (const v1::GeneratedEntity& entity : history.generated) {
    ForEachGenerated(
        entity, [&](const EntityPtr& row, uint32_t column, const v1::Value& value) { memory_.LoadUnknown(row, column, value); });
  }
  head_offset_ = history.session.head();
  undone_.clear();
  recorder_.Restart(history.session.epoch());
}

UnitOfWork::Revivals UnitOfWork::MakeRevivals(const History& history) {
  // Generated keys first: a key is one key whichever name an event uses for it.
  for (const v1::GeneratedEntity& entity : history.generated) ResolveKey(entity);
  Revivals revivals;
  std::vector<EntityPtr> created = memory_.CreatedSince(memory_.saved_position());
  created.insert(created.end(), undone_.begin(), undone_.end());
  memory_.UndoTo(memory_.saved_position());
  auto key_of = [&](const EntityPtr& entity) {
    for (v1::Value& part : entity->key) part = v1::Value(memory_.identities().Resolved(part));
    return KeyBytes(*entity->table, entity->key);
  };
  for (const EntityPtr& entity : created) revivals.created[key_of(entity)] = entity;
  memory_.identities().ForEach([&](const EntityPtr& entity) { revivals.rows[key_of(entity)] = entity; });
  return revivals;
}

EntityPtr UnitOfWork::Revive(absl::flat_hash_map<std::string, EntityPtr>& from, const std::string& key) {
  auto it = from.find(key);
  if (it == from.end()) return nullptr;
  EntityPtr entity = std::move(it->second);
  from.erase(it);
  return entity;
}

void UnitOfWork::ReplayEvent(const v1::JournalEntry& entry, Revivals& revivals) {
  const v1::Event& event = entry.event();
  const BoundTable* table = binding_.At(event.table());
  if (table == nullptr) return;
  std::vector<v1::Value> key;
  for (const v1::Value& part : event.key()) key.push_back(memory_.identities().Resolved(FromWire(part, entry.writer())));
  std::vector<ColumnValue> values;
  std::vector<ColumnValue> olds;
  for (const v1::Field& field : event.fields()) {
    int column = table->ColumnAt(field.column());
    if (column < 0) continue;
    if (field.has_value()) values.push_back({static_cast<uint32_t>(column), FromWire(field.value(), entry.writer())});
    if (field.has_old()) olds.push_back({static_cast<uint32_t>(column), FromWire(field.old(), entry.writer())});
  }

  EntityPtr entity = memory_.identities().Find(*table, key);
  std::string bytes = KeyBytes(*table, key);
  if (event.kind() == v1::EVENT_KIND_CREATED) {
    if (entity != nullptr) return;  // a contradiction that the next save will report
    EntityPtr revived = Revive(revivals.created, bytes);
    if (revived == nullptr) revived = Revive(revivals.rows, bytes);
    memory_.Create(*table, std::move(key), std::move(values), std::move(revived));
    return;
  }
  if (entity == nullptr) {
    entity = Revive(revivals.rows, bytes);
    if (entity != nullptr) {
      memory_.Adopt(entity);
    } else {
      entity = memory_.Attach(*table, std::move(key));
    }
  }
  if (event.kind() == v1::EVENT_KIND_OBSERVED) {
    for (ColumnValue& value : values) memory_.Load(entity, value.column, std::move(value.value));
  }
  if (!entity->in_journal) memory_.MarkObserved(entity);
  if (event.kind() == v1::EVENT_KIND_UPDATED) {
    for (ColumnValue& old : olds) memory_.LoadUnknown(entity, old.column, std::move(old.value));
    for (ColumnValue& value : values) memory_.Set(entity, value.column, std::move(value.value));
  }
  if (event.kind() == v1::EVENT_KIND_DELETED) memory_.Erase(entity);
}

}  // namespace uow::inline client::internal
