#include "adapters/random_schema.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace uow::test {
namespace {

const char* Spell(v1::ReferentialAction action) {
  return action == v1::REFERENTIAL_ACTION_CASCADE    ? "CASCADE"
         : action == v1::REFERENTIAL_ACTION_SET_NULL ? "SET NULL"
                                                     : "NO ACTION";
}

std::string KeyNames(const RandomTable& table) { return table.key == KeyStyle::kComposite ? "k1, k2" : table.columns[0].name; }

std::string Constraint(const RandomSchema& schema, const RandomTable& table, size_t position) {
  const RandomReference& reference = table.references[position];
  const RandomTable& parent = schema.tables[reference.parent];
  const std::string columns =
      absl::StrJoin(reference.columns, ", ", [&](std::string* out, size_t c) { *out += table.columns[c].name; });
  return absl::StrCat("CONSTRAINT ", table.name, "_f", position, " FOREIGN KEY (", columns, ") REFERENCES ", parent.name, " (",
                      KeyNames(parent), ") ON DELETE ", Spell(reference.on_delete), " ON UPDATE ", Spell(reference.on_update),
                      reference.deferrable ? " DEFERRABLE" : "");
}

}  // namespace

std::string RandomSchema::Ddl(bool apart) const {
  std::string ddl, keys;
  for (const RandomTable& table : tables) {
    std::vector<std::string> parts;
    for (size_t c = 0; c < table.columns.size(); ++c) {
      const RandomColumn& column = table.columns[c];
      if (c == 0 && table.key == KeyStyle::kGenerated) {
        parts.push_back(absl::StrCat(column.name, " {key}"));
      } else {
        parts.push_back(absl::StrCat(column.name, " BIGINT", column.nullable ? "" : " NOT NULL", column.unique ? " UNIQUE" : ""));
      }
    }
    if (table.key != KeyStyle::kGenerated) parts.push_back(absl::StrCat("PRIMARY KEY (", KeyNames(table), ")"));
    for (const std::vector<size_t>& unique : table.uniques) {
      parts.push_back(absl::StrCat(
          "UNIQUE (", absl::StrJoin(unique, ", ", [&](std::string* out, size_t c) { *out += table.columns[c].name; }), ")"));
    }
    for (size_t r = 0; r < table.references.size(); ++r) {
      if (apart) {
        absl::StrAppend(&keys, "ALTER TABLE ", table.name, " ADD ", Constraint(*this, table, r), ";");
      } else {
        parts.push_back(Constraint(*this, table, r));
      }
    }
    absl::StrAppend(&ddl, "CREATE TABLE ", table.name, " (", absl::StrJoin(parts, ", "), ");");
  }
  return ddl + keys;
}

RandomSchema MakeRandomSchema(uint32_t seed, v1::Dialect dialect) {
  std::mt19937 random(seed);
  auto below = [&random](uint32_t limit) { return random() % limit; };
  RandomSchema schema;
  schema.tables.resize(1 + below(4));
  for (size_t t = 0; t < schema.tables.size(); ++t) {
    RandomTable& table = schema.tables[t];
    table.name = std::string(1, static_cast<char>('a' + t));
    table.key = static_cast<KeyStyle>(below(3));
    if (table.key == KeyStyle::kComposite) {
      table.columns = {{"k1", false, false}, {"k2", false, false}};
    } else {
      table.columns = {{table.key == KeyStyle::kGenerated ? "id" : "k", false, false}};
    }
    table.columns.push_back({"v", true, false});
    table.columns.push_back({"u", below(2) == 0, true});
    if (below(2) == 0) {
      table.columns.push_back({"x", true, false});
      table.columns.push_back({"y", below(2) == 0, false});
      table.uniques.push_back({table.columns.size() - 2, table.columns.size() - 1});
    }
  }
  for (size_t t = 0; t < schema.tables.size(); ++t) {
    RandomTable& table = schema.tables[t];
    for (uint32_t r = below(3); r > 0; --r) {
      RandomReference reference;
      reference.parent = below(static_cast<uint32_t>(schema.tables.size()));
      const bool nullable = below(3) != 0;
      constexpr v1::ReferentialAction kActions[] = {v1::REFERENTIAL_ACTION_UNSPECIFIED, v1::REFERENTIAL_ACTION_CASCADE,
                                                    v1::REFERENTIAL_ACTION_SET_NULL, v1::REFERENTIAL_ACTION_CASCADE};
      reference.on_delete = kActions[below(nullable ? 3 : 2)];
      reference.on_update = kActions[below(2)];
      reference.deferrable = below(4) == 0;
      if (dialect == v1::DIALECT_MYSQL) {
        // InnoDB defers nothing, changes no table in the wake of its own change, and keeps a row that itself refers to.
        reference.deferrable = false;
        reference.by_itself = false;
        if (reference.parent >= t) reference.on_update = v1::REFERENTIAL_ACTION_UNSPECIFIED;
      }
      const RandomTable& parent = schema.tables[reference.parent];
      // The first part of a composite key may itself refer to a row of a simple key.
      const bool in_key = table.key == KeyStyle::kComposite && parent.key_columns() == 1 && r == 1 && below(2) == 0 &&
                          reference.on_delete != v1::REFERENTIAL_ACTION_SET_NULL;
      for (size_t c = 0; c < parent.key_columns(); ++c) {
        if (in_key) {
          reference.columns.push_back(0);
          continue;
        }
        reference.columns.push_back(table.columns.size());
        table.columns.push_back({absl::StrCat("r", table.references.size(), parent.key_columns() > 1 ? absl::StrCat("_", c) : ""),
                                 nullable, nullable && parent.key_columns() == 1 && below(5) == 0});
      }
      table.references.push_back(std::move(reference));
    }
  }
  return schema;
}

}  // namespace uow::test
