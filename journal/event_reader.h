#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "journal/entity_identity.h"
#include "journal/handle_book.h"
#include "journal/net_entity.h"
#include "journal/schema_index.h"
#include "uow/v1/event.pb.h"

namespace uow {

// Reads events for the fold: canonical values, handles with their writers or replaced by the keys that earlier saves generated.
// Holds one event at a time. Not thread-safe.
class EventReader {
 public:
  // Both outlive the reader.
  EventReader(const SchemaIndex& schema, HandleBook& handles) : schema_(schema), handles_(handles) {}

  // Reads the key of the next event in place; the event outlives the reading. ENTITY_EXISTS for a create with a used handle,
  // HANDLE_UNKNOWN.
  absl::Status ReadKey(uint64_t offset, absl::string_view writer, v1::Event& event);
  // Moves the key that was read into `key()`.
  void TakeKey();
  // Whether the fields are in order of column, and none is written as it was sent.
  bool CanReadInPlace() const;
  // Reads the fields of the same event where they are. HANDLE_UNKNOWN.
  absl::Status ReadFieldsInPlace();
  // Moves the fields of the same event into `fields()`. HANDLE_UNKNOWN.
  absl::Status ReadFields();

  // The entity's identity: equal for equal keys of one table.
  const EntityIdentity& identity() const { return identity_; }
  // Whether a handle that stays one is part of the key.
  bool has_open_handle() const { return has_open_handle_; }
  // The handles that the event creates. The caller opens them before it reads the fields, for an entity may refer to itself.
  const std::vector<HandleBook::Id>& own_handles() const { return own_handles_; }
  uint32_t table() const { return event_->table(); }
  // The caller may move them out.
  NetEntity::Key& key() { return key_; }
  NetFields& fields() { return fields_; }
  // Reads the key that the same event gives its entity, and the identity that it then has. HANDLE_UNKNOWN.
  absl::Status ReadNewKey(NetEntity::Key& key, EntityIdentity& identity);
  // The identity of a key as entities have it.
  EntityIdentity IdentityOf(uint32_t table, const NetEntity::Key& key);
  // Reads the version that the event is based on; false where it has none.
  absl::StatusOr<bool> ReadVersion(v1::Value& version) const;

  // An error that names the event and its entity.
  absl::Status Error(v1::ErrorReason reason, absl::string_view what) const;

 private:
  template <typename Key>
  absl::Status ReadKeyValues(Key& key, EntityIdentity& identity);
  absl::Status ReadKeyHandle(uint32_t column, v1::Value& value, EntityIdentity& identity);
  absl::StatusOr<HandleState> ReadHandle(v1::Value& value);
  absl::Status ReadValue(uint32_t column, v1::Value& value);
  absl::Status ReadOld(uint32_t column, v1::Value& old);
  absl::Status Canonical(uint32_t column, v1::Value& value) const;
  // Whether a value is written as it was sent, and not in its canonical form.
  bool IsWrittenAsSent(uint32_t column, const v1::Value& value) const;
  absl::Status UnknownHandle(const v1::Value& handle) const;

  const SchemaIndex& schema_;
  HandleBook& handles_;

  uint64_t offset_ = 0;
  absl::string_view writer_;
  v1::Event* event_ = nullptr;
  NetEntity::Key key_;
  EntityIdentity identity_;
  bool has_open_handle_ = false;
  std::vector<HandleBook::Id> own_handles_;
  NetFields fields_;
};

// An error that names an event and its entity.
absl::Status FoldError(const SchemaIndex& schema, v1::ErrorReason reason, uint64_t offset, uint32_t table,
                       const NetEntity::Key& key, absl::string_view what);

}  // namespace uow
