#include "adapters/postgres/key_allocation.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "adapters/postgres/render.h"
#include "adapters/postgres/value_text.h"
#include "adapters/quote.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

// For each demand the keys as an array, NULL where the column has no sequence that could be drawn from. An identity column's
// sequence is an internal part of it; any other column's is the one that its default reads, provided that the default is that and
// no more.
constexpr char kDrawKeys[] = R"sql(SELECT drawn.keys
FROM unnest($1::text[], $2::text[], $3::int8[]) WITH ORDINALITY AS demand(tab, col, n, place)
LEFT JOIN pg_catalog.pg_attribute AS a
  ON a.attrelid = demand.tab::regclass AND a.attname = demand.col AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN LATERAL (
  SELECT d.objid AS seq
  FROM pg_catalog.pg_depend AS d
  WHERE a.attidentity <> '' AND d.deptype = 'i' AND d.classid = 'pg_catalog.pg_class'::regclass
    AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  UNION ALL
  SELECT s.oid
  FROM pg_catalog.pg_attrdef AS f
  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
  JOIN pg_catalog.pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S'
  WHERE a.attidentity = '' AND f.adrelid = a.attrelid AND f.adnum = a.attnum
    AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\(''([^'']|'''')+''::regclass\)$'
  LIMIT 1
) AS source ON true
LEFT JOIN LATERAL (
  SELECT array_agg(k.key) AS keys
  FROM (
    SELECT nextval(source.seq::regclass) AS key
    FROM generate_series(1, demand.n)
    WHERE has_sequence_privilege(source.seq, 'USAGE, UPDATE')
  ) AS k
) AS drawn ON true
ORDER BY demand.place)sql";

bool NeedsKey(const SchemaIndex& schema, const Step& step) {
  return step.kind == StepKind::kInsert && step.generated >= 0 &&
         SequenceCanFill(schema.table(step.table).columns(step.columns[step.generated]).type().kind());
}

v1::Value Text(std::string text) {
  v1::Value value;
  value.set_text_value(std::move(text));
  return value;
}

// Takes the keys out of an array's text, one at a time.
class KeyReader {
 public:
  KeyReader(v1::Type::Kind kind, absl::string_view array) : kind_(kind), left_(array.substr(1, array.size() - 2)) {}

  absl::StatusOr<v1::Value> Next() {
    size_t comma = left_.find(',');
    absl::string_view text = left_.substr(0, comma);
    left_ = comma == absl::string_view::npos ? "" : left_.substr(comma + 1);
    return ParseKey(kind_, text);
  }

 private:
  v1::Type::Kind kind_;
  absl::string_view left_;
};

}  // namespace

std::vector<KeyDemand> KeyDemands(const SchemaIndex& schema, const Plan& plan) {
  std::vector<KeyDemand> demands;
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, size_t> places;
  for (const Step& step : plan.steps) {
    if (!NeedsKey(schema, step)) continue;
    uint32_t column = step.columns[step.generated];
    auto [it, added] = places.emplace(std::pair(step.table, column), demands.size());
    if (added) demands.push_back({step.table, column, 0});
    demands[it->second].count += step.rows.size();
  }
  return demands;
}

v1::PlannedStatement RenderKeyDemands(const SchemaIndex& schema, const std::vector<KeyDemand>& demands) {
  v1::PlannedStatement statement;
  statement.set_kind(v1::STATEMENT_KIND_ALLOCATE_KEYS);
  statement.set_sql(kDrawKeys);
  statement.set_parameter_style(v1::PARAMETER_STYLE_ARRAYS);
  statement.set_expected_rows(demands.size());
  for (const KeyDemand& demand : demands) {
    const v1::Table& table = schema.table(demand.table);
    v1::PlannedRow& row = *statement.add_rows();
    *row.add_values() = Text(QuoteTable(table));
    *row.add_values() = Text(table.columns(demand.column).name());
    row.add_values()->set_int64_value(static_cast<int64_t>(demand.count));
  }
  if (demands.size() == 1) statement.set_table(demands[0].table);
  return statement;
}

std::string RenderDeferral(const SchemaIndex& schema, const Plan& plan) {
  std::string names;
  for (const DeferredConstraint& constraint : plan.deferred) {
    const v1::Table& table = schema.table(constraint.table);
    const std::string& name =
        constraint.unique ? table.uniques(constraint.position).name() : table.foreign_keys(constraint.position).name();
    // A constraint is in the namespace of its table.
    absl::StrAppend(&names, names.empty() ? "" : ", ", table.namespace_().empty() ? "" : absl::StrCat(QuoteName(table.namespace_()), "."),
                    QuoteName(name));
  }
  return names.empty() ? "" : absl::StrCat("SET CONSTRAINTS ", names, " DEFERRED");
}

absl::Status DrawKeys(Link& link, const SchemaIndex& schema, const Plan& plan, HandleMap& keys) {
  const std::vector<KeyDemand> demands = KeyDemands(schema, plan);
  if (demands.empty()) return absl::OkStatus();
  const v1::PlannedStatement statement = RenderKeyDemands(schema, demands);
  Parameters parameters;
  for (int i = 0; i < 3; ++i) {
    ArrayLiteral literal(demands.size());
    for (const v1::PlannedRow& row : statement.rows()) {
      if (!literal.Add(row.values(i))) return InternalError("a name of the schema has a NUL");
    }
    parameters.push_back(std::move(literal).Finish());
  }
  UOW_ASSIGN_OR_RETURN(Result result, link.Run(statement.sql(), std::move(parameters)));
  if (result.size() != demands.size()) return InternalError("drawing keys returned another number of rows");

  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, KeyReader> readers;
  for (size_t i = 0; i < demands.size(); ++i) {
    const auto field = result[i][0];
    if (field.is_null()) continue;
    v1::Type::Kind kind = schema.table(demands[i].table).columns(demands[i].column).type().kind();
    readers.emplace(std::pair(demands[i].table, demands[i].column), KeyReader(kind, field.text()));
  }
  for (const Step& step : plan.steps) {
    if (!NeedsKey(schema, step)) continue;
    auto reader = readers.find(std::pair(step.table, step.columns[step.generated]));
    if (reader == readers.end()) continue;
    for (const StepRow& row : step.rows) {
      UOW_ASSIGN_OR_RETURN(v1::Value key, reader->second.Next());
      keys.Set(row.values[step.generated].handle_value(), std::move(key));
    }
  }
  return absl::OkStatus();
}

}  // namespace uow::postgres
