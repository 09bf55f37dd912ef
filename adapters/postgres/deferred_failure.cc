#include "adapters/postgres/deferred_failure.h"

#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/postgres/step_runner.h"
#include "adapters/postgres/value_text.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

using Columns = google::protobuf::RepeatedField<uint32_t>;

// "(a, b)=(1, x)", as the server shows a row's values in columns; nothing where the step doesn't have them all.
std::optional<std::string> Shown(const v1::Table& table, const Step& step, const StepRow& row, const Columns& columns,
                                 const HandleMap& keys) {
  std::string names, values;
  for (uint32_t column : columns) {
    const v1::Value* value = ValueOf(step, row, column);
    if (value != nullptr) value = keys.Resolve(*value);
    if (value == nullptr || value->has_null_value()) return std::nullopt;
    absl::StrAppend(&names, names.empty() ? "" : ", ", table.columns(column).name());
    if (!values.empty()) values += ", ";
    if (!AppendText(*value, values)) return std::nullopt;
  }
  return absl::StrCat("(", names, ")=(", values, ")");
}

class RowSearch {
 public:
  RowSearch(const absl::Status& error, const SchemaIndex& schema, const std::vector<const Step*>& steps, const HandleMap& keys)
      : error_(error), schema_(schema), steps_(steps), keys_(keys) {}

  // Looks among the rows that a step of the table has written, or those that one has taken values from.
  bool Find(uint32_t table, const Columns& columns, bool written) {
    for (const Step* step : steps_) {
      if (step->table != table || step->kind == (written ? StepKind::kDelete : StepKind::kInsert)) continue;
      for (const StepRow& row : step->rows) {
        const std::optional<std::string> shown = Shown(schema_.table(table), *step, row, columns, keys_);
        if (!shown || !absl::StrContains(error_.message(), *shown)) continue;
        found_ = AtRow(error_, schema_, *step, row);
        return true;
      }
    }
    return false;
  }
  const absl::Status& found() const { return found_; }

 private:
  const absl::Status& error_;
  const SchemaIndex& schema_;
  const std::vector<const Step*>& steps_;
  const HandleMap& keys_;
  absl::Status found_;
};

}  // namespace

absl::Status NameDeferredFailure(const absl::Status& error, const SchemaIndex& schema, const std::vector<const Step*>& steps,
                                 const HandleMap& keys) {
  const std::string constraint = DetailOf(error).value_or(v1::ErrorDetail()).constraint();
  if (constraint.empty()) return error;
  RowSearch search(error, schema, steps, keys);
  for (uint32_t t = 0; t < schema.table_count(); ++t) {
    for (const v1::ForeignKey& key : schema.table(t).foreign_keys()) {
      if (key.name() != constraint) continue;
      if (search.Find(t, key.columns(), true) || search.Find(key.referenced_table(), key.referenced_columns(), false)) {
        return search.found();
      }
    }
    for (const v1::UniqueConstraint& unique : schema.table(t).uniques()) {
      if (unique.name() == constraint && search.Find(t, unique.columns(), true)) return search.found();
    }
  }
  return error;
}

}  // namespace uow::postgres
