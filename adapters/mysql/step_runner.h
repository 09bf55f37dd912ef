#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/handle_map.h"
#include "adapters/mysql/link.h"
#include "adapters/mysql/render.h"
#include "adapters/mysql/table_facts.h"
#include "adapters/plan/plan.h"
#include "journal/schema_index.h"

namespace uow::mysql {

// Runs one step within the link's transaction, in as few statements as fit into packets. A statement that fails has done nothing,
// so that it can be narrowed to its row. After an error the transaction can only be rolled back.
class StepRunner {
 public:
  // All outlive the runner.
  StepRunner(Link& link, const TableFacts& facts, const SchemaIndex& schema, const Step& step, HandleMap& keys);

  absl::Status Run();
  // The rows that an update or delete wouldn't find.
  absl::StatusOr<std::vector<const StepRow*>> FindMissing();

 private:
  // Some of the step's rows, in the order in which they run.
  using Rows = std::vector<const StepRow*>;

  absl::Status CheckValues() const;
  absl::Status CheckRow(const StepRow& row) const;
  // Whether rows of an insert go as arrays.
  bool RunsArrays() const;
  // The end of the longest range from `begin` on that one statement can take: `values` counts a row's parameters.
  size_t RangeEnd(const Rows& rows, size_t begin, size_t values) const;

  // Updates and deletes, and inserts with given keys.
  absl::Status RunRows(const Rows& rows);
  absl::StatusOr<uint64_t> RunRanges(const Rows& rows);
  absl::StatusOr<Result> RunRange(const Rows& rows, size_t begin, size_t end);
  absl::StatusOr<Result> RunArrays(const Rows& rows, size_t begin, size_t end);

  // Inserts whose keys the database generates.
  absl::Status RunGenerating();
  // False where it isn't known which row got which key.
  absl::StatusOr<bool> RunGeneratingRanges();
  absl::StatusOr<bool> RunGeneratingRange(const Rows& rows, size_t begin, size_t end);
  // The keys that a statement has generated, in the order of its rows; empty where nobody knows which row got which.
  std::vector<uint64_t> KeysInOrder(Result& result, size_t count) const;
  absl::Status RunGeneratingRow(const StepRow& row);

  // Deletes from a table that refers to itself: foreign keys are checked row by row, so that children go first.
  absl::Status RunSelfDeletes();

  // Finds the row of the range for which its statement fails, and returns that row's error.
  absl::Status Narrow(const Rows& rows, size_t begin, size_t end, const absl::Status& error);
  // Finds the rows that an update or delete has missed.
  absl::Status FindStale(const Rows& rows);
  // The same for a delete whose rows a cascade may have taken: only those that are there count.
  absl::Status FindChanged(const Rows& rows);
  absl::StatusOr<std::vector<const StepRow*>> Missing(const Rows& rows, bool lock);
  absl::Status ReadVersions();
  // The step's rows in the database, by their places in `rows`.
  absl::StatusOr<std::vector<Row>> ReadRows(const Rows& rows, Read read, bool lock);

  // A value of a row with handles resolved; null where its handle is open.
  const v1::Value* Resolve(const StepRow& row, size_t value) const { return keys_.Resolve(row.values[value]); }
  absl::Status AtRow(const absl::Status& error, const StepRow& row) const;
  absl::Status BadValue(v1::ErrorReason reason, const StepRow& row, size_t value, const std::string& why) const;
  const v1::Column& ColumnOf(size_t value) const;
  const v1::Table& table() const { return schema_.table(step_.table); }

  Link& link_;
  const TableFacts& facts_;
  const SchemaIndex& schema_;
  const Step& step_;
  HandleMap& keys_;
  bool arrays_ = false;  // RunsArrays, once the values are checked
};

}  // namespace uow::mysql
