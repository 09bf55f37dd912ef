#include "journal/net_entity.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "journal/canonical.h"

namespace uow {
namespace {

bool Has(const v1::Value& value) { return value.kind_case() != v1::Value::KIND_NOT_SET; }

// Takes a value as it was sent, where that isn't its canonical form.
void TakeAsSent(const std::shared_ptr<const v1::Value>& sent, v1::Value& canonical, v1::Value& out) {
  if (sent != nullptr) {
    out = *sent;
  } else {
    out = std::move(canonical);
  }
}

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
    existing.value_sent = std::move(field.value_sent);
    existing.offset = field.offset;
  });
}

void NetEntity::Update(uint64_t offset, NetFields& fields) {
  last_offset_ = offset;
  MergeFields(fields, [](NetField& existing, NetField& field) {
    existing.reversible = existing.reversible && Has(field.old) && SameValue(field.old, existing.value);
    existing.value = std::move(field.value);
    existing.value_sent = std::move(field.value_sent);
    existing.offset = field.offset;
  });
}

void NetEntity::Cascade(uint64_t offset, NetFields& fields) {
  std::vector<uint32_t> columns;
  for (const NetField& field : fields) columns.push_back(field.column);
  Update(offset, fields);
  for (uint32_t column : columns) KeepWritten(column);
}

void NetEntity::KeepWritten(uint32_t column) {
  for (NetField& field : fields_) {
    if (field.column == column) field.reversible = false;
  }
}

void NetEntity::Delete(uint64_t offset, NetFields& fields) {
  last_offset_ = offset;
  // Of columns that the range wrote, the event's `old` isn't what the database has.
  MergeFields(fields, [](NetField&, NetField&) {});
  kind_ = v1::CHANGE_KIND_DELETE;
  std::erase_if(fields_, [](const NetField& field) { return !Has(field.old); });
  for (NetField& field : fields_) field.value.Clear();
  new_key_.clear();
}

void NetEntity::ChangeKey(uint64_t offset, Key key) {
  last_offset_ = offset;
  if (kind_ == v1::CHANGE_KIND_INSERT) {
    key_ = std::move(key);
  } else if (std::equal(key.begin(), key.end(), key_.begin(), key_.end(), SameValue)) {
    new_key_.clear();
  } else {
    new_key_ = std::move(key);
  }
}

void NetEntity::RewriteKey(Key key, Key new_key) {
  key_ = std::move(key);
  new_key_ = std::move(new_key);
}

void NetEntity::Observe(const NetFields& observed) {
  for (const NetField& field : observed) {
    // What the range has written is not what the database has.
    auto written = std::lower_bound(fields_.begin(), fields_.end(), field, ByColumn);
    if (written != fields_.end() && written->column == field.column) continue;
    auto it = std::lower_bound(observed_.begin(), observed_.end(), field, ByColumn);
    if (it == observed_.end() || it->column != field.column) observed_.insert(it, field);
  }
}

const v1::Value* NetEntity::Current(uint32_t column) const {
  NetField wanted;
  wanted.column = column;
  auto find = [&wanted](const NetFields& fields) -> const NetField* {
    auto it = std::lower_bound(fields.begin(), fields.end(), wanted, ByColumn);
    return it != fields.end() && it->column == wanted.column ? &*it : nullptr;
  };
  const NetField* field = find(fields_);
  if (field != nullptr && Has(field->value)) return &field->value;
  if (kind_ == v1::CHANGE_KIND_INSERT || kind_ == v1::CHANGE_KIND_REPLACE) return nullptr;
  if (field != nullptr && Has(field->old)) return &field->old;
  const NetField* observed = find(observed_);
  return observed == nullptr ? nullptr : &observed->old;
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
  auto observed = observed_.begin();
  // Of a deleted row everything that is known is `old`.
  auto tell = [&](NetField& known) {
    v1::Field& told = kind_ == v1::CHANGE_KIND_DELETE ? *change.add_fields() : *change.add_observed();
    told.set_column(known.column);
    *told.mutable_old() = std::move(known.old);
  };
  const bool exists = kind_ != v1::CHANGE_KIND_INSERT;
  for (NetField& field : fields_) {
    for (; exists && observed != observed_.end() && observed->column < field.column; ++observed) tell(*observed);
    const bool seen = exists && observed != observed_.end() && observed->column == field.column;
    if (!Counts(field)) {
      // It is as it was, which others may have to know.
      if (seen) {
        tell(*observed++);
      } else if (kind_ == v1::CHANGE_KIND_REPLACE && Has(field.old)) {
        tell(field);
      }
      continue;
    }
    if (seen && !Has(field.old)) field.old = std::move(observed->old);
    if (seen) ++observed;
    v1::Field& result = *change.add_fields();
    result.set_column(field.column);
    if (Has(field.value)) TakeAsSent(field.value_sent, field.value, *result.mutable_value());
    if (Has(field.old)) TakeAsSent(field.old_sent, field.old, *result.mutable_old());
  }
  for (; exists && observed != observed_.end(); ++observed) tell(*observed);
  if (kind_ == v1::CHANGE_KIND_UPDATE && change.fields().empty() && new_key_.empty()) return std::nullopt;
  change.set_kind(kind_);
  change.set_table(table_);
  change.set_first_offset(first_offset_);
  change.set_last_offset(last_offset_);
  for (v1::Value& value : key_) *change.add_key() = std::move(value);
  for (v1::Value& value : new_key_) *change.add_new_key() = std::move(value);
  if (version_ != nullptr && kind_ != v1::CHANGE_KIND_INSERT) *change.mutable_version() = std::move(*version_);
  return change;
}

}  // namespace uow
