#include "adapters/postgres/key_allocation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "adapters/postgres/copy_rows.h"
#include "adapters/postgres/value_text.h"
#include "adapters/quote.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

// For each demand: whether COPY may write the table, which row security and rules forbid; whether the column has a sequence; the
// keys drawn from that as an array; and otherwise the default expression. An identity column's sequence is an internal part of it;
// any other column's is the one that its default reads, provided that the default is that and no more.
constexpr char kDrawKeys[] =
    R"sql(SELECT c.relkind IN ('r', 'p') AND NOT c.relhasrules AND NOT c.relrowsecurity, coalesce(usable.yes, false),
  drawn.keys, source.expression
FROM unnest($1::text[], $2::text[], $3::int8[]) WITH ORDINALITY AS demand(tab, col, n, place)
JOIN pg_catalog.pg_class AS c ON c.oid = demand.tab::regclass
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = demand.col AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN LATERAL (
  SELECT d.objid AS seq, NULL AS expression
  FROM pg_catalog.pg_depend AS d
  WHERE a.attidentity <> '' AND d.deptype = 'i' AND d.classid = 'pg_catalog.pg_class'::regclass
    AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  UNION ALL
  SELECT s.oid, CASE WHEN s.oid IS NULL THEN f.expression END
  FROM (
    SELECT f.oid, pg_catalog.pg_get_expr(f.adbin, f.adrelid) AS expression
    FROM pg_catalog.pg_attrdef AS f
    WHERE a.attidentity = '' AND a.attgenerated = '' AND f.adrelid = a.attrelid AND f.adnum = a.attnum
  ) AS f
  LEFT JOIN (pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S')
    ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
    AND f.expression ~ '^nextval\(''([^'']|'''')+''::regclass\)$'
  LIMIT 1
) AS source ON true
LEFT JOIN LATERAL (
  SELECT has_sequence_privilege(source.seq, 'USAGE, UPDATE') AS yes WHERE source.seq IS NOT NULL
) AS usable ON true
LEFT JOIN LATERAL (
  SELECT array_agg(k.key) AS keys
  FROM (
    SELECT nextval(source.seq::regclass) AS key
    FROM generate_series(1, demand.n)
    WHERE usable.yes
  ) AS k
) AS drawn ON true
ORDER BY demand.place)sql";

bool GeneratesKey(const Step& step) { return step.kind == StepKind::kInsert && step.generated >= 0 && !step.rows.empty(); }

// Whether each row that generates a key is a step of its own, and no earlier row nor itself has to know the key: then RETURNING
// tells it in time. Asked of small plans only.
bool CanReturnKeys(const Plan& plan) {
  constexpr uint64_t kFewRows = 32;
  if (plan.rows() > kFewRows) return false;
  absl::flat_hash_set<std::pair<absl::string_view, uint64_t>> used;
  for (const Step& step : plan.steps) {
    if (GeneratesKey(step) && step.rows.size() > 1) return false;
    for (const StepRow& row : step.rows) {
      for (size_t i = 0; i < row.values.size(); ++i) {
        if (static_cast<int>(i) == step.generated || !row.values[i].has_handle_value()) continue;
        used.insert({row.values[i].handle_value().writer(), row.values[i].handle_value().counter()});
      }
    }
    if (!GeneratesKey(step)) continue;
    const v1::Handle& own = step.rows[0].values[step.generated].handle_value();
    if (used.contains({own.writer(), own.counter()})) return false;
  }
  return true;
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

std::vector<KeyDemand> KeyDemands(const SchemaIndex& schema, const Plan& plan, bool may_return) {
  std::vector<KeyDemand> demands;
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, size_t> places;
  absl::flat_hash_set<uint32_t> tables;
  const bool returned = may_return && CanReturnKeys(plan);
  for (const Step& step : plan.steps) {
    if (returned || !GeneratesKey(step)) continue;
    uint32_t column = step.columns[step.generated];
    auto [it, added] = places.emplace(std::pair(step.table, column), demands.size());
    if (added) demands.push_back({step.table, column, 0});
    demands[it->second].count += step.rows.size();
    tables.insert(step.table);
  }
  for (const Step& step : plan.steps) {
    if (IsWorthCopying(step) && tables.insert(step.table).second) demands.push_back({step.table, std::nullopt, 0});
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
    *row.add_values() = Text(demand.column ? table.columns(*demand.column).name() : "");
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
    absl::StrAppend(&names, names.empty() ? "" : ", ",
                    table.namespace_().empty() ? "" : absl::StrCat(QuoteName(table.namespace_()), "."), QuoteName(name));
  }
  return names.empty() ? "" : absl::StrCat("SET CONSTRAINTS ", names, " DEFERRED");
}

namespace {

// Asks for the demands, with their keys or only what the catalog says of the tables.
absl::StatusOr<KeyAnswer> AskCatalog(Link& link, const SchemaIndex& schema, std::vector<KeyDemand> demands, bool draw) {
  v1::PlannedStatement statement = RenderKeyDemands(schema, demands);
  Parameters parameters;
  for (int i = 0; i < 3; ++i) {
    ArrayLiteral literal(statement.rows_size());
    for (v1::PlannedRow& row : *statement.mutable_rows()) {
      if (i == 2 && !draw) row.mutable_values(i)->set_int64_value(0);
      if (!literal.Add(row.values(i))) return InternalError("a name of the schema has a NUL");
    }
    parameters.emplace_back(std::move(literal).Finish());
  }
  UOW_ASSIGN_OR_RETURN(Result result, link.Run(statement.sql(), std::move(parameters)));
  if (result.size() != demands.size()) return InternalError("drawing keys returned another number of rows");
  return KeyAnswer{std::move(demands), std::move(result)};
}

// The first demand of the answer that has what `demand` wants.
const KeyDemand* AnswerTo(const KeyDemand& demand, const KeyAnswer& answer) {
  auto found = std::find_if(answer.demands.begin(), answer.demands.end(), [&](const KeyDemand& asked) {
    return asked.table == demand.table && (!demand.column || (asked.column == demand.column && asked.count >= demand.count));
  });
  return found == answer.demands.end() ? nullptr : &*found;
}

InsertFacts ReadFacts(const KeyAnswer& answer) {
  const auto& [demands, result] = answer;
  InsertFacts facts;
  for (size_t i = 0; i < demands.size(); ++i) {
    if (result[i][0].as<bool>()) facts.copyable.insert(demands[i].table);
    if (!demands[i].column) continue;
    const std::pair column(demands[i].table, *demands[i].column);
    if (result[i][1].as<bool>()) facts.drawn.insert(column);
    if (result[i][3].is_null()) continue;
    facts.drawn.insert(column);
    facts.expressions.emplace_back(demands[i], result[i][3].c_str());
  }
  return facts;
}

std::string RenderExpression(const std::string& expression) {
  return absl::StrCat("SELECT ", expression, " FROM generate_series(1, $1::int8)");
}

// Hands the keys of one column out to the rows that need them, in order of the plan.
absl::Status SetKeys(const Plan& plan, const KeyDemand& demand, absl::FunctionRef<absl::StatusOr<v1::Value>()> next,
                     HandleMap& keys) {
  keys.Reserve(demand.count);
  for (const Step& step : plan.steps) {
    if (!GeneratesKey(step) || step.table != demand.table || step.columns[step.generated] != *demand.column) continue;
    for (const StepRow& row : step.rows) {
      UOW_ASSIGN_OR_RETURN(v1::Value key, next());
      keys.Set(row.values[step.generated].handle_value(), std::move(key));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<InsertFacts> FindFacts(Link& link, const SchemaIndex& schema, const Plan& plan) {
  const std::vector<KeyDemand> demands = KeyDemands(schema, plan);
  if (demands.empty()) return InsertFacts();
  UOW_ASSIGN_OR_RETURN(const KeyAnswer answer, AskCatalog(link, schema, demands, /*draw=*/false));
  return ReadFacts(answer);
}

std::vector<v1::PlannedStatement> RenderAhead(const SchemaIndex& schema, const Plan& plan, const std::vector<KeyDemand>& demands,
                                              const InsertFacts& facts) {
  std::vector<v1::PlannedStatement> statements;
  if (std::string deferral = RenderDeferral(schema, plan); !deferral.empty()) {
    v1::PlannedStatement& statement = statements.emplace_back();
    statement.set_kind(v1::STATEMENT_KIND_DEFER_CONSTRAINTS);
    statement.set_sql(std::move(deferral));
    statement.set_parameter_style(v1::PARAMETER_STYLE_ROW);
  }
  if (!demands.empty()) statements.push_back(RenderKeyDemands(schema, demands));
  for (const auto& [demand, expression] : facts.expressions) {
    v1::PlannedStatement& statement = statements.emplace_back();
    statement.set_kind(v1::STATEMENT_KIND_ALLOCATE_KEYS);
    statement.set_table(demand.table);
    statement.set_sql(RenderExpression(expression));
    statement.set_parameter_style(v1::PARAMETER_STYLE_ROW);
    statement.add_rows()->add_values()->set_int64_value(static_cast<int64_t>(demand.count));
    statement.set_expected_rows(demand.count);
  }
  return statements;
}

namespace {

// The place in the primary key of the column whose key a new row has the database generate, or -1.
int GeneratedKey(const SchemaIndex& schema, const v1::NetChange& change) {
  const v1::Table& table = schema.table(change.table());
  for (int k = 0; k < change.key_size(); ++k) {
    const uint32_t column = table.primary_key(k);
    const bool may_generate = table.columns(column).generation() == v1::GENERATION_KEY;
    // A handle of a column that refers to another table may be that table's.
    if (change.key(k).has_handle_value() && may_generate && !schema.in_foreign_key(change.table(), column)) return k;
  }
  return -1;
}

}  // namespace

absl::StatusOr<std::optional<KeyAnswer>> DrawKeysAhead(Link& link, const SchemaIndex& schema,
                                                       const std::vector<v1::NetChange>& changes) {
  absl::btree_map<std::pair<uint32_t, uint32_t>, uint64_t> drawn;
  absl::btree_map<uint32_t, uint64_t> given;  // rows that bring their keys along
  for (const v1::NetChange& change : changes) {
    if (change.kind() != v1::CHANGE_KIND_INSERT) continue;
    const int generated = GeneratedKey(schema, change);
    if (generated < 0) {
      ++given[change.table()];
    } else {
      ++drawn[{change.table(), schema.table(change.table()).primary_key(generated)}];
    }
  }
  std::vector<KeyDemand> demands;
  for (const auto& [column, count] : drawn) demands.push_back({column.first, column.second, count});
  for (const auto& [table, rows] : given) {
    if (rows >= kCopiedRows) demands.push_back({table, std::nullopt, 0});
  }
  if (demands.empty()) return std::nullopt;
  return AskCatalog(link, schema, std::move(demands), /*draw=*/true);
}

absl::StatusOr<InsertFacts> DrawKeys(Link& link, const SchemaIndex& schema, const Plan& plan, std::optional<KeyAnswer> ahead,
                                     HandleMap& keys) {
  const std::vector<KeyDemand> demands = KeyDemands(schema, plan);
  if (demands.empty()) return InsertFacts();
  const bool answered = ahead && std::all_of(demands.begin(), demands.end(),
                                             [&](const KeyDemand& demand) { return AnswerTo(demand, *ahead) != nullptr; });
  if (!answered) {
    UOW_ASSIGN_OR_RETURN(ahead, AskCatalog(link, schema, demands, /*draw=*/true));
  }
  InsertFacts facts = ReadFacts(*ahead);
  auto kind_of = [&](const KeyDemand& demand) { return schema.table(demand.table).columns(*demand.column).type().kind(); };
  for (const KeyDemand& demand : demands) {
    const size_t place = static_cast<size_t>(AnswerTo(demand, *ahead) - ahead->demands.data());
    const auto drawn = ahead->result[place][2];
    if (!demand.column || drawn.is_null()) continue;
    KeyReader reader(kind_of(demand), drawn.text());
    UOW_RETURN_IF_ERROR(SetKeys(
        plan, demand, [&reader] { return reader.Next(); }, keys));
  }
  for (const auto& [demand, expression] : facts.expressions) {
    UOW_ASSIGN_OR_RETURN(Result rows, link.Run(RenderExpression(expression), {absl::StrCat(demand.count)}));
    size_t row = 0;
    auto next = [&, &demand = demand]() -> absl::StatusOr<v1::Value> {
      if (row == rows.size() || rows[row][0].is_null()) {
        return MakeError(
            v1::ERROR_REASON_TARGET_REJECTED,
            absl::StrCat("the default of the key of table ", schema.TableLabel(demand.table), " is NULL; give the key yourself"));
      }
      return ParseKey(kind_of(demand), rows[row++][0].text());
    };
    UOW_RETURN_IF_ERROR(SetKeys(plan, demand, next, keys));
  }
  return facts;
}

}  // namespace uow::postgres
