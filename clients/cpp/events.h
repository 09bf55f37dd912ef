#pragma once

#include <vector>

#include "clients/cpp/memory.h"
#include "uow/v1/event.pb.h"

namespace uow::inline client::internal {

// Events of entities, as `writer` sends them: handles of its own go without the writer's id.
v1::Event CreatedEvent(const BoundTable& table, const std::vector<v1::Value>& key, const std::vector<ColumnValue>& values,
                       absl::string_view writer);
// The row as it was loaded.
v1::Event ObservedEvent(const EntityState& entity, absl::string_view writer);
v1::Event UpdatedEvent(const EntityState& entity, const std::vector<ColumnValue>& values, absl::string_view writer);
v1::Event DeletedEvent(const EntityState& entity, absl::string_view writer);

// Whether an ObservedEvent has anything to say.
bool HasLoadedValues(const EntityState& entity);

// A value of an event that `writer` sent, with the writer of a bare handle filled in.
v1::Value FromWire(v1::Value value, absl::string_view writer);

}  // namespace uow::inline client::internal
