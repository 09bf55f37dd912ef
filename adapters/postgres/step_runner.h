#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/handle_map.h"
#include "adapters/plan/plan.h"
#include "adapters/postgres/key_allocation.h"
#include "adapters/postgres/link.h"
#include "adapters/postgres/render.h"
#include "journal/schema_index.h"

namespace uow::postgres {

// An error of the server with the row that it is about, and the columns of its constraint.
absl::Status AtRow(const absl::Status& error, const SchemaIndex& schema, const Step& step, const StepRow& row);

// Runs one step within the link's transaction. A step of several rows runs behind a savepoint, so that a failure can be narrowed to
// its row. After an error the transaction can only be rolled back.
class StepRunner {
 public:
  // All outlive the runner. `has_savepoint` is the transaction's: whether an earlier step has left the savepoint behind, to save a
  // round trip.
  StepRunner(Link& link, const SchemaIndex& schema, const Step& step, const InsertFacts& facts, HandleMap& keys,
             bool& has_savepoint);

  absl::Status Run();
  // The rows that an update or delete wouldn't find. The step writes no columns.
  absl::StatusOr<std::vector<const StepRow*>> FindMissing();

 private:
  // Runs the rows [begin, end) by one statement.
  absl::StatusOr<Result> RunRange(size_t begin, size_t end, Report report);
  absl::StatusOr<Parameters> Bind(size_t begin, size_t end) const;
  // The rows' values of one column; nothing where they can't travel as a binary array.
  std::optional<std::string> BindBinary(size_t value, size_t begin, size_t end) const;
  // Inserts all rows by COPY.
  absl::StatusOr<Result> CopyRows();

  absl::Status RunStatements();
  // Updates return the versions that the database gives; after inserts they are asked for.
  absl::Status ReadInsertedVersions();
  absl::Status NoteVersions(const Result& rows);

  // For keys that only the insert itself generates: a statement a row.
  absl::Status RunGeneratingRows();

  // Finds the row for which the step fails, and returns its error.
  absl::Status Narrow(const absl::Status& error);
  // Finds the rows that an update or delete has missed.
  absl::Status FindStale();
  // The same for a delete whose rows a cascade may have taken: only those that are there count.
  absl::Status FindChanged();
  // The rows whose places, from 1, a query returns.
  absl::StatusOr<std::vector<const StepRow*>> RowsOf(const std::string& query);

  // Travels with the next statement.
  void SetSavepoint();
  absl::Status BackToSavepoint();

  // A value of a row with handles resolved; null where its handle is open.
  const v1::Value* Resolve(const StepRow& row, size_t value) const { return keys_.Resolve(row.values[value]); }
  absl::Status OpenHandle(const StepRow& row, size_t value) const;
  absl::Status UnstorableText(const StepRow& row, size_t value) const;
  const v1::Column& ColumnOf(size_t value) const;

  Link& link_;
  const SchemaIndex& schema_;
  const Step& step_;
  const InsertFacts& facts_;
  HandleMap& keys_;
  bool& has_savepoint_;
  bool guarded_ = false;  // whether the savepoint is this step's
};

}  // namespace uow::postgres
