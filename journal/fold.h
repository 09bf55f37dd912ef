#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "journal/saved_version.h"
#include "journal/schema_index.h"
#include "uow/v1/event.pb.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/value.pb.h"

namespace uow {

// Finds the key value that a save generated for a handle: sets `value` and returns true, or returns false where the handle is still
// open. Handles are given with their writer filled in.
// Called for every handle that a created event brings, and once for every other one.
using HandleResolver = std::function<absl::StatusOr<bool>(const v1::Handle& handle, v1::Value& value)>;

// Finds the version that earlier saves of the session gave a row: sets `saved` and returns true; false where none did. Keys have no
// handles. Called once for every changed row of tables with a version column.
using VersionResolver = std::function<absl::StatusOr<bool>(uint32_t table, absl::Span<const v1::Value> key, SavedVersion& saved)>;

// Folds events into net changes: the meaning of a range is its events applied one by one. Feed the events in order, then call
// Finish.
//
// Rules (design section 7): create and updates become one insert; create and delete nothing; updates merge, and a column that
// returns to its original value drops out, where each `old` equals the value before it; update and delete become a delete; delete
// and create of the same key become a replace. Observed events change nothing. Handles that earlier saves resolved become key
// values first, so that an entity is one entity whichever name an event uses; the writer of a bare handle is filled in. Versions
// that earlier saves replaced become those that they gave.
//
// Errors: ENTITY_EXISTS (create of an entity that exists in the range), ENTITY_DELETED (change of an entity that the range
// deleted), HANDLE_UNKNOWN (a handle that is neither created in the range nor resolved); each names the entity and the offset.
// After an error the fold is of no further use. Not thread-safe.
//
// Memory grows with the entities and columns that the range changed, not with the number of events; of an entity that came and went
// only the key stays.
class Fold {
 public:
  // Without a version resolver the session has saved nothing.
  Fold(SchemaRef schema, HandleResolver resolver, VersionResolver versions = nullptr);
  ~Fold();
  Fold(const Fold&) = delete;
  Fold& operator=(const Fold&) = delete;

  // About so many events will come: makes room for them.
  void Expect(uint64_t events);

  // `event` was checked by CheckEvent. `offset` is above those added before.
  absl::Status Add(uint64_t offset, absl::string_view writer, v1::Event event);
  // The same, and takes the event apart instead of copying it.
  absl::Status Take(uint64_t offset, absl::string_view writer, v1::Event& event);

  // The net changes in order of their first events. Call once.
  absl::StatusOr<std::vector<v1::NetChange>> Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace uow
