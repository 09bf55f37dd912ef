#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/plan/value_list.h"
#include "journal/schema_index.h"
#include "uow/v1/errors.pb.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/value.pb.h"

namespace uow {

// What a step does to its rows.
enum class StepKind { kInsert, kUpdate, kDelete };

// How the database moves a version column that the step doesn't write a value of.
enum class VersionMove {
  kNone,       // not at all: there is none, or the step's `columns` have it
  kIncrement,  // NULL as 0, plus 1
  kNow,        // the clock in whole milliseconds, at least 1 ms after the value before
  kDatabase,   // by a trigger or a type of the database: the statement doesn't mention the column
};

// One row of a step.
struct StepRow {
  // One value for each of the step's `columns`, then one for each of its `key_columns`, then one for each of its `check_columns`.
  // Values may be handles: keys that an earlier row of the plan generates, or that this very row generates (an insert's own key
  // column).
  ValueList values;
  // The entity's last event, for error reports.
  uint64_t offset = 0;
  // Index into the changes that the plan was built from.
  size_t change = 0;
};

// A run of rows of one table and one shape, done by one statement: the same columns are written, and the same key columns select.
struct Step {
  StepKind kind = StepKind::kInsert;
  uint32_t table = 0;
  // Insert: the columns that are written, those of the key included. Update: the columns that are set. Delete: none.
  std::vector<uint32_t> columns;
  // Update: columns that are set to their default (a replaced row). Otherwise empty.
  std::vector<uint32_t> default_columns;
  // Update and delete: the primary key. Insert: none.
  std::vector<uint32_t> key_columns;
  // Update and delete: columns that must hold the row's values for it to be written; NULL equals NULL. A row where they don't is as
  // stale as one that doesn't exist.
  std::vector<uint32_t> check_columns;
  // Insert and update: the table's version column, where the database moves it; its value afterwards is to be reported. Else -1.
  int version_column = -1;
  VersionMove version_move = VersionMove::kNone;
  // Delete: whether a cascade of an earlier step may have deleted rows already, so that a missing row isn't stale. One that is
  // still there after the statement is.
  bool may_be_gone = false;
  // With may_be_gone, PlanTraits::reuses_keys and a key of one column: the first key that an earlier step generates for the table.
  // Rows with that key or a higher one were gone by then; what has their keys now is new.
  std::optional<v1::Handle> first_new_key;
  // Update and delete: whether rows are found by keys that an earlier step of the plan gives them.
  bool keys_moved = false;
  // Insert: the position in `columns` of a key column whose value is a handle that this statement must generate, in every row; else
  // -1.
  int generated = -1;
  std::vector<StepRow> rows;
  // What the rows' values are listed in.
  std::shared_ptr<const ValueStore> values;
};

// A constraint whose check has to wait for the end of the transaction, by position.
struct DeferredConstraint {
  uint32_t table = 0;
  bool unique = false;  // one of the table's `uniques`, else of its `foreign_keys`
  int position = 0;

  auto operator<=>(const DeferredConstraint&) const = default;
};

// Statements in the order in which they run. Deterministic: the same changes give the same plan.
struct Plan {
  // What has to be deferred ahead of the first step, in order; they are deferrable.
  std::vector<DeferredConstraint> deferred;
  std::vector<Step> steps;
  uint64_t rows() const {
    uint64_t n = 0;
    for (const Step& step : steps) n += step.rows.size();
    return n;
  }
};

// What a dialect can do, where the order of rows depends on it.
struct PlanTraits {
  // UPDATE … SET column = DEFAULT. Without it, replaced rows whose omitted columns have defaults are deleted and inserted.
  bool update_to_default = true;
  // AllocateKeys draws keys before the inserts run, so that a row may carry its own handle in another column.
  bool keys_ahead = true;
  // Every foreign key without RESTRICT is checked at the end of a save in any case. Without it, deferrable ones have to be deferred
  // by their names.
  bool defers_foreign_keys = false;
  // A unique constraint takes two NULLs for the same value, so that NULL is given up and taken like any other.
  bool nulls_are_equal = false;
  // A generated key is the one after the highest of the table, so that a new row may get the key of one that is gone.
  bool reuses_keys = false;
  // A row that refers to itself keeps itself: it can't be deleted, unless an action of the foreign key says what becomes of the
  // reference, nor get another key.
  bool keeps_self_references = false;
  // The most rows of a step, and about the most bytes of its values; longer runs are split. Bounds packets and lets progress be
  // seen.
  size_t max_step_rows = 10'000;
  size_t max_step_bytes = 64 << 20;
};

// Orders net changes into steps: inserts with parents before children, by rows; then updates; then deletes with children before
// parents; and any of them earlier where others wait for it. Where new rows refer to updated ones, updates that need no new row go
// first. Rows of one step are ordered by key. A replaced row becomes an update, or, where that isn't the same, a delete and an
// insert. ROW_CYCLE where rows wait for one another and nothing helps; HANDLE_UNKNOWN, ENTITY_EXISTS for handles that no row or two
// rows generate; NOT_SUPPORTED for two generated columns in one key. Time and memory are linear in the changes, which outlive the
// plan: it refers to their values.
absl::StatusOr<Plan> BuildPlan(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits);

// Names the entity of a change, for errors.
v1::EntityRef EntityOf(const SchemaIndex& schema, const v1::NetChange& change);
v1::EntityRef EntityOf(const SchemaIndex& schema, const Step& step, const StepRow& row);

// A key column's value by which the row is found; for an insert, the one that it gets. Null as below.
const v1::Value* KeyValueOf(const Step& step, const StepRow& row, uint32_t column);

// A row's value in a column of its table, as the step has it; null where the step doesn't write or select by that column.
const v1::Value* ValueOf(const Step& step, const StepRow& row, uint32_t column);

}  // namespace uow
