#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "uow/v1/event.pb.h"
#include "uow/v1/schema.pb.h"

namespace uow::crash {

// The test's tables: accounts, and entries that refer to an account. Both have a generated key and a business id. That id isn't
// unique in the database, so that a row inserted twice shows as two rows. Triggers note every row that a statement touched in the
// table `applied`, so that an update applied twice shows as well.
inline constexpr uint32_t kAccount = 0;
inline constexpr uint32_t kEntry = 1;

// Positions of columns; the account's table ends before kAccountId.
inline constexpr uint32_t kId = 0;
inline constexpr uint32_t kSession = 1;
inline constexpr uint32_t kBusinessId = 2;
inline constexpr uint32_t kCount = 3;
inline constexpr uint32_t kNote = 4;
inline constexpr uint32_t kAccountId = 5;

v1::Schema TestSchema();

// The name of an entity: writer and counter of its handle.
using EntityName = std::pair<std::string, uint64_t>;

// A row as the events describe it.
struct Entity {
  uint32_t table = kAccount;
  std::string session;
  std::string business_id;
  int64_t count = 0;
  std::optional<std::string> note;
  EntityName account;  // of an entry
};

// Keys that saves generated, both ways.
class KeyBook {
 public:
  // False where the entity has another key already, or the key another entity: the databases never hand out a key again.
  bool Add(uint32_t table, const EntityName& name, int64_t key);
  std::optional<int64_t> KeyOf(const EntityName& name) const;
  // Null where no entity has that key.
  const EntityName* NameOf(uint32_t table, int64_t key) const;

 private:
  std::map<EntityName, int64_t> keys_;
  std::map<std::pair<uint32_t, int64_t>, EntityName> names_;
};

// What events amount to, by the test's own and simple reckoning.
class EntitySet {
 public:
  // The error is for people: an event that makes no sense here.
  std::optional<std::string> Apply(const std::string& writer, const v1::Event& event, const KeyBook& keys);

  const std::map<EntityName, Entity>& entities() const { return entities_; }

 private:
  std::optional<EntityName> NameIn(const std::string& writer, uint32_t table, const v1::Value& value, const KeyBook& keys) const;
  std::optional<std::string> Write(const std::string& writer, const v1::Event& event, const KeyBook& keys, Entity& entity) const;

  std::map<EntityName, Entity> entities_;
};

}  // namespace uow::crash
