#include "adapters/sqlite/step_runner.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/quote.h"
#include "adapters/row_errors.h"
#include "adapters/sqlite/render.h"
#include "adapters/sqlite/result_codes.h"
#include "adapters/sqlite/row_binder.h"
#include "adapters/sqlite/self_delete.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow::sqlite {
namespace {

// Whether each of some rows is there, as the step's keys and checks have them.
absl::StatusOr<std::vector<bool>> FindRows(Database& database, const SchemaIndex& schema, const Step& step,
                                           const std::vector<const StepRow*>& rows, const HandleMap& keys) {
  const v1::Table& table = schema.table(step.table);
  UOW_ASSIGN_OR_RETURN(RowBinder binder, RowBinder::Create(database, schema, step));
  UOW_ASSIGN_OR_RETURN(Statement read, database.Prepare(absl::StrCat("SELECT 1 FROM ", QuoteTable(table), " WHERE ",
                                                                     RenderKeyCondition(table, step))));
  std::vector<bool> there;
  for (const StepRow* row : rows) {
    UOW_RETURN_IF_ERROR(binder.Bind(*row, keys, read));
    const int code = read.Step();
    if (code != SQLITE_ROW && code != SQLITE_DONE) return database.Error(code);
    there.push_back(code == SQLITE_ROW);
    read.Reset();
  }
  return there;
}

// A step without the rows whose keys new rows may have got, for they are gone.
std::optional<Step> WithoutReusedKeys(const Step& step, const HandleMap& keys) {
  const v1::Value* first = step.first_new_key ? keys.Find(*step.first_new_key) : nullptr;
  if (first == nullptr) return std::nullopt;
  Step rest = step;
  std::erase_if(rest.rows, [&](const StepRow& row) {
    const v1::Value* key = keys.Resolve(row.values[0]);
    return key != nullptr && key->has_int64_value() && first->has_int64_value() && key->int64_value() >= first->int64_value();
  });
  return rest;
}

class StepRunner {
 public:
  StepRunner(Database& database, const SchemaIndex& schema, const Step& step, KeySource key_source, HandleMap& keys,
             RowBinder binder, Statement statement)
      : database_(database),
        schema_(schema),
        step_(step),
        key_source_(key_source),
        keys_(keys),
        binder_(std::move(binder)),
        statement_(std::move(statement)) {}

  absl::Status Run() {
    UOW_RETURN_IF_ERROR(RunRows());
    return step_.version_column < 0 ? absl::OkStatus() : ReadVersions();
  }

 private:
  absl::Status RunRows() {
    if (step_.kind == StepKind::kDelete && RefersToItself(schema_, step_.table)) return RunSelfDeletes();
    std::vector<const StepRow*> stale;
    for (const StepRow& row : step_.rows) {
      UOW_RETURN_IF_ERROR(RunRow(row));
      if (database_.changes() != 0) {
        if (step_.generated >= 0 && key_source_ == KeySource::kRowid) UOW_RETURN_IF_ERROR(TakeRowid(row));
        continue;
      }
      // An insert without effect: a trigger or a conflict clause of the table has ignored it.
      if (step_.kind == StepKind::kInsert) return IgnoredInsert(row);
      stale.push_back(&row);
    }
    return step_.may_be_gone ? CheckGone(stale) : StaleRows(schema_, step_, stale);
  }

  // Of rows that a cascade may have taken: those that are still there were changed by others.
  absl::Status CheckGone(std::vector<const StepRow*> rows) {
    if (rows.empty() || step_.check_columns.empty()) return absl::OkStatus();
    Step by_key = step_;
    by_key.check_columns.clear();
    UOW_ASSIGN_OR_RETURN(const std::vector<bool> there, FindRows(database_, schema_, by_key, rows, keys_));
    size_t i = 0;
    std::erase_if(rows, [&](const StepRow*) { return !there[i++]; });
    return StaleRows(schema_, step_, rows);
  }

  // After all rows have run: what a trigger has made of the version is there only then.
  absl::Status ReadVersions() {
    const v1::Table& table = schema_.table(step_.table);
    const v1::Column& version = table.columns(step_.version_column);
    Step read;
    read.table = step_.table;
    read.key_columns.assign(table.primary_key().begin(), table.primary_key().end());
    UOW_ASSIGN_OR_RETURN(RowBinder binder, RowBinder::Create(database_, schema_, read));
    UOW_ASSIGN_OR_RETURN(Statement statement,
                         database_.Prepare(absl::StrCat("SELECT ", QuoteName(version.name()), " FROM ", QuoteTable(table),
                                                        " WHERE ", RenderKeyCondition(table, read))));
    std::vector<const v1::Value*> values(read.key_columns.size());
    StepRow key;
    key.values = ValueList(values.data(), values.size());
    for (const StepRow& row : step_.rows) {
      std::transform(read.key_columns.begin(), read.key_columns.end(), values.begin(),
                     [&](uint32_t column) { return ValueOf(step_, row, column); });
      UOW_RETURN_IF_ERROR(binder.Bind(key, keys_, statement));
      const int code = statement.Step();
      if (code == SQLITE_ROW) {
        UOW_ASSIGN_OR_RETURN(v1::Value value, ReadValue(version, statement, 0));
        keys_.SetVersion(row.change, std::move(value));
      } else if (code != SQLITE_DONE) {
        return database_.Error(code);
      }
      statement.Reset();
    }
    return absl::OkStatus();
  }

  // Rows that a cascade within the table may take before their turn: whether they exist is asked first, which is as good as in the
  // write itself, for nobody else writes during this transaction.
  absl::Status RunSelfDeletes() {
    UOW_ASSIGN_OR_RETURN(SelfDeletes deletes, FindSelfDeletes(database_, schema_, step_, keys_, binder_));
    if (!step_.may_be_gone) UOW_RETURN_IF_ERROR(StaleRows(schema_, step_, deletes.missing));
    for (const StepRow* row : deletes.children_first) UOW_RETURN_IF_ERROR(RunRow(*row));
    return step_.may_be_gone ? CheckGone(deletes.missing) : absl::OkStatus();
  }

  absl::Status RunRow(const StepRow& row) {
    UOW_RETURN_IF_ERROR(binder_.Bind(row, keys_, statement_));
    int code = statement_.Step();
    if (code == SQLITE_ROW) {
      const v1::Column& column = schema_.table(step_.table).columns(step_.columns[step_.generated]);
      UOW_ASSIGN_OR_RETURN(v1::Value key, ReadKey(column, statement_, 0));
      keys_.Set(row.values[step_.generated].handle_value(), std::move(key));
      code = statement_.Step();
    }
    absl::Status status = code == SQLITE_DONE ? absl::OkStatus() : RowError(database_.Error(code), row);
    statement_.Reset();
    return status;
  }

  absl::Status TakeRowid(const StepRow& row) {
    v1::Value key;
    key.set_int64_value(sqlite3_last_insert_rowid(database_.handle()));
    UOW_RETURN_IF_ERROR(Canonicalize(schema_.table(step_.table).columns(step_.columns[step_.generated]).type(), key));
    keys_.Set(row.values[step_.generated].handle_value(), std::move(key));
    return absl::OkStatus();
  }

  absl::Status RowError(const absl::Status& error, const StepRow& row) const {
    v1::ErrorDetail detail = DetailOf(error).value_or(v1::ErrorDetail());
    AddConstraint(schema_.table(step_.table), absl::string_view(sqlite3_errmsg(database_.handle())), detail);
    return WithRow(error, schema_, step_, row, std::move(detail));
  }

  absl::Status IgnoredInsert(const StepRow& row) const {
    return WithRow(MakeError(v1::ERROR_REASON_TARGET_REJECTED,
                             "the database ignored an insert: a trigger or an ON CONFLICT IGNORE of the table keeps the row out"),
                   schema_, step_, row, {});
  }

  Database& database_;
  const SchemaIndex& schema_;
  const Step& step_;
  const KeySource key_source_;
  HandleMap& keys_;
  RowBinder binder_;
  Statement statement_;
};

}  // namespace

absl::StatusOr<KeySource> FindKeySource(Database& database, const v1::Table& table) {
  // The rules by which SQLite takes a key for the rowid.
  UOW_ASSIGN_OR_RETURN(
      Statement read,
      database.Prepare(
          "SELECT (SELECT type = 'table' AND NOT wr FROM pragma_table_list(?1) WHERE schema = ?2) AND (SELECT count(*) = 1 "
          "AND upper(max(type)) = 'INTEGER' FROM pragma_table_info(?1, ?2) WHERE pk > 0) AND NOT EXISTS (SELECT 1 FROM "
          "pragma_index_list(?1, ?2) WHERE origin = 'pk')"));
  read.Bind(1, table.name());
  const std::string space = table.namespace_().empty() ? "main" : table.namespace_();
  read.Bind(2, space);
  if (const int code = read.Step(); code != SQLITE_ROW) return database.Error(code);
  return read.Int(0) != 0 ? KeySource::kRowid : KeySource::kReturned;
}

absl::Status RunStepRows(Database& database, const SchemaIndex& schema, const Step& planned, HandleMap& keys) {
  const std::optional<Step> rest = WithoutReusedKeys(planned, keys);
  const Step& step = rest ? *rest : planned;
  UOW_ASSIGN_OR_RETURN(RowBinder binder, RowBinder::Create(database, schema, step));
  KeySource key_source = KeySource::kReturned;
  if (step.generated >= 0) {
    keys.Reserve(step.rows.size());
    UOW_ASSIGN_OR_RETURN(key_source, FindKeySource(database, schema.table(step.table)));
  }
  UOW_ASSIGN_OR_RETURN(Statement statement, database.Prepare(RenderStep(schema, step, key_source)));
  return StepRunner(database, schema, step, key_source, keys, std::move(binder), std::move(statement)).Run();
}

absl::StatusOr<std::vector<const StepRow*>> FindMissingRows(Database& database, const SchemaIndex& schema, const Step& step,
                                                            const HandleMap& keys) {
  std::vector<const StepRow*> rows;
  rows.reserve(step.rows.size());
  for (const StepRow& row : step.rows) rows.push_back(&row);
  UOW_ASSIGN_OR_RETURN(const std::vector<bool> there, FindRows(database, schema, step, rows, keys));
  size_t i = 0;
  std::erase_if(rows, [&](const StepRow*) { return there[i++]; });
  return rows;
}

}  // namespace uow::sqlite
