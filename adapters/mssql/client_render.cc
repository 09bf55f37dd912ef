#include "adapters/mssql/client_render.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/mssql/client_marker.h"
#include "adapters/mssql/client_statements.h"
#include "adapters/segments.h"
#include "journal/errors.h"

namespace uow::mssql {
namespace {

// A request takes 2,100, some of which a driver needs for itself.
constexpr size_t kDefaultParameters = 2000;
constexpr size_t kMaxRows = 1000;

const char* WhyNotStorable(const v1::Value& value) {
  if (value.has_array_value()) return "MS SQL Server has no arrays; store JSON";
  if (value.has_double_value() && !std::isfinite(value.double_value())) return "MS SQL Server has no NaN and no infinities";
  if (value.has_time_value() && (absl::StrContains(value.time_value(), "infinity") || absl::StartsWith(value.time_value(), "-"))) {
    return "MS SQL Server's times are in the years 1 to 9999";
  }
  return nullptr;
}

absl::Status CheckValues(const SchemaIndex& schema, const Step& step) {
  const size_t checks = step.columns.size() + step.key_columns.size();
  for (const StepRow& row : step.rows) {
    for (size_t i = 0; i < row.values.size(); ++i) {
      if (const char* why = WhyNotStorable(row.values[i])) {
        return UnstorableValue(
            schema, step, row, i,
            row.values[i].has_array_value() ? v1::ERROR_REASON_NOT_SUPPORTED : v1::ERROR_REASON_VALUE_OUT_OF_RANGE, why);
      }
      if (i >= checks && row.values[i].has_json_value()) {
        return UnstorableValue(
            schema, step, row, i, v1::ERROR_REASON_NOT_SUPPORTED,
            "MS SQL Server can't compare JSON by its value, so that a change of it by others goes unnoticed; give "
            "the table a version column");
      }
    }
  }
  return absl::OkStatus();
}

// What IDENTITY can be.
bool IsCounted(v1::Type::Kind kind) {
  switch (kind) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
    case v1::Type::KIND_UINT64:
    case v1::Type::KIND_DECIMAL:
      return true;
    default:
      return false;
  }
}

bool RefersToItself(const v1::Table& table, uint32_t position) {
  return std::any_of(table.foreign_keys().begin(), table.foreign_keys().end(),
                     [position](const v1::ForeignKey& key) { return key.referenced_table() == position; });
}

// For each foreign key of the table to itself, a column that can be NULL. Nothing where one has none.
std::vector<uint32_t> LooseColumns(const v1::Table& table, uint32_t position) {
  std::vector<uint32_t> columns;
  for (const v1::ForeignKey& key : table.foreign_keys()) {
    if (key.referenced_table() != position) continue;
    auto loose = std::find_if(key.columns().begin(), key.columns().end(), [&](uint32_t column) {
      const v1::Column& c = table.columns(static_cast<int>(column));
      const auto& primary = table.primary_key();
      return c.nullable() && c.generation() != v1::GENERATION_COMPUTED &&
             std::find(primary.begin(), primary.end(), column) == primary.end();
    });
    if (loose == key.columns().end()) return {};
    if (std::find(columns.begin(), columns.end(), *loose) == columns.end()) columns.push_back(*loose);
  }
  return columns;
}

class MssqlClientRenderer final : public MssqlClientMarker {
 public:
  explicit MssqlClientRenderer(const ClientSave& save)
      : save_(save), max_parameters_(save.max_parameters == 0 ? kDefaultParameters : save.max_parameters) {}

  void AppendBefore(const SchemaIndex&, const Plan&, std::vector<v1::SaveStep>&) override {}
  void AppendAfter(std::vector<v1::SaveStep>&) override {}
  absl::Status AppendStep(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) override;

 private:
  absl::Status AppendGenerating(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  absl::Status AppendInserts(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  absl::Status AppendChanges(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  absl::Status AppendSelfDeletes(const SchemaIndex& schema, Step& step, size_t fit, std::vector<v1::SaveStep>& steps) const;
  // Behind deletes whose rows a cascade may have taken: those that are still there were changed by others.
  absl::Status AppendChangedCheck(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  absl::Status AppendReadVersions(const SchemaIndex& schema, const Step& step, size_t from, std::vector<v1::SaveStep>& steps) const;
  // The rows as `out`, as many to a statement as fit, or one.
  absl::Status AppendRows(const SchemaIndex& schema, Step& step, const v1::SaveStep& out, size_t parameters,
                          std::vector<v1::SaveStep>& steps) const;
  // How many rows fit into a statement. NOT_SUPPORTED for none.
  absl::StatusOr<size_t> RowsThatFit(const SchemaIndex& schema, const Step& step, size_t parameters) const;

  const ClientSave& save_;
  const size_t max_parameters_;
};

absl::Status MssqlClientRenderer::AppendStep(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) {
  UOW_RETURN_IF_ERROR(CheckValues(schema, step));
  const size_t from = steps.size();
  if (step.generated >= 0) {
    UOW_RETURN_IF_ERROR(AppendGenerating(schema, step, steps));
  } else if (step.kind == StepKind::kInsert) {
    UOW_RETURN_IF_ERROR(AppendInserts(schema, step, steps));
  } else {
    UOW_RETURN_IF_ERROR(AppendChanges(schema, step, steps));
  }
  return step.version_column < 0 ? absl::OkStatus() : AppendReadVersions(schema, step, from, steps);
}

absl::Status MssqlClientRenderer::AppendGenerating(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const {
  const size_t generated = static_cast<size_t>(step.generated);
  const v1::Type::Kind kind = schema.table(step.table).columns(static_cast<int>(step.columns[generated])).type().kind();
  const bool nothing_else = step.columns.size() == 1;
  const bool alone = save_.single_rows || IsWithoutSequence(save_, step) || !IsCounted(kind) || nothing_else;
  v1::SaveStep out = BeginStep(schema, step);
  out.set_once_per_row(alone);
  out.set_returns_rows(true);
  out.mutable_keys()->set_kind(kind);
  if (alone) {
    WriteGeneratingInsert(schema, step, *out.mutable_segments());
  } else {
    WriteIdentityInsert(schema, step, *out.mutable_segments());
  }
  UOW_ASSIGN_OR_RETURN(size_t fit, RowsThatFit(schema, step, step.columns.size() - 1));
  if (alone) fit = step.rows.size();
  for (size_t begin = 0; begin < step.rows.size(); begin += fit) {
    const size_t end = std::min(begin + fit, step.rows.size());
    v1::SaveStep& rows = steps.emplace_back(out);
    for (size_t r = begin; r < end; ++r) AddHandle(step.rows[r].values[generated].handle_value(), *rows.mutable_keys());
    MoveRows(step, begin, end, rows);
  }
  return absl::OkStatus();
}

absl::Status MssqlClientRenderer::AppendInserts(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const {
  v1::SaveStep out = BeginStep(schema, step);
  WriteInsert(schema, step, *out.mutable_segments());
  return AppendRows(schema, step, out, step.columns.size(), steps);
}

// A statement checks foreign keys once all of its rows are gone, so that rows of one table may refer to one another; but not rows
// of several statements.
absl::Status MssqlClientRenderer::AppendChanges(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const {
  const size_t parameters = step.columns.size() + step.key_columns.size() + step.check_columns.size();
  if (step.kind == StepKind::kDelete && RefersToItself(schema.table(step.table), step.table)) {
    UOW_ASSIGN_OR_RETURN(const size_t fit, RowsThatFit(schema, step, parameters));
    if (step.rows.size() > (save_.single_rows ? 1 : fit)) return AppendSelfDeletes(schema, step, fit, steps);
  }
  v1::SaveStep out = BeginStep(schema, step);
  WriteChange(schema, step, *out.mutable_segments());
  if (ExplainsMismatch(step)) WriteMissing(schema, step, /*lock=*/false, *out.mutable_find_mismatch());
  UOW_RETURN_IF_ERROR(AppendRows(schema, step, out, parameters, steps));
  return AppendChangedCheck(schema, step, steps);
}

// The rows are looked for and locked first, then let go of one another, then deleted in any order. Where they can't let go, those
// with higher keys go first, which are mostly the children.
absl::Status MssqlClientRenderer::AppendSelfDeletes(const SchemaIndex& schema, Step& step, size_t fit,
                                                    std::vector<v1::SaveStep>& steps) const {
  std::vector<uint32_t> loose = LooseColumns(schema.table(step.table), step.table);
  // Rows that weren't looked for are deleted by all of their checks, which are not to be overwritten.
  if (step.may_be_gone && !step.check_columns.empty()) loose.clear();
  if (loose.empty()) std::reverse(step.rows.begin(), step.rows.end());
  Step by_key = step;
  by_key.rows.clear();
  if (!step.may_be_gone) by_key.check_columns.clear();
  std::vector<v1::SaveStep> checks, releases, deletes;
  for (size_t begin = 0; begin < step.rows.size(); begin += fit) {
    v1::SaveStep& out = deletes.emplace_back(BeginStep(schema, step));
    MoveRows(step, begin, std::min(begin + fit, step.rows.size()), out);
    v1::SaveStep other = out;
    if (!step.may_be_gone) {
      v1::SaveStep& check = checks.emplace_back(other);
      check.set_kind(v1::STEP_KIND_CHECK_ROWS);
      check.set_returns_rows(true);
      WriteMissing(schema, step, /*lock=*/true, *check.mutable_segments());
      if (ExplainsMismatch(step)) WriteMissing(schema, step, /*lock=*/false, *check.mutable_find_mismatch());
    }
    if (!loose.empty()) {
      other.set_kind(v1::STEP_KIND_UPDATE);
      WriteNulls(schema, by_key, loose, *other.mutable_segments());
      releases.push_back(std::move(other));
    }
    out.set_once_per_row(save_.single_rows);
    WriteChange(schema, by_key, *out.mutable_segments());
  }
  for (std::vector<v1::SaveStep>* list : {&checks, &releases, &deletes}) {
    std::move(list->begin(), list->end(), std::back_inserter(steps));
  }
  return AppendChangedCheck(schema, step, steps);
}

absl::Status MssqlClientRenderer::AppendChangedCheck(const SchemaIndex& schema, Step& step,
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

absl::StatusOr<size_t> MssqlClientRenderer::RowsThatFit(const SchemaIndex& schema, const Step& step, size_t parameters) const {
  if (parameters <= max_parameters_) return std::min(kMaxRows, max_parameters_ / std::max<size_t>(parameters, 1));
  return MakeError(v1::ERROR_REASON_NOT_SUPPORTED,
                   absl::StrCat("a row of table ", schema.TableLabel(step.table), " takes ", parameters,
                                " parameters; the database allows a statement ", max_parameters_));
}

absl::Status MssqlClientRenderer::AppendRows(const SchemaIndex& schema, Step& step, const v1::SaveStep& out, size_t parameters,
                                             std::vector<v1::SaveStep>& steps) const {
  UOW_ASSIGN_OR_RETURN(size_t fit, RowsThatFit(schema, step, parameters));
  if (save_.single_rows) fit = step.rows.size();
  for (size_t begin = 0; begin < step.rows.size(); begin += fit) {
    const size_t end = std::min(begin + fit, step.rows.size());
    v1::SaveStep& rows = steps.emplace_back(out);
    MoveRows(step, begin, end, rows);
    rows.set_once_per_row(save_.single_rows);
    if (!step.may_be_gone) rows.set_expected_rows(save_.single_rows ? 1 : end - begin);
  }
  return absl::OkStatus();
}

// By a query of its own, for an OUTPUT clause shows what was there before triggers ran.
absl::Status MssqlClientRenderer::AppendReadVersions(const SchemaIndex& schema, const Step& step, size_t from,
                                                     std::vector<v1::SaveStep>& steps) const {
  UOW_ASSIGN_OR_RETURN(const size_t fit,
                       RowsThatFit(schema, step, static_cast<size_t>(schema.table(step.table).primary_key_size())));
  std::vector<v1::SaveStep> reads;
  for (size_t s = from; s < steps.size(); ++s) {
    const size_t rows = static_cast<size_t>(steps[s].rows_size());
    for (size_t begin = 0; begin < rows; begin += fit) {
      v1::SaveStep& read = reads.emplace_back(BeginReadVersions(steps[s], begin, std::min(begin + fit, rows)));
      WriteVersions(schema, step.table, static_cast<uint32_t>(step.version_column), *read.mutable_segments());
    }
    steps[s].clear_versions();
  }
  std::move(reads.begin(), reads.end(), std::back_inserter(steps));
  return absl::OkStatus();
}

}  // namespace

std::unique_ptr<ClientRenderer> MakeClientRenderer(const ClientSave& save) { return std::make_unique<MssqlClientRenderer>(save); }

}  // namespace uow::mssql
