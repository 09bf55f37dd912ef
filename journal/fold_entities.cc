#include "journal/fold_entities.h"

#include <google/protobuf/repeated_field.h>

#include <algorithm>

#include "journal/canonical.h"

namespace uow {
namespace {

bool IsSet(const v1::Value& value) { return value.kind_case() != v1::Value::KIND_NOT_SET; }

// Whether a field of a first event is part of the net change.
bool Counts(v1::ChangeKind kind, const v1::Field& field) {
  if (kind == v1::CHANGE_KIND_DELETE) return true;
  if (kind == v1::CHANGE_KIND_INSERT) return field.has_value();
  return !field.has_old() || !SameValue(field.value(), field.old());
}

// Drops the fields that don't count. False where nothing is left of an update.
bool Trim(v1::NetChange& change) {
  google::protobuf::RepeatedPtrField<v1::Field>& fields = *change.mutable_fields();
  for (int i = fields.size() - 1; i >= 0; --i) {
    if (!Counts(change.kind(), fields[i])) fields.DeleteSubrange(i, 1);
  }
  return change.kind() != v1::CHANGE_KIND_UPDATE || !fields.empty();
}

NetEntity ToEntity(v1::NetChange& change) {
  NetEntity::Key key;
  for (v1::Value& value : *change.mutable_key()) key.push_back(std::move(value));
  NetFields fields;
  fields.reserve(change.fields_size());
  for (v1::Field& given : *change.mutable_fields()) {
    NetField& field = fields.emplace_back();
    field.column = given.column();
    field.offset = change.last_offset();
    if (given.has_value()) field.value = std::move(*given.mutable_value());
    if (given.has_old()) field.old = std::move(*given.mutable_old());
  }
  NetEntity entity(change.kind(), change.table(), std::move(key), change.first_offset(), change.last_offset(), std::move(fields));
  if (change.has_version()) entity.SetVersion(std::move(*change.mutable_version()));
  return entity;
}

}  // namespace

void FoldEntities::Reserve(size_t entities) {
  places_.reserve(entities);
  kept_.reserve(entities);
}

uint32_t FoldEntities::Claim() {
  const uint32_t number = next();
  if (free_.empty()) {
    places_.emplace_back();
  } else {
    free_.pop_back();
  }
  return number;
}

uint32_t FoldEntities::Keep(v1::ChangeKind kind, uint64_t offset, v1::Event& event, std::optional<v1::Value> version) {
  const uint32_t number = Claim();
  places_[number].kept = static_cast<uint32_t>(kept_.size());
  v1::NetChange& change = kept_.emplace_back();
  change.set_kind(kind);
  change.set_table(event.table());
  change.set_first_offset(offset);
  change.set_last_offset(offset);
  change.mutable_key()->Swap(event.mutable_key());
  change.mutable_fields()->Swap(event.mutable_fields());
  for (v1::Field& field : *change.mutable_fields()) {
    if (!field.column_name().empty()) field.clear_column_name();
    if (field.has_value() && !IsSet(field.value())) field.clear_value();
    // Neither what is there before a row is created nor a handle without a key is what the database has.
    if (field.has_old() && (kind == v1::CHANGE_KIND_INSERT || !IsSet(field.old()) || field.old().has_handle_value())) {
      field.clear_old();
    }
  }
  if (version) *change.mutable_version() = *std::move(version);
  return number;
}

uint32_t FoldEntities::Add(NetEntity entity) {
  const uint32_t number = Claim();
  places_[number].opened = std::make_unique<NetEntity>(std::move(entity));
  touched_ = true;
  return number;
}

void FoldEntities::Remove(uint32_t number) {
  touched_ = true;
  places_[number] = Place();
  free_.push_back(number);
}

NetEntity& FoldEntities::Open(Place& place) const {
  place.opened = std::make_unique<NetEntity>(ToEntity(kept_[place.kept]));
  place.kept = kNone;
  touched_ = true;
  return *place.opened;
}

uint64_t FoldEntities::first_offset(uint32_t number) const {
  return kept(number) ? kept_[places_[number].kept].first_offset() : places_[number].opened->first_offset();
}

std::vector<uint32_t> FoldEntities::InOrder() const {
  std::vector<uint32_t> order;
  order.reserve(places_.size());
  for (uint32_t number = 0; number < places_.size(); ++number) {
    if (has(number)) order.push_back(number);
  }
  // In order already, unless numbers of entities that went were given again.
  auto earlier = [this](uint32_t a, uint32_t b) { return first_offset(a) < first_offset(b); };
  if (!std::is_sorted(order.begin(), order.end(), earlier)) std::stable_sort(order.begin(), order.end(), earlier);
  return order;
}

std::vector<v1::NetChange> FoldEntities::Take(const std::vector<uint32_t>& order) {
  std::vector<v1::NetChange> changes;
  changes.reserve(order.size());
  for (uint32_t number : order) {
    if (kept(number)) {
      v1::NetChange& change = kept_[places_[number].kept];
      if (Trim(change)) changes.push_back(std::move(change));
    } else if (std::optional<v1::NetChange> change = std::move(*places_[number].opened).Take()) {
      changes.push_back(*std::move(change));
    }
  }
  *this = FoldEntities();
  return changes;
}

std::vector<v1::NetChange> FoldEntities::TakeAllKept() {
  std::vector<v1::NetChange> changes = std::move(kept_);
  changes.erase(std::remove_if(changes.begin(), changes.end(), [](v1::NetChange& change) { return !Trim(change); }), changes.end());
  *this = FoldEntities();
  return changes;
}

}  // namespace uow
