#include "adapters/mysql/render.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "adapters/mysql/expressions.h"
#include "adapters/mysql/quote.h"

namespace uow::mysql {
namespace {

void AppendList(absl::string_view item, absl::string_view separator, std::string& list) {
  if (!list.empty()) list.append(separator.data(), separator.size());
  list.append(item.data(), item.size());
}

// `count` times `text`, separated by ", ".
std::string Repeat(absl::string_view text, size_t count) {
  std::string all;
  all.reserve(count * (text.size() + 2));
  for (size_t i = 0; i < count; ++i) AppendList(text, ", ", all);
  return all;
}

constexpr char kPlace[] = "`uow place`";

// Parameters as a table: "(SELECT … WHERE FALSE UNION ALL VALUES (?, ?), (?, ?)) AS v". The first part has no row, but gives the
// columns the names, types and collations of the table's own: what doesn't fit is refused here as it would be there.
class ParameterTable {
 public:
  // `places` adds a column kPlace that numbers the rows from 0.
  ParameterTable(const v1::Table& table, bool places) : table_(table), places_(places) {}

  // The next parameter of a row; returns its name.
  std::string Add(uint32_t position) {
    const v1::Column& column = table_.columns(static_cast<int>(position));
    // A key may be both what selects the row and what is written.
    const bool again = std::find(columns_.begin(), columns_.end(), position) != columns_.end();
    const std::string name = again ? absl::StrCat("`uow ", columns_.size(), "`") : Quote(column.name());
    columns_.push_back(position);
    AppendList(absl::StrCat(SampleOf(column), " AS ", name), ", ", samples_);
    return absl::StrCat("v.", name);
  }

  std::string Render(Product product, size_t rows) const {
    std::string sql = absl::StrCat("(SELECT ", places_ ? absl::StrCat("0 AS ", kPlace, ", ") : "", samples_, " FROM ",
                                   QuotedTable(table_), " AS s WHERE FALSE");
    const bool values = product == Product::kMariaDb;
    const std::string placeholders = Repeat("?", columns_.size());
    sql.reserve(sql.size() + rows * (placeholders.size() + 24));
    for (size_t row = 0; row < rows; ++row) {
      sql += !values ? " UNION ALL SELECT " : row == 0 ? " UNION ALL VALUES (" : ", (";
      if (places_) absl::StrAppend(&sql, row, ", ");
      sql += placeholders;
      if (values) sql += ')';
    }
    return sql + ") AS v";
  }

 private:
  const v1::Table& table_;
  const bool places_;
  std::vector<uint32_t> columns_;
  std::string samples_;
};

class Renderer {
 public:
  Renderer(const SchemaIndex& schema, const Step& step, Product product)
      : table_(schema.table(step.table)), step_(step), product_(product) {}

  std::string Insert(size_t rows) const {
    std::string columns, values;
    for (size_t i = 0; i < step_.columns.size(); ++i) {
      if (static_cast<int>(i) == step_.generated) continue;
      const v1::Column& column = Column(step_.columns[i]);
      AppendList(Quote(column.name()), ", ", columns);
      AppendList(StoredValue(column.type(), "?"), ", ", values);
    }
    if (Moves()) {
      AppendList(Quote(Column(step_.version_column).name()), ", ", columns);
      AppendList(MovedVersion(step_.version_move, ""), ", ", values);
    }
    std::string sql =
        absl::StrCat("INSERT INTO ", QuotedTable(table_), " (", columns, ") VALUES ", Repeat(absl::StrCat("(", values, ")"), rows));
    if (step_.generated >= 0 && product_ == Product::kMariaDb) {
      absl::StrAppend(&sql, " RETURNING ", Quote(Column(step_.columns[step_.generated]).name()));
    }
    return sql;
  }

  std::string UpdateOne() const {
    std::string assignments = Assignments("", [](uint32_t) { return "?"; });
    return absl::StrCat("UPDATE ", QuotedTable(table_), " SET ", assignments, " WHERE ",
                        Condition("", [](uint32_t) { return "?"; }));
  }

  std::string UpdateJoined(size_t rows) const {
    ParameterTable parameters(table_, false);
    const std::string assignments = Assignments("t.", [&](uint32_t column) { return parameters.Add(column); });
    const std::string condition = Condition("t.", [&](uint32_t column) { return parameters.Add(column); });
    return absl::StrCat("UPDATE ", parameters.Render(product_, rows), " STRAIGHT_JOIN ", QuotedTable(table_), " AS t ON ",
                        condition, " SET ", assignments);
  }

  std::string DeleteOne() const {
    return absl::StrCat("DELETE FROM ", QuotedTable(table_), " WHERE ", Condition("", [](uint32_t) { return "?"; }));
  }

  std::string DeleteIn(size_t rows) const {
    const v1::Column& key = Column(step_.key_columns[0]);
    return absl::StrCat("DELETE FROM ", QuotedTable(table_), " WHERE ", Quote(key.name()), " IN (",
                        Repeat(KeyOperand(key.type(), "?"), rows), ")");
  }

  std::string DeleteJoined(size_t rows) const {
    ParameterTable parameters(table_, false);
    const std::string condition = Condition("t.", [&](uint32_t column) { return parameters.Add(column); });
    return absl::StrCat("DELETE t FROM ", parameters.Render(product_, rows), " STRAIGHT_JOIN ", QuotedTable(table_), " AS t ON ",
                        condition);
  }

  std::string ReadRows(Read read, size_t rows, bool lock) const {
    ParameterTable parameters(table_, true);
    std::string condition;
    if (read == Read::kVersion) {
      for (uint32_t column : table_.primary_key()) AppendKey("t.", column, parameters.Add(column), condition);
    } else {
      auto add = [&](uint32_t column) { return parameters.Add(column); };
      condition = KeyCondition("t.", add);
      const std::string checks = CheckCondition("t.", add);
      if (read == Read::kChanged) {
        absl::StrAppend(&condition, " AND NOT (", checks, ")");
      } else if (!checks.empty()) {
        absl::StrAppend(&condition, " AND ", checks);
      }
    }
    std::string sql = absl::StrCat("SELECT v.", kPlace);
    if (read == Read::kVersion) absl::StrAppend(&sql, ", t.", Quote(Column(step_.version_column).name()));
    if (read == Read::kReferences) AppendReferences(sql);
    return absl::StrCat(sql, " FROM ", parameters.Render(product_, rows), " STRAIGHT_JOIN ", QuotedTable(table_), " AS t ON ",
                        condition, lock ? " FOR UPDATE" : "");
  }

 private:
  const v1::Column& Column(uint32_t column) const { return table_.columns(static_cast<int>(column)); }
  bool Moves() const { return step_.version_move == VersionMove::kIncrement || step_.version_move == VersionMove::kNow; }

  template <typename Value>
  std::string Assignments(absl::string_view table, const Value& value) const {
    std::string list;
    for (uint32_t column : step_.columns) {
      AppendList(absl::StrCat(table, Quote(Column(column).name()), " = ", StoredValue(Column(column).type(), value(column))), ", ",
                 list);
    }
    for (uint32_t column : step_.default_columns) {
      AppendList(absl::StrCat(table, Quote(Column(column).name()), " = DEFAULT"), ", ", list);
    }
    if (Moves()) {
      const std::string name = absl::StrCat(table, Quote(Column(step_.version_column).name()));
      AppendList(absl::StrCat(name, " = ", MovedVersion(step_.version_move, name)), ", ", list);
    }
    if (list.empty()) {
      // A replaced row that has only a key: it has to exist, and to be locked.
      const std::string name = absl::StrCat(table, Quote(Column(step_.key_columns[0]).name()));
      list = absl::StrCat(name, " = ", name);
    }
    return list;
  }

  void AppendKey(absl::string_view table, uint32_t column, absl::string_view value, std::string& condition) const {
    AppendList(absl::StrCat(table, Quote(Column(column).name()), " = ", KeyOperand(Column(column).type(), value)), " AND ",
               condition);
  }

  // Which row is meant, and what it must hold.
  template <typename Value>
  std::string Condition(absl::string_view table, const Value& value) const {
    std::string condition = KeyCondition(table, value);
    const std::string checks = CheckCondition(table, value);
    if (!checks.empty()) absl::StrAppend(&condition, " AND ", checks);
    return condition;
  }
  template <typename Value>
  std::string KeyCondition(absl::string_view table, const Value& value) const {
    std::string condition;
    for (uint32_t column : step_.key_columns) AppendKey(table, column, value(column), condition);
    return condition;
  }
  template <typename Value>
  std::string CheckCondition(absl::string_view table, const Value& value) const {
    std::string condition;
    for (uint32_t column : step_.check_columns) {
      const std::string name = absl::StrCat(table, Quote(Column(column).name()));
      AppendList(absl::StrCat("(", SameAs(Column(column).type(), product_, name, value(column)), ")"), " AND ", condition);
    }
    return condition;
  }

  void AppendReferences(std::string& sql) const {
    auto add = [&](uint32_t column) {
      absl::StrAppend(&sql, ", ", ComparableBytes(Column(column).type(), absl::StrCat("t.", Quote(Column(column).name()))));
    };
    for (const v1::ForeignKey& key : table_.foreign_keys()) {
      if (key.referenced_table() != step_.table) continue;
      for (uint32_t column : key.columns()) add(column);
      for (uint32_t column : key.referenced_columns()) add(column);
    }
  }

  const v1::Table& table_;
  const Step& step_;
  const Product product_;
};

}  // namespace

std::string RenderRows(const SchemaIndex& schema, const Step& step, Product product, size_t rows) {
  const Renderer renderer(schema, step, product);
  switch (step.kind) {
    case StepKind::kInsert:
      return renderer.Insert(rows);
    case StepKind::kUpdate:
      return rows == 1 ? renderer.UpdateOne() : renderer.UpdateJoined(rows);
    case StepKind::kDelete:
      return rows == 1                                                    ? renderer.DeleteOne()
             : step.key_columns.size() > 1 || !step.check_columns.empty() ? renderer.DeleteJoined(rows)
                                                                          : renderer.DeleteIn(rows);
  }
  return "";
}

std::string RenderRead(const SchemaIndex& schema, const Step& step, Product product, Read read, size_t rows, bool lock) {
  return Renderer(schema, step, product).ReadRows(read, rows, lock);
}

RenderedStep RenderStep(const SchemaIndex& schema, const Step& step, Product product) {
  return {RenderRows(schema, step, product, 1), v1::PARAMETER_STYLE_VALUES};
}

}  // namespace uow::mysql
