#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/value.pb.h"

namespace uow {

// A column of an event or of a net change, with canonical values; absent ones have no kind.
struct NetField {
  uint32_t column = 0;
  // Whether every `old` so far was there and equalled the value before it, so that a return to the first one is no change.
  bool reversible = false;
  uint64_t offset = 0;  // of the event that gave `value`
  v1::Value value;
  v1::Value old;  // the first one
  // JSON, and arrays of it, as they were sent: that is how they are written. Null where the canonical form is the same.
  std::shared_ptr<const v1::Value> value_sent;
  std::shared_ptr<const v1::Value> old_sent;
};

// In order of column, each column once.
using NetFields = std::vector<NetField>;

// What a range of events amounts to for one entity, so far. The caller sees to it that an event makes sense: nothing is created
// twice or changed after its deletion.
class NetEntity {
 public:
  using Key = absl::InlinedVector<v1::Value, 1>;

  // The entity's first event created, updated or deleted it (kind INSERT, UPDATE, DELETE).
  NetEntity(v1::ChangeKind kind, uint32_t table, Key key, uint64_t first_offset, uint64_t offset, NetFields fields);

  v1::ChangeKind kind() const { return kind_; }
  uint32_t table() const { return table_; }
  // The key that the row has in the database, and the one that the events have left it.
  const Key& key() const { return key_; }
  const Key& current_key() const { return new_key_.empty() ? key_ : new_key_; }
  const NetFields& fields() const { return fields_; }
  uint64_t first_offset() const { return first_offset_; }
  uint64_t last_offset() const { return last_offset_; }

  // The version that the row in the database must have, once it is known.
  bool has_version() const { return version_ != nullptr; }
  void SetVersion(v1::Value version) { version_ = std::make_unique<v1::Value>(std::move(version)); }

  // The deleted entity is there again.
  void Create(uint64_t offset, NetFields& fields);
  // Takes the values out of `fields`.
  void Update(uint64_t offset, NetFields& fields);
  // The same where a cascade does it: what is written after that counts, also where it is what was there at first.
  void Cascade(uint64_t offset, NetFields& fields);
  // What was written to the column counts, also where it is what was there at first.
  void KeepWritten(uint32_t column);
  // An entity that the range inserted isn't deleted but forgotten.
  void Delete(uint64_t offset, NetFields& fields);
  // The entity has another key from now on.
  void ChangeKey(uint64_t offset, Key key);
  // The database changes the row's key by itself, or the row isn't there yet.
  void RewriteKey(Key key, Key new_key);
  const Key& new_key() const { return new_key_; }
  // Takes note of what the row has in the database, as `old`, where that isn't known yet. In order of column.
  void Observe(const NetFields& observed);
  // What a column outside of the key has now; null where nobody knows.
  const v1::Value* Current(uint32_t column) const;

  // Whether a column is part of the net change.
  bool Counts(const NetField& field) const;
  // The net change, out of this entity; none if every column is back at its original.
  std::optional<v1::NetChange> Take() &&;

 private:
  // Calls `merge(existing, incoming)` for the columns that are there and adds those that are not.
  template <typename Merge>
  void MergeFields(NetFields& fields, Merge merge);
  // Fits a column in that the range didn't know: what `old` says of the row in the database counts from now on.
  void Begin(NetField& field) const;

  v1::ChangeKind kind_;
  uint32_t table_;
  uint64_t first_offset_;
  uint64_t last_offset_;
  Key key_;
  Key new_key_;  // empty where the key hasn't changed
  NetFields fields_;
  NetFields observed_;                  // what the row has in the database, as far as it was observed
  std::unique_ptr<v1::Value> version_;  // null where none is known
};

}  // namespace uow
