#include "adapters/generated.h"

#include <algorithm>
#include <future>
#include <iterator>
#include <utility>

#include "adapters/plan/row_version.h"
#include "journal/errors.h"

namespace uow {
namespace {

// From so many changes on a thread of its own is worth its start.
constexpr size_t kManyChanges = 4000;

bool HasHandle(const v1::NetChange& change) {
  return std::any_of(change.key().begin(), change.key().end(), [](const v1::Value& value) { return value.has_handle_value(); });
}

// The version that a change gave its row; false where nobody knows.
bool FindVersion(const SchemaIndex& schema, const v1::NetChange& change, size_t index, const HandleMap& generated,
                 v1::Value& version) {
  if (const v1::Value* given = generated.FindVersion(index)) {
    version = *given;
    return true;
  }
  const StepKind kind = change.kind() == v1::CHANGE_KIND_INSERT ? StepKind::kInsert : StepKind::kUpdate;
  RowVersion moved = MoveVersion(schema, change, kind);
  if (!moved.written) return false;
  version = std::move(*moved.written);
  return true;
}

using Entities = std::vector<v1::GeneratedEntity>;

// Those of the changes [begin, end).
absl::StatusOr<Entities> EntitiesOf(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, size_t begin, size_t end,
                                    const HandleMap& generated) {
  Entities entities;
  entities.reserve(end - begin);
  for (size_t c = begin; c < end; ++c) {
    const v1::NetChange& change = changes[c];
    const bool new_key = change.kind() == v1::CHANGE_KIND_INSERT && HasHandle(change);
    const bool versioned = change.kind() != v1::CHANGE_KIND_DELETE && schema.version_column(change.table()) >= 0;
    if (!new_key && !versioned) continue;
    v1::GeneratedEntity entity;
    if (versioned && FindVersion(schema, change, c, generated, *entity.add_fields()->mutable_value())) {
      v1::Field& field = *entity.mutable_fields(0);
      field.set_column(static_cast<uint32_t>(schema.version_column(change.table())));
      if (change.has_version()) *field.mutable_old() = change.version();
    } else {
      entity.clear_fields();
      if (!new_key) continue;
    }
    entity.set_table(change.table());
    *entity.mutable_key() = change.key();
    for (const v1::Value& value : change.new_key().empty() ? change.key() : change.new_key()) {
      const v1::Value* key = generated.Resolve(value);
      if (key == nullptr) return InternalError("the plan ran, but a handle of it has no key");
      *entity.add_generated_key() = *key;
    }
    entities.push_back(std::move(entity));
  }
  return entities;
}

}  // namespace

absl::StatusOr<std::vector<v1::GeneratedEntity>> GeneratedEntities(const SchemaIndex& schema,
                                                                   const std::vector<v1::NetChange>& changes,
                                                                   const HandleMap& generated, bool target_waits) {
  if (!target_waits || changes.size() < kManyChanges) return EntitiesOf(schema, changes, 0, changes.size(), generated);
  const size_t middle = changes.size() / 2;
  std::future<absl::StatusOr<Entities>> second =
      std::async(std::launch::async, [&] { return EntitiesOf(schema, changes, middle, changes.size(), generated); });
  UOW_ASSIGN_OR_RETURN(Entities entities, EntitiesOf(schema, changes, 0, middle, generated));
  UOW_ASSIGN_OR_RETURN(Entities others, second.get());
  entities.reserve(entities.size() + others.size());
  std::move(others.begin(), others.end(), std::back_inserter(entities));
  return entities;
}

}  // namespace uow
