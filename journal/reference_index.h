#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "journal/net_entity.h"
#include "journal/schema_index.h"

namespace uow {

// A foreign key of a schema.
struct ForeignKeyRef {
  uint32_t table = 0;  // that refers
  uint32_t position = 0;
};

// Whether an action of the key says what becomes of references to a row that is deleted.
bool ActsOnDelete(const v1::ForeignKey& key);
// The same of a row whose referenced values change.
bool ActsOnUpdate(const v1::ForeignKey& key);

// Which entities of a fold refer to a row now, by the foreign keys that do something when that row goes or changes. Not
// thread-safe.
class ReferenceIndex {
 public:
  explicit ReferenceIndex(const SchemaIndex& schema);

  // The foreign keys with actions that refer to the table.
  const std::vector<ForeignKeyRef>& referring(uint32_t table) const { return referring_[table]; }
  // Whether a change of the column is one of what acting foreign keys refer to.
  bool is_referred_to(uint32_t table, uint32_t column) const { return referred_to_[table][column]; }

  // Whether deleting a row of the table does something to rows that refer to it.
  bool acts_on_delete(uint32_t table) const { return acts_on_delete_[table]; }

  // Until it is used the index is empty, and costs nothing.
  bool used() const { return used_; }
  void Use() { used_ = true; }
  // Takes note of what an entity refers to now; null where it is gone.
  void Note(uint32_t entity, const NetEntity* state);
  // The entities that refer to these values, in order of number.
  std::vector<uint32_t> Find(const ForeignKeyRef& key, const std::string& tuple) const;

  // The bytes of what the entity has in some columns; empty where one is NULL or nobody knows it.
  std::string TupleOf(const NetEntity& entity, const google::protobuf::RepeatedField<uint32_t>& columns) const;

 private:
  const v1::ForeignKey& Definition(const ForeignKeyRef& key) const {
    return schema_.table(key.table).foreign_keys(static_cast<int>(key.position));
  }

  const SchemaIndex& schema_;
  std::vector<std::vector<ForeignKeyRef>> referring_;  // by the table referred to
  std::vector<std::vector<uint32_t>> acting_;          // positions of acting foreign keys, by the table that refers
  std::vector<std::vector<bool>> referred_to_;
  std::vector<bool> acts_on_delete_;
  bool used_ = false;
  using Referrers = absl::flat_hash_map<std::string, absl::flat_hash_set<uint32_t>>;
  absl::flat_hash_map<uint64_t, Referrers> referrers_;                                  // by foreign key
  absl::flat_hash_map<uint32_t, std::vector<std::pair<uint64_t, std::string>>> noted_;  // by entity
};

}  // namespace uow
