#include "adapters/mysql/client_render.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/mysql/children_first.h"
#include "adapters/mysql/client_marker.h"
#include "adapters/mysql/client_statements.h"
#include "adapters/mysql/parameters.h"
#include "adapters/segments.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

constexpr size_t kDefaultParameters = 65'535;
constexpr size_t kMaxRows = 1000;
// Well below max_allowed_packet, which a client doesn't know: 4 MiB in older servers. Escaping may double it.
constexpr size_t kMaxBytes = 1 << 20;

absl::Status CheckValues(const SchemaIndex& schema, const Step& step) {
  for (const StepRow& row : step.rows) {
    for (size_t i = 0; i < row.values.size(); ++i) {
      const char* why = WhyNotStorable(row.values[i]);
      if (why == nullptr) continue;
      return UnstorableValue(schema, step, row, i,
                             row.values[i].has_array_value() ? v1::ERROR_REASON_NOT_SUPPORTED : v1::ERROR_REASON_VALUE_OUT_OF_RANGE,
                             why);
    }
  }
  return absl::OkStatus();
}

bool IsInteger(v1::Type::Kind kind) {
  return kind == v1::Type::KIND_INT16 || kind == v1::Type::KIND_INT32 || kind == v1::Type::KIND_INT64 ||
         kind == v1::Type::KIND_UINT64;
}

// For each foreign key of the table to itself, a column that can be NULL. Nothing where one has none: then rows that refer to one
// another can't be let go of.
std::vector<uint32_t> LooseColumns(const v1::Table& table, uint32_t position) {
  std::vector<uint32_t> columns;
  for (const v1::ForeignKey& key : table.foreign_keys()) {
    if (key.referenced_table() != position) continue;
    auto loose = std::find_if(key.columns().begin(), key.columns().end(), [&](uint32_t column) {
      const auto& primary = table.primary_key();
      const v1::Column& c = table.columns(static_cast<int>(column));
      return c.nullable() && c.generation() != v1::GENERATION_COMPUTED &&
             std::find(primary.begin(), primary.end(), column) == primary.end();
    });
    if (loose == key.columns().end()) return {};
    if (std::find(columns.begin(), columns.end(), *loose) == columns.end()) columns.push_back(*loose);
  }
  return columns;
}

class MysqlClientRenderer final : public MysqlClientMarker {
 public:
  explicit MysqlClientRenderer(const ClientSave& save)
      : save_(save),
        server_(ClientServerOf(save.mysql_server)),
        max_parameters_(save.max_parameters == 0 ? kDefaultParameters : save.max_parameters) {}

  void AppendBefore(const SchemaIndex& schema, const Plan& plan, std::vector<v1::SaveStep>& steps) override;
  void AppendAfter(std::vector<v1::SaveStep>& steps) override {}
  absl::Status AppendStep(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) override;

 private:
  absl::Status AppendGenerating(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  absl::Status AppendInserts(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  absl::Status AppendChanges(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  absl::Status AppendSelfDeletes(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  // Behind deletes whose rows a cascade may have taken: those that are still there were changed by others.
  absl::Status AppendChangedCheck(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  absl::Status AppendReadVersions(const SchemaIndex& schema, const Step& step, size_t from, std::vector<v1::SaveStep>& steps) const;

  // The ends of the runs of rows that go into one statement each. NOT_SUPPORTED for a row that fits into none.
  absl::StatusOr<std::vector<size_t>> Ends(const SchemaIndex& schema, const Step& step, size_t parameters) const;

  const ClientSave& save_;
  const ClientServer server_;
  const size_t max_parameters_;
};

void MysqlClientRenderer::AppendBefore(const SchemaIndex& schema, const Plan& plan, std::vector<v1::SaveStep>& steps) {
  v1::SaveStep& step = steps.emplace_back();
  step.set_kind(v1::STEP_KIND_CHECK_TABLES);
  step.set_returns_rows(true);
  WriteTableCheck(schema, plan, *step.mutable_segments());
}

absl::Status MysqlClientRenderer::AppendStep(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) {
  UOW_RETURN_IF_ERROR(CheckValues(schema, step));
  const size_t from = steps.size();
  if (step.generated >= 0) {
    UOW_RETURN_IF_ERROR(AppendGenerating(schema, step, steps));
  } else if (step.kind == StepKind::kInsert) {
    UOW_RETURN_IF_ERROR(AppendInserts(schema, step, steps));
  } else if (step.kind == StepKind::kDelete && step.rows.size() > 1 && RefersToItself(schema, step.table)) {
    UOW_RETURN_IF_ERROR(AppendSelfDeletes(schema, step, steps));
  } else {
    UOW_RETURN_IF_ERROR(AppendChanges(schema, step, steps));
  }
  return step.version_column < 0 ? absl::OkStatus() : AppendReadVersions(schema, step, from, steps);
}

absl::Status MysqlClientRenderer::AppendGenerating(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const {
  const size_t generated = static_cast<size_t>(step.generated);
  const v1::Type::Kind kind = schema.table(step.table).columns(static_cast<int>(step.columns[generated])).type().kind();
  const bool returns = server_.product == Product::kMariaDb;
  if (!returns && !IsInteger(kind)) {
    return UnstorableValue(schema, step, step.rows[0], generated, v1::ERROR_REASON_NOT_SUPPORTED,
                           "the server can't say which key a default has given, for it has no INSERT … RETURNING; give the key "
                           "yourself, or use AUTO_INCREMENT");
  }
  const bool alone =
      save_.single_rows || IsWithoutSequence(save_, step) || !IsInteger(kind) || (!returns && !server_.keys_count_up);
  v1::SaveStep out = BeginStep(schema, step);
  WriteInsert(schema, step, server_.product, *out.mutable_segments());
  out.set_once_per_row(alone);
  out.set_returns_rows(returns);
  v1::StepKeys& keys = *out.mutable_keys();
  keys.set_kind(kind);
  keys.set_insert_id(!returns);
  if (!returns) keys.set_distance(server_.key_distance);
  UOW_ASSIGN_OR_RETURN(std::vector<size_t> ends, Ends(schema, step, step.columns.size() - 1));
  if (alone) ends = {step.rows.size()};
  size_t begin = 0;
  for (size_t end : ends) {
    v1::SaveStep& rows = steps.emplace_back(out);
    // Of one row there is nothing to be told apart.
    rows.mutable_keys()->set_steady(returns && !alone && end - begin > 1);
    if (!returns) rows.set_expected_rows(alone ? 1 : end - begin);
    for (size_t r = begin; r < end; ++r) AddHandle(step.rows[r].values[generated].handle_value(), *rows.mutable_keys());
    MoveRows(step, begin, end, rows);
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status MysqlClientRenderer::AppendInserts(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const {
  v1::SaveStep out = BeginStep(schema, step);
  WriteInsert(schema, step, server_.product, *out.mutable_segments());
  out.set_once_per_row(save_.single_rows);
  UOW_ASSIGN_OR_RETURN(std::vector<size_t> ends, Ends(schema, step, step.columns.size()));
  if (save_.single_rows) ends = {step.rows.size()};
  size_t begin = 0;
  for (size_t end : ends) {
    v1::SaveStep& rows = steps.emplace_back(out);
    rows.set_expected_rows(save_.single_rows ? 1 : end - begin);
    MoveRows(step, begin, end, rows);
    begin = end;
  }
  return absl::OkStatus();
}

// Where the driver counts only the rows that an update changes, the rows are looked for first and locked: that is as good as a
// check in the write itself.
absl::Status MysqlClientRenderer::AppendChanges(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const {
  const bool counted = step.kind == StepKind::kDelete || server_.counts_found_rows;
  UOW_ASSIGN_OR_RETURN(std::vector<size_t> ends,
                       Ends(schema, step, step.columns.size() + step.key_columns.size() + step.check_columns.size()));
  if (save_.single_rows) ends = {step.rows.size()};
  size_t begin = 0;
  for (size_t end : ends) {
    const bool alone = save_.single_rows || end - begin == 1;
    v1::SaveStep out = BeginStep(schema, step);
    WriteChange(schema, step, server_.product, alone, *out.mutable_segments());
    out.set_once_per_row(save_.single_rows);
    MoveRows(step, begin, end, out);
    if (step.may_be_gone) {
      // Whatever there is of them goes; what has changed is looked for behind.
    } else if (counted) {
      out.set_expected_rows(alone ? 1 : end - begin);
      if (ExplainsMismatch(step)) WriteMissing(schema, step, server_.product, /*lock=*/false, *out.mutable_find_mismatch());
    } else {
      v1::SaveStep& check = steps.emplace_back(out);
      check.set_kind(v1::STEP_KIND_CHECK_ROWS);
      check.set_once_per_row(false);
      check.set_returns_rows(true);
      check.clear_versions();
      check.clear_segments();
      WriteMissing(schema, step, server_.product, /*lock=*/true, *check.mutable_segments());
      if (ExplainsMismatch(step)) WriteMissing(schema, step, server_.product, /*lock=*/false, *check.mutable_find_mismatch());
    }
    steps.push_back(std::move(out));
    begin = end;
  }
  return AppendChangedCheck(schema, step, steps);
}

absl::Status MysqlClientRenderer::AppendChangedCheck(const SchemaIndex& schema, Step& step,
                                                     std::vector<v1::SaveStep>& steps) const {
  if (!step.may_be_gone || step.check_columns.empty()) return absl::OkStatus();
  UOW_ASSIGN_OR_RETURN(const std::vector<size_t> ends, Ends(schema, step, step.key_columns.size() + step.check_columns.size()));
  size_t begin = 0;
  for (size_t end : ends) {
    v1::SaveStep& check = steps.emplace_back(BeginStep(schema, step));
    check.set_kind(v1::STEP_KIND_CHECK_ROWS);
    check.set_returns_rows(true);
    WriteChanged(schema, step, server_.product, *check.mutable_segments());
    MoveRows(step, begin, end, check);
    begin = end;
  }
  return absl::OkStatus();
}

// InnoDB checks foreign keys row by row, and cascades within the table may take rows ahead of their turn. So the rows are looked
// for and locked first, then let go of one another, then deleted in any order. Where they can't let go, those with higher keys go
// first, which are mostly the children.
absl::Status MysqlClientRenderer::AppendSelfDeletes(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const {
  const size_t parameters = step.key_columns.size() + step.check_columns.size();
  std::vector<uint32_t> loose = LooseColumns(schema.table(step.table), step.table);
  // Rows that weren't looked for are deleted by all of their checks, which are not to be overwritten.
  if (step.may_be_gone && !step.check_columns.empty()) loose.clear();
  const bool alone = save_.single_rows || loose.empty();
  if (alone) std::reverse(step.rows.begin(), step.rows.end());
  UOW_ASSIGN_OR_RETURN(const std::vector<size_t> ends, Ends(schema, step, parameters));
  Step by_key = step;
  by_key.rows.clear();
  if (!step.may_be_gone) by_key.check_columns.clear();
  std::vector<v1::SaveStep> checks, releases, deletes;
  size_t begin = 0;
  for (size_t end : ends) {
    v1::SaveStep& out = deletes.emplace_back(BeginStep(schema, step));
    MoveRows(step, begin, end, out);
    begin = end;
    v1::SaveStep other = out;
    other.set_kind(v1::STEP_KIND_CHECK_ROWS);
    other.set_returns_rows(true);
    WriteMissing(schema, step, server_.product, /*lock=*/true, *other.mutable_segments());
    if (!step.may_be_gone) {
      v1::SaveStep& check = checks.emplace_back(other);
      if (ExplainsMismatch(step)) WriteMissing(schema, step, server_.product, /*lock=*/false, *check.mutable_find_mismatch());
    }
    other.set_kind(v1::STEP_KIND_UPDATE);
    other.set_returns_rows(false);
    other.clear_segments();
    if (!loose.empty()) {
      WriteNulls(schema, by_key, loose, server_.product, *other.mutable_segments());
      releases.push_back(std::move(other));
    }
    out.set_once_per_row(alone);
    WriteChange(schema, by_key, server_.product, alone, *out.mutable_segments());
  }
  for (std::vector<v1::SaveStep>* list : {&checks, &releases, &deletes}) {
    std::move(list->begin(), list->end(), std::back_inserter(steps));
  }
  return AppendChangedCheck(schema, step, steps);
}

absl::StatusOr<std::vector<size_t>> MysqlClientRenderer::Ends(const SchemaIndex& schema, const Step& step,
                                                              size_t parameters) const {
  if (parameters > max_parameters_) {
    return MakeError(v1::ERROR_REASON_NOT_SUPPORTED,
                     absl::StrCat("a row of table ", schema.TableLabel(step.table), " takes ", parameters,
                                  " parameters; the database allows a statement ", max_parameters_));
  }
  const size_t most = std::min(kMaxRows, max_parameters_ / std::max<size_t>(parameters, 1));
  std::vector<size_t> ends;
  size_t begin = 0, bytes = 0;
  for (size_t r = 0; r < step.rows.size(); ++r) {
    size_t row = 0;
    for (const v1::Value& value : step.rows[r].values) row += PacketBytes(value);
    if (r > begin && (r - begin == most || bytes + row > kMaxBytes)) {
      ends.push_back(r);
      begin = r;
      bytes = 0;
    }
    bytes += row;
  }
  ends.push_back(step.rows.size());
  return ends;
}

absl::Status MysqlClientRenderer::AppendReadVersions(const SchemaIndex& schema, const Step& step, size_t from,
                                                     std::vector<v1::SaveStep>& steps) const {
  const uint32_t version = static_cast<uint32_t>(step.version_column);
  const size_t width = std::max<size_t>(static_cast<size_t>(schema.table(step.table).primary_key_size()), 1);
  const size_t fit = std::max<size_t>(std::min(kMaxRows, max_parameters_ / width), 1);
  std::vector<v1::SaveStep> reads;
  for (size_t s = from; s < steps.size(); ++s) {
    if (steps[s].kind() == v1::STEP_KIND_CHECK_ROWS) continue;
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

std::unique_ptr<ClientRenderer> MakeClientRenderer(const ClientSave& save) { return std::make_unique<MysqlClientRenderer>(save); }

}  // namespace uow::mysql
