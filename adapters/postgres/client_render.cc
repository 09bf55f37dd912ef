#include "adapters/postgres/client_render.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/postgres/client_marker.h"
#include "adapters/postgres/key_allocation.h"
#include "adapters/postgres/render.h"
#include "adapters/quote.h"
#include "adapters/segments.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

// The keys of one column, or no row where it has no sequence that could be drawn from. As in key_allocation.cc, but for one column,
// and a row a key.
constexpr char kDrawKeys[] = R"sql(SELECT nextval(source.seq::regclass)::text AS c1
FROM (
  SELECT d.objid AS seq
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_depend AS d ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  WHERE a.attrelid = $1::regclass AND a.attname = $2 AND a.attidentity <> '' AND d.deptype = 'i'
    AND d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
  UNION ALL
  SELECT s.oid
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
  JOIN pg_catalog.pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S'
  WHERE a.attrelid = $1::regclass AND a.attname = $2 AND a.attidentity = ''
    AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\(''([^'']|'''')+''::regclass\)$'
  LIMIT 1
) AS source, generate_series(1, $3::int8)
WHERE has_sequence_privilege(source.seq, 'USAGE, UPDATE'))sql";

// The same for the default expression that isn't a sequence. query_to_xml runs the statement that is made of it; keys whose text
// XML would escape are left to other means.
constexpr char kDrawDefaults[] = R"sql(SELECT key[1] AS c1
FROM (
  SELECT pg_catalog.pg_get_expr(f.adbin, f.adrelid) AS expression
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  WHERE a.attrelid = $1::regclass AND a.attname = $2
) AS source, regexp_matches(
  query_to_xml(format('SELECT (%s)::text AS c1 FROM generate_series(1, %s)', source.expression, $3::int8), true, false, '')::text,
  '<c1>([^<&]*)</c1>', 'g') AS key)sql";

bool HasNul(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kTextValue:
      return absl::StrContains(value.text_value(), absl::string_view("\0", 1));
    case v1::Value::kJsonValue:
      return absl::StrContains(value.json_value(), absl::string_view("\0", 1));
    case v1::Value::kArrayValue:
      for (const v1::Value& element : value.array_value().elements()) {
        if (HasNul(element)) return true;
      }
      return false;
    default:
      return false;
  }
}

absl::Status CheckValues(const SchemaIndex& schema, const Step& step) {
  for (const StepRow& row : step.rows) {
    for (size_t i = 0; i < row.values.size(); ++i) {
      if (!HasNul(row.values[i])) continue;
      return UnstorableValue(schema, step, row, i, v1::ERROR_REASON_VALUE_OUT_OF_RANGE,
                             "the text holds a NUL character, which PostgreSQL can't store; remove it, or use bytes");
    }
  }
  return absl::OkStatus();
}

class PostgresClientRenderer final : public PostgresClientMarker {
 public:
  explicit PostgresClientRenderer(const ClientSave& save) : save_(save) {}

  void AppendBefore(const SchemaIndex& schema, const Plan& plan, std::vector<v1::SaveStep>& steps) override;
  void AppendAfter(std::vector<v1::SaveStep>& steps) override;
  absl::Status AppendStep(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) override;

 private:
  // Whether the keys are drawn ahead of the insert; for a batch they all are, if need be from other defaults than sequences.
  bool DrawsKeys(const SchemaIndex& schema, const Step& step) const;
  bool HasSequence(const SchemaIndex& schema, const Step& step) const;
  void AppendGenerating(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;
  void AppendArrays(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const;

  const ClientSave& save_;
};

const v1::Column& GeneratedColumn(const SchemaIndex& schema, const Step& step) {
  return schema.table(step.table).columns(static_cast<int>(step.columns[static_cast<size_t>(step.generated)]));
}

const v1::Handle& GeneratedHandle(const Step& step, const StepRow& row) {
  return row.values[static_cast<size_t>(step.generated)].handle_value();
}

bool PostgresClientRenderer::DrawsKeys(const SchemaIndex& schema, const Step& step) const {
  if (step.kind != StepKind::kInsert || step.generated < 0) return false;
  return save_.atomic_batch || HasSequence(schema, step);
}

bool PostgresClientRenderer::HasSequence(const SchemaIndex& schema, const Step& step) const {
  return !IsWithoutSequence(save_, step) && SequenceCanFill(GeneratedColumn(schema, step).type().kind());
}

void PostgresClientRenderer::AppendBefore(const SchemaIndex& schema, const Plan& plan, std::vector<v1::SaveStep>& steps) {
  if (const std::string deferral = RenderDeferral(schema, plan); !deferral.empty()) {
    v1::SaveStep& step = steps.emplace_back();
    step.set_kind(v1::STEP_KIND_DEFER_CONSTRAINTS);
    SegmentWriter(*step.mutable_segments()).Text(deferral);
  }
  // By table and column, in order of first use.
  std::map<std::pair<uint32_t, uint32_t>, size_t> places;
  std::vector<std::pair<const Step*, v1::StepKeys>> draws;
  for (const Step& step : plan.steps) {
    if (!DrawsKeys(schema, step)) continue;
    auto [place, added] = places.emplace(std::pair(step.table, step.columns[static_cast<size_t>(step.generated)]), draws.size());
    if (added) draws.emplace_back(&step, v1::StepKeys());
    for (const StepRow& row : step.rows) AddHandle(GeneratedHandle(step, row), draws[place->second].second);
  }
  for (auto& [step, keys] : draws) {
    v1::SaveStep& out = steps.emplace_back();
    out.set_kind(v1::STEP_KIND_ALLOCATE_KEYS);
    out.set_table(step->table);
    out.set_returns_rows(true);
    uint64_t count = 0;
    for (const v1::HandleList& list : keys.handles()) count += static_cast<uint64_t>(list.counters_size());
    const std::string values[] = {QuoteTable(schema.table(step->table)), GeneratedColumn(schema, *step).name(),
                                  absl::StrCat(count)};
    WriteSql(HasSequence(schema, *step) ? kDrawKeys : kDrawDefaults, *out.mutable_segments(),
             [&](size_t n, SegmentWriter& segments) { segments.Value(values[n - 1]); });
    keys.set_kind(GeneratedColumn(schema, *step).type().kind());
    *out.mutable_keys() = std::move(keys);
  }
}

void PostgresClientRenderer::AppendAfter(std::vector<v1::SaveStep>& steps) {
  v1::SaveStep& step = steps.emplace_back();
  step.set_kind(v1::STEP_KIND_CHECK_CONSTRAINTS);
  SegmentWriter(*step.mutable_segments()).Text("SET CONSTRAINTS ALL IMMEDIATE");
}

absl::Status PostgresClientRenderer::AppendStep(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) {
  UOW_RETURN_IF_ERROR(CheckValues(schema, step));
  if (step.generated >= 0 && !DrawsKeys(schema, step)) {
    AppendGenerating(schema, step, steps);
  } else {
    AppendArrays(schema, step, steps);
  }
  if (step.version_column < 0) return absl::OkStatus();
  v1::SaveStep read = BeginReadVersions(steps.back(), 0, static_cast<size_t>(steps.back().rows_size()));
  steps.back().clear_versions();
  const std::string sql =
      absl::StrCat("SELECT (r.c1 - 1)::text AS c1, r.c2 AS c2 FROM (", RenderVersions(schema, step), ") AS r (c1, c2)");
  WriteSql(sql, *read.mutable_segments(), [](size_t n, SegmentWriter& out) { out.Column(n - 1); });
  steps.push_back(std::move(read));
  return absl::OkStatus();
}

// For keys that only the insert itself generates: a statement a row.
void PostgresClientRenderer::AppendGenerating(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const {
  v1::SaveStep& out = steps.emplace_back(BeginStep(schema, step));
  out.set_once_per_row(true);
  out.set_returns_rows(true);
  WriteSql(absl::StrCat(RenderGeneratingRow(schema, step), "::text AS c1"), *out.mutable_segments(),
           [&](size_t n, SegmentWriter& row) {
             // The generated value has no parameter.
             const size_t generated = static_cast<size_t>(step.generated);
             row.RowValue(n <= generated ? n - 1 : n);
           });
  out.mutable_keys()->set_kind(GeneratedColumn(schema, step).type().kind());
  for (const StepRow& row : step.rows) AddHandle(GeneratedHandle(step, row), *out.mutable_keys());
  MoveRows(step, 0, step.rows.size(), out);
}

void PostgresClientRenderer::AppendArrays(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) const {
  v1::SaveStep& out = steps.emplace_back(BeginStep(schema, step));
  WriteSql(RenderArrays(schema, step), *out.mutable_segments(), [](size_t n, SegmentWriter& column) { column.Column(n - 1); });
  if (ExplainsMismatch(step)) {
    const std::string sql = absl::StrCat("SELECT (r.c1 - 1)::text AS c1 FROM (", RenderMissing(schema, step), ") AS r (c1)");
    WriteSql(sql, *out.mutable_find_mismatch(),
             [&](size_t n, SegmentWriter& column) { column.Column(step.columns.size() + n - 1); });
  }
  out.set_once_per_row(save_.single_rows);
  if (!step.may_be_gone) out.set_expected_rows(save_.single_rows ? 1 : step.rows.size());
  MoveRows(step, 0, step.rows.size(), out);
  if (!step.may_be_gone || step.check_columns.empty()) return;
  // Rows that a cascade may have taken: those that are still there were changed by others.
  v1::SaveStep& check = steps.emplace_back(BeginStep(schema, step));
  check.set_kind(v1::STEP_KIND_CHECK_ROWS);
  check.set_returns_rows(true);
  const std::string sql = absl::StrCat("SELECT (r.c1 - 1)::text AS c1 FROM (", RenderChanged(schema, step), ") AS r (c1)");
  WriteSql(sql, *check.mutable_segments(), [](size_t n, SegmentWriter& column) { column.Column(n - 1); });
  MoveRows(step, 0, step.rows.size(), check);
}

}  // namespace

std::unique_ptr<ClientRenderer> MakeClientRenderer(const ClientSave& save) {
  return std::make_unique<PostgresClientRenderer>(save);
}

}  // namespace uow::postgres
