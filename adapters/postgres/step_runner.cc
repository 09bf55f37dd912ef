#include "adapters/postgres/step_runner.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/binary_array.h"
#include "adapters/postgres/copy_rows.h"
#include "adapters/postgres/sqlstate.h"
#include "adapters/postgres/value_text.h"
#include "adapters/row_errors.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

// The columns of a constraint of the table; PostgreSQL tells only its name.
void AddColumns(const v1::Table& table, v1::ErrorDetail& detail) {
  auto add = [&](const auto& constraint) {
    if (constraint.name() != detail.constraint()) return;
    for (uint32_t column : constraint.columns()) detail.add_columns(table.columns(column).name());
  };
  if (detail.constraint().empty() || detail.columns_size() > 0) return;
  for (const v1::UniqueConstraint& unique : table.uniques()) add(unique);
  for (const v1::ForeignKey& fk : table.foreign_keys()) add(fk);
}

}  // namespace

absl::Status AtRow(const absl::Status& error, const SchemaIndex& schema, const Step& step, const StepRow& row) {
  v1::ErrorDetail detail = DetailOf(error).value_or(v1::ErrorDetail());
  AddColumns(schema.table(step.table), detail);
  return WithRow(error, schema, step, row, detail);
}

StepRunner::StepRunner(Link& link, const SchemaIndex& schema, const Step& step, const InsertFacts& facts, HandleMap& keys,
                       bool& has_savepoint)
    : link_(link), schema_(schema), step_(step), facts_(facts), keys_(keys), has_savepoint_(has_savepoint) {}

absl::Status StepRunner::Run() {
  if (step_.rows.empty()) return absl::OkStatus();
  UOW_RETURN_IF_ERROR(RunStatements());
  return step_.kind == StepKind::kInsert && step_.version_column >= 0 ? ReadInsertedVersions() : absl::OkStatus();
}

absl::Status StepRunner::RunStatements() {
  if (step_.generated >= 0 && Resolve(step_.rows[0], step_.generated) == nullptr) return RunGeneratingRows();
  if (step_.rows.size() > 1) SetSavepoint();
  const bool versions = step_.kind == StepKind::kUpdate && step_.version_column >= 0;
  absl::StatusOr<Result> result =
      MayCopy(step_, facts_) ? CopyRows() : RunRange(0, step_.rows.size(), versions ? Report::kVersions : Report::kCount);
  if (!result.ok()) return Narrow(result.status());
  if (result->affected_rows() != step_.rows.size()) return step_.may_be_gone ? FindChanged() : FindStale();
  return versions ? NoteVersions(*result) : absl::OkStatus();
}

absl::Status StepRunner::ReadInsertedVersions() {
  Parameters parameters;
  for (uint32_t column : schema_.table(step_.table).primary_key()) {
    ArrayLiteral literal(step_.rows.size());
    for (const StepRow& row : step_.rows) {
      const v1::Value* value = keys_.Resolve(*ValueOf(step_, row, column));
      if (value == nullptr || !literal.Add(*value)) return InternalError("a row was inserted without its key");
    }
    parameters.emplace_back(std::move(literal).Finish());
  }
  UOW_ASSIGN_OR_RETURN(Result result, link_.Run(RenderVersions(schema_, step_), std::move(parameters)));
  return NoteVersions(result);
}

absl::Status StepRunner::NoteVersions(const Result& rows) {
  const v1::Type& type = schema_.table(step_.table).columns(step_.version_column).type();
  for (const auto& row : rows) {
    v1::Value version;
    version.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
    if (!row[1].is_null()) {
      UOW_ASSIGN_OR_RETURN(version, ParseVersion(type, row[1].text()));
    }
    keys_.SetVersion(step_.rows[row[0].as<size_t>() - 1].change, std::move(version));
  }
  return absl::OkStatus();
}

absl::StatusOr<Result> StepRunner::RunRange(size_t begin, size_t end, Report report) {
  UOW_ASSIGN_OR_RETURN(Parameters parameters, Bind(begin, end));
  return link_.Run(RenderArrays(schema_, step_, report), std::move(parameters));
}

absl::StatusOr<Parameters> StepRunner::Bind(size_t begin, size_t end) const {
  Parameters parameters;
  for (size_t i = 0; i < step_.rows[begin].values.size(); ++i) {
    if (std::optional<std::string> binary = BindBinary(i, begin, end)) {
      parameters.push_back(Parameter::Binary(*std::move(binary)));
      continue;
    }
    ArrayLiteral literal(end - begin);
    for (size_t r = begin; r < end; ++r) {
      const v1::Value* value = Resolve(step_.rows[r], i);
      if (value == nullptr) return OpenHandle(step_.rows[r], i);
      if (!literal.Add(*value)) return UnstorableText(step_.rows[r], i);
    }
    parameters.emplace_back(std::move(literal).Finish());
  }
  return parameters;
}

std::optional<std::string> StepRunner::BindBinary(size_t value, size_t begin, size_t end) const {
  std::optional<BinaryArray> array = BinaryArray::Of(ColumnOf(value).type().kind(), end - begin);
  if (!array) return std::nullopt;
  for (size_t r = begin; r < end; ++r) {
    const v1::Value* element = Resolve(step_.rows[r], value);
    if (element == nullptr || !array->Add(*element)) return std::nullopt;
  }
  return (*std::move(array)).Finish();
}

absl::StatusOr<Result> StepRunner::CopyRows() {
  constexpr size_t kPieceBytes = 64 << 10;
  std::string piece;
  size_t done = 0;
  auto next = [&]() -> absl::StatusOr<absl::string_view> {
    piece.clear();
    for (; done < step_.rows.size() && piece.size() < kPieceBytes; ++done) {
      const StepRow& row = step_.rows[done];
      for (size_t i = 0; i < row.values.size(); ++i) {
        const v1::Value* value = Resolve(row, i);
        if (value == nullptr) return OpenHandle(row, i);
        if (i > 0) piece += '\t';
        if (!AppendCopyField(*value, piece)) return UnstorableText(row, i);
      }
      piece += '\n';
    }
    return piece;
  };
  return link_.Copy(RenderCopy(schema_, step_), next);
}

absl::Status StepRunner::RunGeneratingRows() {
  const std::string sql = RenderGeneratingRow(schema_, step_);
  for (const StepRow& row : step_.rows) {
    Parameters parameters;
    for (size_t i = 0; i < row.values.size(); ++i) {
      if (static_cast<int>(i) == step_.generated) continue;
      const v1::Value* value = Resolve(row, i);
      if (value == nullptr) return OpenHandle(row, i);
      std::string text;
      if (!AppendText(*value, text)) return UnstorableText(row, i);
      parameters.emplace_back(value->has_null_value() ? std::nullopt : std::optional(std::move(text)));
    }
    absl::StatusOr<Result> result = link_.Run(sql, std::move(parameters));
    if (!result.ok()) return IsAboutOneRow(result.status()) ? AtRow(result.status(), schema_, step_, row) : result.status();
    if (result->size() != 1 || result->front()[0].is_null()) {
      return AtRow(
          MakeError(v1::ERROR_REASON_TARGET_REJECTED, "the insert returned no key: a trigger or rule has swallowed the row"),
          schema_, step_, row);
    }
    UOW_ASSIGN_OR_RETURN(v1::Value key, ParseKey(ColumnOf(step_.generated).type().kind(), result->front()[0].c_str()));
    keys_.Set(row.values[step_.generated].handle_value(), std::move(key));
  }
  return absl::OkStatus();
}

absl::Status StepRunner::Narrow(const absl::Status& error) {
  if (!IsAboutOneRow(error) || !link_.open()) return error;
  if (!guarded_) return AtRow(error, schema_, step_, step_.rows[0]);
  std::optional<size_t> failed = FailedRow(schema_.table(step_.table).name(), link_.context());
  if (failed && *failed < step_.rows.size()) return AtRow(error, schema_, step_, step_.rows[*failed]);
  UOW_RETURN_IF_ERROR(BackToSavepoint());
  // The rows before `begin` have run; of [begin, end) one fails.
  size_t begin = 0;
  size_t end = step_.rows.size();
  while (end - begin > 1) {
    const size_t middle = begin + (end - begin) / 2;
    absl::StatusOr<Result> half = RunRange(begin, middle, Report::kCount);
    if (half.ok()) {
      begin = middle;
      SetSavepoint();
    } else if (IsAboutOneRow(half.status())) {
      end = middle;
      UOW_RETURN_IF_ERROR(BackToSavepoint());
    } else {
      return half.status();
    }
  }
  absl::Status alone = RunRange(begin, end, Report::kCount).status();
  // Only rows that fail together, or because of what others do meanwhile, get here without an error of their own.
  return AtRow(alone.ok() ? error : alone, schema_, step_, step_.rows[begin]);
}

absl::Status StepRunner::FindStale() {
  if (step_.kind == StepKind::kInsert) {
    return MakeError(v1::ERROR_REASON_TARGET_REJECTED,
                     absl::StrCat(link_.where(), ": fewer than ", step_.rows.size(), " rows arrived in table ",
                                  schema_.TableLabel(step_.table), ": a trigger or rule has swallowed some"));
  }
  std::vector<const StepRow*> stale;
  if (guarded_) {
    UOW_RETURN_IF_ERROR(BackToSavepoint());
    UOW_ASSIGN_OR_RETURN(Result result, RunRange(0, step_.rows.size(), Report::kPlaces));
    std::vector<bool> found(step_.rows.size());
    for (const auto& row : result) found[row[0].as<size_t>() - 1] = true;
    for (size_t i = 0; i < found.size(); ++i) {
      if (!found[i]) stale.push_back(&step_.rows[i]);
    }
  } else {
    stale.push_back(&step_.rows[0]);
  }
  if (!stale.empty()) return StaleRows(schema_, step_, stale);
  return MakeError(v1::ERROR_REASON_TARGET_CONFLICT,
                   absl::StrCat(link_.where(), ": rows of table ", schema_.TableLabel(step_.table), " came and went meanwhile"));
}

absl::Status StepRunner::FindChanged() {
  if (step_.check_columns.empty()) return absl::OkStatus();
  UOW_ASSIGN_OR_RETURN(const std::vector<const StepRow*> changed, RowsOf(RenderChanged(schema_, step_)));
  return StaleRows(schema_, step_, changed);
}

absl::StatusOr<std::vector<const StepRow*>> StepRunner::FindMissing() { return RowsOf(RenderMissing(schema_, step_)); }

absl::StatusOr<std::vector<const StepRow*>> StepRunner::RowsOf(const std::string& query) {
  UOW_ASSIGN_OR_RETURN(Parameters parameters, Bind(0, step_.rows.size()));
  UOW_ASSIGN_OR_RETURN(Result result, link_.Run(query, std::move(parameters)));
  std::vector<const StepRow*> rows;
  for (const auto& row : result) rows.push_back(&step_.rows[row[0].as<size_t>() - 1]);
  std::sort(rows.begin(), rows.end());
  return rows;
}

void StepRunner::SetSavepoint() {
  if (has_savepoint_) link_.Ahead("RELEASE SAVEPOINT uow_step");
  link_.Ahead("SAVEPOINT uow_step");
  has_savepoint_ = guarded_ = true;
}

absl::Status StepRunner::BackToSavepoint() { return link_.Run("ROLLBACK TO SAVEPOINT uow_step").status(); }

absl::Status StepRunner::OpenHandle(const StepRow& row, size_t value) const {
  return AtRow(
      InternalError(absl::StrCat("column ", ColumnOf(value).name(), ": ", DebugString(row.values[value]), " has no key yet")),
      schema_, step_, row);
}

absl::Status StepRunner::UnstorableText(const StepRow& row, size_t value) const {
  v1::ErrorDetail detail;
  detail.add_columns(ColumnOf(value).name());
  return WithRow(MakeError(v1::ERROR_REASON_VALUE_OUT_OF_RANGE,
                           absl::StrCat("column ", ColumnOf(value).name(),
                                        ": the text holds a NUL character, which PostgreSQL can't store; remove it, or use bytes")),
                 schema_, step_, row, detail);
}

const v1::Column& StepRunner::ColumnOf(size_t value) const {
  const size_t written = step_.columns.size();
  const size_t selected = written + step_.key_columns.size();
  const uint32_t column = value < written    ? step_.columns[value]
                          : value < selected ? step_.key_columns[value - written]
                                             : step_.check_columns[value - selected];
  return schema_.table(step_.table).columns(column);
}

}  // namespace uow::postgres
