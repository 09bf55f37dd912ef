#include "journal/net_entity.h"

#include <algorithm>
#include <utility>

#include "journal/canonical.h"

namespace uow {
namespace {

bool Has(const v1::Value& value) { return value.kind_case() != v1::Value::KIND_NOT_SET; }

bool ByColumn(const NetField& a, const NetField& b) { return a.column < b.column; }

}  // namespace

NetEntity::NetEntity(v1::ChangeKind kind, uint32_t table, Key key, uint64_t first_offset, uint64_t offset, NetFields fields)
    : kind_(kind),
      table_(table),
      first_offset_(first_offset),
      last_offset_(offset),
      key_(std::move(key)),
      fields_(std::move(fields)) {
  for (NetField& field : fields_) Begin(field);
}

void NetEntity::Begin(NetField& field) const {
  // Neither what an event found in a row that the range wrote nor a handle without a key is what the database has.
  bool new_row = kind_ == v1::CHANGE_KIND_INSERT || kind_ == v1::CHANGE_KIND_REPLACE;
  if (new_row || field.old.kind_case() == v1::Value::kHandleValue) field.old.Clear();
  field.reversible = Has(field.old);
}

template <typename Merge>
void NetEntity::MergeFields(NetFields& fields, Merge merge) {
  size_t known = fields_.size();
  for (NetField& field : fields) {
    auto end = fields_.begin() + known;
    auto it = std::lower_bound(fields_.begin(), end, field, ByColumn);
    if (it != end && it->column == field.column) {
      merge(*it, field);
    } else {
      Begin(field);
      fields_.push_back(std::move(field));
    }
  }
  std::inplace_merge(fields_.begin(), fields_.begin() + known, fields_.end(), ByColumn);
}

void NetEntity::Create(uint64_t offset, NetFields& fields) {
  kind_ = v1::CHANGE_KIND_REPLACE;
  last_offset_ = offset;
  MergeFields(fields, [](NetField& existing, NetField& field) {
    existing.value = std::move(field.value);
    existing.offset = field.offset;
  });
}

void NetEntity::Update(uint64_t offset, NetFields& fields) {
  last_offset_ = offset;
  MergeFields(fields, [](NetField& existing, NetField& field) {
    existing.reversible = existing.reversible && Has(field.old) && SameValue(field.old, existing.value);
    existing.value = std::move(field.value);
    existing.offset = field.offset;
  });
}

void NetEntity::Delete(uint64_t offset, NetFields& fields) {
  last_offset_ = offset;
  // Of columns that the range wrote, the event's `old` isn't what the database has.
  MergeFields(fields, [](NetField&, NetField&) {});
  kind_ = v1::CHANGE_KIND_DELETE;
  std::erase_if(fields_, [](const NetField& field) { return !Has(field.old); });
  for (NetField& field : fields_) field.value.Clear();
}

bool NetEntity::Counts(const NetField& field) const {
  switch (kind_) {
    case v1::CHANGE_KIND_UPDATE:
      return !field.reversible || !SameValue(field.value, field.old);
    case v1::CHANGE_KIND_DELETE:
      return true;
    default:
      return Has(field.value);
  }
}

std::optional<v1::NetChange> NetEntity::Take() && {
  v1::NetChange change;
  for (NetField& field : fields_) {
    if (!Counts(field)) continue;
    v1::Field& result = *change.add_fields();
    result.set_column(field.column);
    if (Has(field.value)) *result.mutable_value() = std::move(field.value);
    if (Has(field.old)) *result.mutable_old() = std::move(field.old);
  }
  if (kind_ == v1::CHANGE_KIND_UPDATE && change.fields().empty()) return std::nullopt;
  change.set_kind(kind_);
  change.set_table(table_);
  change.set_first_offset(first_offset_);
  change.set_last_offset(last_offset_);
  for (v1::Value& value : key_) *change.add_key() = std::move(value);
  if (version_ != nullptr && kind_ != v1::CHANGE_KIND_INSERT) *change.mutable_version() = std::move(*version_);
  return change;
}

}  // namespace uow
