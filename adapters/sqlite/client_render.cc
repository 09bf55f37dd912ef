#include "adapters/sqlite/client_render.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/quote.h"
#include "adapters/row_errors.h"
#include "adapters/segments.h"
#include "adapters/sqlite/client_marker.h"
#include "adapters/sqlite/client_statements.h"
#include "adapters/sqlite/self_delete.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow::sqlite {
namespace {

// SQLITE_MAX_VARIABLE_NUMBER of builds since 3.32.
constexpr size_t kDefaultParameters = 32'766;
constexpr size_t kMaxRows = 1000;

// Why SQLite can't hold a value; empty where it can.
absl::string_view WhyUnstorable(const v1::Value& value, v1::ErrorReason& reason) {
  reason = v1::ERROR_REASON_VALUE_OUT_OF_RANGE;
  switch (value.kind_case()) {
    case v1::Value::kUint64Value:
      return value.uint64_value() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) ? "SQLite's integers end at 2^63-1"
                                                                                               : "";
    case v1::Value::kDoubleValue:
      return std::isnan(value.double_value()) ? "SQLite would store NaN as NULL" : "";
    case v1::Value::kArrayValue:
      reason = v1::ERROR_REASON_NOT_SUPPORTED;
      return "SQLite has no arrays; store JSON";
    default:
      return "";
  }
}

absl::Status CheckValues(const SchemaIndex& schema, const Step& step) {
  for (const StepRow& row : step.rows) {
    for (size_t i = 0; i < row.values.size(); ++i) {
      v1::ErrorReason reason;
      const absl::string_view why = WhyUnstorable(row.values[i], reason);
      if (!why.empty()) return UnstorableValue(schema, step, row, i, reason, why);
    }
  }
  return absl::OkStatus();
}

// Whether rows of the table keep one another from being deleted.
bool RestrictsItself(const SchemaIndex& schema, uint32_t table) {
  const auto& keys = schema.table(table).foreign_keys();
  return std::any_of(keys.begin(), keys.end(), [table](const v1::ForeignKey& key) {
    return key.referenced_table() == table && key.on_delete() == v1::REFERENTIAL_ACTION_RESTRICT;
  });
}

class SqliteClientRenderer final : public SqliteClientMarker {
 public:
  explicit SqliteClientRenderer(const ClientSave& save)
      : save_(save), max_parameters_(save.max_parameters == 0 ? kDefaultParameters : save.max_parameters) {}

  void AppendBefore(const SchemaIndex& schema, const Plan& plan, std::vector<v1::SaveStep>& steps) override;
  void AppendAfter(std::vector<v1::SaveStep>& steps) override {}
  absl::Status AppendStep(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) override;

 private:
  bool CountsUp(const SchemaIndex& schema, const Step& step) const;
  void AppendAllocations(const SchemaIndex& schema, std::vector<v1::SaveStep>& steps);
  absl::Status AppendInserts(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps);
  absl::Status AppendChanges(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps);
  absl::Status AppendSelfDeletes(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps);
  // Behind deletes whose rows a cascade may have taken: those that are still there were changed by others.
  absl::Status AppendChangedCheck(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  // Appends the step for the rows from `begin` on: as many to a statement as fit, or one.
  absl::Status AppendRows(const SchemaIndex& schema, Step& step, size_t begin, const v1::SaveStep& out, size_t parameters,
                          std::vector<v1::SaveStep>& steps) const;
  // How many rows fit into a statement. NOT_SUPPORTED for none.
  absl::StatusOr<size_t> RowsThatFit(const SchemaIndex& schema, const Step& step, size_t parameters) const;
  absl::Status AppendReadVersions(const SchemaIndex& schema, const Step& step, size_t from, std::vector<v1::SaveStep>& steps) const;

  const ClientSave& save_;
  const size_t max_parameters_;
  // By table: the keys of all of its new rows, until a step yields them.
  std::map<uint32_t, v1::StepKeys> counted_keys_;
};

// A rowid, so that the ones after the first new one are free: nobody else writes meanwhile.
bool SqliteClientRenderer::CountsUp(const SchemaIndex& schema, const Step& step) const {
  const v1::Table& table = schema.table(step.table);
  if (step.kind != StepKind::kInsert || step.generated < 0) return false;
  // A batch counts up whatever happens: it has no other way.
  if (!save_.atomic_batch && (save_.single_rows || IsWithoutSequence(save_, step))) return false;
  const uint32_t column = step.columns[static_cast<size_t>(step.generated)];
  switch (table.columns(static_cast<int>(column)).type().kind()) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
      return table.primary_key_size() == 1;
    default:
      return false;
  }
}

void SqliteClientRenderer::AppendBefore(const SchemaIndex& schema, const Plan& plan, std::vector<v1::SaveStep>& steps) {
  // Row by row it is left out, so that a foreign key fails with its row.
  if (!save_.single_rows) {
    v1::SaveStep& step = steps.emplace_back();
    step.set_kind(v1::STEP_KIND_DEFER_CONSTRAINTS);
    SegmentWriter(*step.mutable_segments()).Text("PRAGMA defer_foreign_keys = ON");
  }
  for (const Step& step : plan.steps) {
    if (!CountsUp(schema, step)) continue;
    v1::StepKeys& keys = counted_keys_[step.table];
    keys.set_counts_up(true);
    keys.set_kind(
        schema.table(step.table).columns(static_cast<int>(step.columns[static_cast<size_t>(step.generated)])).type().kind());
    for (const StepRow& row : step.rows) AddHandle(row.values[static_cast<size_t>(step.generated)].handle_value(), keys);
  }
  if (save_.atomic_batch) AppendAllocations(schema, steps);
}

// For a batch, in which nobody reads the key of the first row: the key after the largest that the table has or, with AUTOINCREMENT,
// ever had.
void SqliteClientRenderer::AppendAllocations(const SchemaIndex& schema, std::vector<v1::SaveStep>& steps) {
  for (auto& [position, keys] : counted_keys_) {
    const v1::Table& table = schema.table(position);
    const std::string key = QuoteName(table.columns(static_cast<int>(table.primary_key(0))).name());
    v1::SaveStep& step = steps.emplace_back();
    step.set_kind(v1::STEP_KIND_ALLOCATE_KEYS);
    step.set_table(position);
    step.set_returns_rows(true);
    *step.mutable_keys() = std::move(keys);
    SegmentWriter out(*step.mutable_segments());
    out.Text(absl::StrCat("SELECT CAST(1 + max(0, coalesce((SELECT max(", key, ") FROM ", QuoteTable(table), "), 0)"));
    if (std::count(save_.tables_without_sequence.begin(), save_.tables_without_sequence.end(), position) == 0) {
      out.Text(", coalesce((SELECT seq FROM sqlite_sequence WHERE name = ").Value(table.name()).Text("), 0)");
    }
    out.Text(") AS TEXT) AS c1");
  }
  counted_keys_.clear();
}

absl::Status SqliteClientRenderer::AppendStep(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) {
  UOW_RETURN_IF_ERROR(CheckValues(schema, step));
  const size_t from = steps.size();
  if (step.kind == StepKind::kInsert) {
    UOW_RETURN_IF_ERROR(AppendInserts(schema, step, steps));
  } else if (step.kind == StepKind::kDelete && RefersToItself(schema, step.table)) {
    UOW_RETURN_IF_ERROR(AppendSelfDeletes(schema, step, steps));
  } else {
    UOW_RETURN_IF_ERROR(AppendChanges(schema, step, steps));
  }
  return step.version_column < 0 ? absl::OkStatus() : AppendReadVersions(schema, step, from, steps);
}

absl::Status SqliteClientRenderer::AppendInserts(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) {
  size_t begin = 0;
  if (step.generated >= 0) {
    const bool counts_up = CountsUp(schema, step);
    if (save_.atomic_batch && !counts_up) {
      return MakeError(
          v1::ERROR_REASON_NOT_SUPPORTED,
          absl::StrCat("table ", schema.TableLabel(step.table),
                       ": keys that the database generates must be integers here, for others can't be known ahead of an "
                       "atomic batch; generate them in the application, for instance with $defaultFn"));
    }
    auto counted = counted_keys_.find(step.table);
    if (!counts_up || counted != counted_keys_.end()) {
      v1::SaveStep& out = steps.emplace_back(BeginStep(schema, step));
      out.set_once_per_row(true);
      out.set_returns_rows(true);
      WriteInsert(schema, step, /*generate=*/true, *out.mutable_segments());
      begin = counts_up ? 1 : step.rows.size();
      v1::StepKeys& keys = *out.mutable_keys();
      if (counts_up) {
        keys = std::move(counted->second);
        counted_keys_.erase(counted);
      } else {
        const uint32_t column = step.columns[static_cast<size_t>(step.generated)];
        keys.set_kind(schema.table(step.table).columns(static_cast<int>(column)).type().kind());
        for (const StepRow& row : step.rows) AddHandle(row.values[static_cast<size_t>(step.generated)].handle_value(), keys);
      }
      MoveRows(step, 0, begin, out);
    }
  }
  if (begin == step.rows.size()) return absl::OkStatus();
  v1::SaveStep out = BeginStep(schema, step);
  WriteInsert(schema, step, /*generate=*/false, *out.mutable_segments());
  return AppendRows(schema, step, begin, out, step.columns.size(), steps);
}

absl::Status SqliteClientRenderer::AppendChanges(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) {
  v1::SaveStep out = BeginStep(schema, step);
  WriteChange(schema, step, *out.mutable_segments());
  if (ExplainsMismatch(step)) WriteMissing(schema, step, *out.mutable_find_mismatch());
  UOW_RETURN_IF_ERROR(
      AppendRows(schema, step, 0, out, step.columns.size() + step.key_columns.size() + step.check_columns.size(), steps));
  return AppendChangedCheck(schema, step, steps);
}

absl::Status SqliteClientRenderer::AppendChangedCheck(const SchemaIndex& schema, Step& step,
                                                      std::vector<v1::SaveStep>& steps) const {
  if (!step.may_be_gone || step.check_columns.empty()) return absl::OkStatus();
  v1::SaveStep check = BeginStep(schema, step);
  check.set_kind(v1::STEP_KIND_CHECK_ROWS);
  check.set_returns_rows(true);
  WriteChanged(schema, step, *check.mutable_segments());
  UOW_ASSIGN_OR_RETURN(const size_t fit, RowsThatFit(schema, step, step.key_columns.size() + step.check_columns.size()));
  for (size_t begin = 0; begin < step.rows.size(); begin += fit) {
    MoveRows(step, begin, std::min(begin + fit, step.rows.size()), steps.emplace_back(check));
  }
  return absl::OkStatus();
}

// A cascade within the table may take rows ahead of their turn: whether they are there is asked first, which is as good as in the
// write itself, for nobody else writes meanwhile.
absl::Status SqliteClientRenderer::AppendSelfDeletes(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) {
  v1::SaveStep out = BeginStep(schema, step);
  const size_t parameters = step.key_columns.size() + step.check_columns.size();
  v1::SaveStep check = out;
  check.set_kind(v1::STEP_KIND_CHECK_ROWS);
  check.set_returns_rows(true);
  WriteMissing(schema, step, *check.mutable_segments());
  if (ExplainsMismatch(step)) *check.mutable_find_mismatch() = check.segments();
  WriteChange(schema, step, *out.mutable_segments());
  UOW_ASSIGN_OR_RETURN(const size_t fit, RowsThatFit(schema, step, parameters));
  const bool restricts = RestrictsItself(schema, step.table);
  // Where rows restrict one another, their order counts; those with higher keys are mostly the children.
  if (restricts) std::reverse(step.rows.begin(), step.rows.end());
  std::vector<v1::SaveStep> deletes;
  for (size_t begin = 0; begin < step.rows.size(); begin += fit) {
    v1::SaveStep& rows = deletes.emplace_back(out);
    MoveRows(step, begin, std::min(begin + fit, step.rows.size()), rows);
    rows.set_once_per_row(restricts || save_.single_rows);
    if (step.may_be_gone) continue;
    *steps.emplace_back(check).mutable_rows() = rows.rows();
  }
  std::move(deletes.begin(), deletes.end(), std::back_inserter(steps));
  return AppendChangedCheck(schema, step, steps);
}

absl::StatusOr<size_t> SqliteClientRenderer::RowsThatFit(const SchemaIndex& schema, const Step& step, size_t parameters) const {
  const size_t guard = step.first_new_key ? 1 : 0;
  if (parameters + guard <= max_parameters_) {
    return std::min(kMaxRows, (max_parameters_ - guard) / std::max<size_t>(parameters, 1));
  }
  return MakeError(v1::ERROR_REASON_NOT_SUPPORTED,
                   absl::StrCat("a row of table ", schema.TableLabel(step.table), " takes ", parameters,
                                " parameters; the database allows a statement ", max_parameters_));
}

absl::Status SqliteClientRenderer::AppendRows(const SchemaIndex& schema, Step& step, size_t begin, const v1::SaveStep& out,
                                              size_t parameters, std::vector<v1::SaveStep>& steps) const {
  UOW_ASSIGN_OR_RETURN(size_t fit, RowsThatFit(schema, step, parameters));
  if (save_.single_rows) fit = step.rows.size();
  for (; begin < step.rows.size(); begin += fit) {
    const size_t end = std::min(begin + fit, step.rows.size());
    v1::SaveStep& rows = steps.emplace_back(out);
    MoveRows(step, begin, end, rows);
    rows.set_once_per_row(save_.single_rows);
    if (!step.may_be_gone) rows.set_expected_rows(save_.single_rows ? 1 : end - begin);
  }
  return absl::OkStatus();
}

absl::Status SqliteClientRenderer::AppendReadVersions(const SchemaIndex& schema, const Step& step, size_t from,
                                                      std::vector<v1::SaveStep>& steps) const {
  const uint32_t version = static_cast<uint32_t>(step.version_column);
  UOW_ASSIGN_OR_RETURN(const size_t fit,
                       RowsThatFit(schema, step, static_cast<size_t>(schema.table(step.table).primary_key_size())));
  std::vector<v1::SaveStep> reads;
  for (size_t s = from; s < steps.size(); ++s) {
    const size_t rows = static_cast<size_t>(steps[s].rows_size());
    for (size_t begin = 0; begin < rows; begin += fit) {
      v1::SaveStep& read = reads.emplace_back(BeginReadVersions(steps[s], begin, std::min(begin + fit, rows)));
      WriteVersions(schema, step.table, version, *read.mutable_segments());
    }
    steps[s].clear_versions();
  }
  std::move(reads.begin(), reads.end(), std::back_inserter(steps));
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<ClientRenderer> MakeClientRenderer(const ClientSave& save) { return std::make_unique<SqliteClientRenderer>(save); }

}  // namespace uow::sqlite
