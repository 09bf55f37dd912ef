#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/handle_map.h"
#include "adapters/plan/plan.h"
#include "adapters/sqlite/database.h"
#include "adapters/sqlite/types.h"
#include "journal/schema_index.h"

namespace uow::sqlite {

// Binds the rows of one step to a statement whose placeholder ?n is a row's n-th value, not counting one that is generated.
class RowBinder {
 public:
  // Asks the catalog how the step's columns store what they are given.
  static absl::StatusOr<RowBinder> Create(Database& database, const SchemaIndex& schema, const Step& step);

  // Binds the values from `from` on. Handles stand for their keys. VALUE_OUT_OF_RANGE for what SQLite would change silently,
  // NOT_SUPPORTED for what it can't hold. The row stays as it is until the statement has run.
  absl::Status Bind(const StepRow& row, const HandleMap& keys, Statement& statement, size_t from = 0) const;

 private:
  struct Parameter {
    uint32_t column;
    bool skipped;  // the database generates it
    v1::Type::Kind kind;
    Affinity affinity;
    std::string declared;
  };

  RowBinder(const SchemaIndex& schema, const Step& step) : schema_(&schema), step_(&step) {}
  absl::Status BindValue(const Parameter& parameter, int number, const v1::Value& value, Statement& statement) const;
  absl::Status BindText(const Parameter& parameter, int number, const std::string& text, Statement& statement) const;
  absl::Status ValueError(v1::ErrorReason reason, const Parameter& parameter, const v1::Value& value, absl::string_view why) const;

  const SchemaIndex* schema_;
  const Step* step_;
  std::vector<Parameter> parameters_;
};

// A value of the database, canonical for its column's type; NULL is NULL.
absl::StatusOr<v1::Value> ReadValue(const v1::Column& column, const Statement& statement, int result_column);

// A key that an insert returned, as a value of its column's type.
absl::StatusOr<v1::Value> ReadKey(const v1::Column& column, const Statement& statement, int result_column);

}  // namespace uow::sqlite
