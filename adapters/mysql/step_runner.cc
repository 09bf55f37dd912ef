#include "adapters/mysql/step_runner.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/mysql/children_first.h"
#include "adapters/mysql/server_error.h"
#include "adapters/mysql/value_text.h"
#include "adapters/row_errors.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

// The most rows and parameters of a statement that isn't run for arrays; one of few rows may have more parameters. A statement of
// so many stays prepared and is run again and again: that is faster than one for all rows, whose text and thousands of parameters
// the server takes apart once more in each save.
constexpr size_t kRangeRows = 1024;
constexpr size_t kRangeParameters = 4096;
constexpr size_t kFewRows = 256;
constexpr size_t kMaxParameters = 65'535;
// What a packet has beside the rows' values.
constexpr size_t kStatementBytes = 8192;

constexpr char kSetSavepoint[] = "SAVEPOINT uow_step";
constexpr char kBackToSavepoint[] = "ROLLBACK TO SAVEPOINT uow_step";

// The columns of a constraint of the table; the server tells only its name.
void AddColumns(const v1::Table& table, v1::ErrorDetail& detail) {
  auto add = [&](const auto& columns) {
    for (uint32_t column : columns) detail.add_columns(table.columns(static_cast<int>(column)).name());
  };
  if (detail.constraint().empty() || detail.columns_size() > 0) return;
  if (detail.constraint() == "PRIMARY") return add(table.primary_key());
  for (const v1::UniqueConstraint& unique : table.uniques()) {
    if (unique.name() == detail.constraint()) return add(unique.columns());
  }
  for (const v1::ForeignKey& key : table.foreign_keys()) {
    if (key.name() == detail.constraint()) return add(key.columns());
  }
}

// Keys of a statement that generated them one after the other: sorted, they belong to its rows in their order. False where they
// have no common distance, so that something else than the table's counter has given them.
bool SortSteady(std::vector<uint64_t>& keys) {
  std::sort(keys.begin(), keys.end());
  for (size_t i = 1; i < keys.size(); ++i) {
    if (keys[i] == keys[i - 1] || keys[i] - keys[i - 1] != keys[1] - keys[0]) return false;
  }
  return true;
}

v1::Value IntegerKey(v1::Type::Kind kind, uint64_t key) {
  v1::Value value;
  if (kind == v1::Type::KIND_UINT64) {
    value.set_uint64_value(key);
  } else {
    value.set_int64_value(static_cast<int64_t>(key));
  }
  return value;
}

}  // namespace

StepRunner::StepRunner(Link& link, const TableFacts& facts, const SchemaIndex& schema, const Step& step, HandleMap& keys)
    : link_(link), facts_(facts), schema_(schema), step_(step), keys_(keys) {}

absl::Status StepRunner::Run() {
  if (step_.rows.empty()) return absl::OkStatus();
  UOW_RETURN_IF_ERROR(CheckValues());
  arrays_ = RunsArrays();
  if (step_.generated >= 0) {
    UOW_RETURN_IF_ERROR(RunGenerating());
  } else if (step_.kind == StepKind::kDelete && step_.rows.size() > 1 && RefersToItself(schema_, step_.table)) {
    UOW_RETURN_IF_ERROR(RunSelfDeletes());
  } else {
    Rows rows;
    rows.reserve(step_.rows.size());
    for (const StepRow& row : step_.rows) rows.push_back(&row);
    UOW_RETURN_IF_ERROR(RunRows(rows));
  }
  return step_.version_column < 0 ? absl::OkStatus() : ReadVersions();
}

absl::Status StepRunner::CheckValues() const {
  for (const StepRow& row : step_.rows) UOW_RETURN_IF_ERROR(CheckRow(row));
  return absl::OkStatus();
}

bool StepRunner::RunsArrays() const {
  if (!link_.facts().runs_arrays || step_.kind != StepKind::kInsert || step_.rows.size() < 2) return false;
  if (step_.columns.size() == (step_.generated >= 0 ? 1 : 0)) return false;  // nothing to make arrays of
  // A key that was generated may be of another kind than those that are given.
  std::vector<v1::Value::KindCase> kinds(step_.columns.size(), v1::Value::kNullValue);
  for (const StepRow& row : step_.rows) {
    for (size_t i = 0; i < kinds.size(); ++i) {
      if (static_cast<int>(i) == step_.generated) continue;
      const v1::Value::KindCase kind = Resolve(row, i)->kind_case();
      if (kind == v1::Value::kNullValue || kind == kinds[i]) continue;
      if (kinds[i] != v1::Value::kNullValue) return false;
      kinds[i] = kind;
    }
  }
  return true;
}

absl::Status StepRunner::CheckRow(const StepRow& row) const {
  size_t bytes = kStatementBytes, largest = 0;
  for (size_t i = 0; i < row.values.size(); ++i) {
    if (static_cast<int>(i) == step_.generated) continue;
    const v1::Value* value = Resolve(row, i);
    if (value == nullptr) {
      return AtRow(InternalError(absl::StrCat("column ", ColumnOf(i).name(), ": ", DebugString(row.values[i]), " has no key yet")),
                   row);
    }
    if (const char* why = WhyNotStorable(*value)) {
      return BadValue(value->has_array_value() ? v1::ERROR_REASON_NOT_SUPPORTED : v1::ERROR_REASON_VALUE_OUT_OF_RANGE, row, i, why);
    }
    bytes += PacketBytes(*value);
    if (PacketBytes(*value) > PacketBytes(row.values[largest])) largest = i;
  }
  if (bytes <= link_.facts().max_packet) return absl::OkStatus();
  return BadValue(v1::ERROR_REASON_VALUE_TOO_LARGE, row, largest,
                  absl::StrCat("the row takes about ", bytes, " bytes, more than the server's max_allowed_packet (",
                               link_.facts().max_packet, "); raise that, or store large values elsewhere"));
}

size_t StepRunner::RangeEnd(const Rows& rows, size_t begin, size_t values) const {
  size_t most = rows.size();
  if (values > 0 && !arrays_) {
    most = std::min(std::clamp(kRangeParameters / values, kFewRows, kRangeRows), kMaxParameters / values);
  }
  size_t bytes = kStatementBytes;
  size_t end = begin;
  while (end < rows.size() && end - begin < most) {
    // Placeholders, and what casts them, are in a packet of their own.
    for (const v1::Value& value : rows[end]->values) bytes += PacketBytes(value);
    if (end > begin && bytes > link_.facts().max_packet) break;
    ++end;
  }
  return end;
}

absl::StatusOr<Result> StepRunner::RunArrays(const Rows& rows, size_t begin, size_t end) {
  ParameterArrays arrays(rows[begin]->values.size() - (step_.generated >= 0 ? 1 : 0), end - begin);
  for (size_t r = begin; r < end; ++r) {
    size_t column = 0;
    for (size_t i = 0; i < rows[r]->values.size(); ++i) {
      if (static_cast<int>(i) != step_.generated) arrays.Add(column++, *Resolve(*rows[r], i));
    }
  }
  return link_.RunEach(RenderRows(schema_, step_, link_.facts().product, 1), std::move(arrays));
}

absl::StatusOr<Result> StepRunner::RunRange(const Rows& rows, size_t begin, size_t end) {
  if (arrays_ && end - begin > 1) return RunArrays(rows, begin, end);
  const size_t values = rows[begin]->values.size() - (step_.generated >= 0 ? 1 : 0);
  Parameters parameters((end - begin) * values);
  for (size_t r = begin; r < end; ++r) {
    for (size_t i = 0; i < rows[r]->values.size(); ++i) {
      if (static_cast<int>(i) != step_.generated) parameters.Add(*Resolve(*rows[r], i));
    }
  }
  return link_.Run(RenderRows(schema_, step_, link_.facts().product, end - begin), std::move(parameters));
}

absl::StatusOr<uint64_t> StepRunner::RunRanges(const Rows& rows) {
  uint64_t affected = 0;
  for (size_t begin = 0; begin < rows.size();) {
    const size_t end = RangeEnd(rows, begin, rows[begin]->values.size());
    absl::StatusOr<Result> result = RunRange(rows, begin, end);
    if (!result.ok()) return Narrow(rows, begin, end, result.status());
    affected += result->affected;
    begin = end;
  }
  return affected;
}

absl::Status StepRunner::RunRows(const Rows& rows) {
  const bool guarded = step_.kind != StepKind::kInsert && !step_.may_be_gone && rows.size() > 1;
  if (guarded) UOW_RETURN_IF_ERROR(link_.Run(kSetSavepoint).status());
  UOW_ASSIGN_OR_RETURN(const uint64_t affected, RunRanges(rows));
  if (affected == rows.size()) return absl::OkStatus();
  if (step_.may_be_gone) return FindChanged(rows);
  if (step_.kind == StepKind::kInsert) {
    return MakeError(v1::ERROR_REASON_TARGET_REJECTED, absl::StrCat(link_.where(), ": of ", rows.size(), " rows ", affected,
                                                                    " arrived in table ", schema_.TableLabel(step_.table)));
  }
  if (!guarded) return StaleRows(schema_, step_, rows);
  UOW_RETURN_IF_ERROR(link_.Run(kBackToSavepoint).status());
  return FindStale(rows);
}

absl::Status StepRunner::RunGenerating() {
  const v1::Column& key = ColumnOf(step_.generated);
  const bool automatic = facts_.AutoIncrementOf(table()) == key.name();
  if (!automatic && link_.facts().product == Product::kMySql) {
    return BadValue(
        v1::ERROR_REASON_NOT_SUPPORTED, step_.rows[0], step_.generated,
        "the server can't say which key a default has given, for it has no INSERT … RETURNING; give the key yourself, or "
        "use AUTO_INCREMENT");
  }
  if (automatic && step_.rows.size() > 1) {
    UOW_RETURN_IF_ERROR(link_.Run(kSetSavepoint).status());
    UOW_ASSIGN_OR_RETURN(const bool known, RunGeneratingRanges());
    if (known) return absl::OkStatus();
    // A trigger, say, chooses the keys: one row at a time nothing can be mistaken.
    UOW_RETURN_IF_ERROR(link_.Run(kBackToSavepoint).status());
  }
  for (const StepRow& row : step_.rows) UOW_RETURN_IF_ERROR(RunGeneratingRow(row));
  return absl::OkStatus();
}

absl::StatusOr<bool> StepRunner::RunGeneratingRanges() {
  Rows rows;
  rows.reserve(step_.rows.size());
  for (const StepRow& row : step_.rows) rows.push_back(&row);
  keys_.Reserve(rows.size());
  for (size_t begin = 0; begin < rows.size();) {
    const size_t end = RangeEnd(rows, begin, rows[begin]->values.size() - 1);
    UOW_ASSIGN_OR_RETURN(const bool known, RunGeneratingRange(rows, begin, end));
    if (!known) return false;
    begin = end;
  }
  return true;
}

absl::StatusOr<bool> StepRunner::RunGeneratingRange(const Rows& rows, size_t begin, size_t end) {
  const size_t count = end - begin;
  absl::StatusOr<Result> result = RunRange(rows, begin, end);
  if (!result.ok()) return Narrow(rows, begin, end, result.status());
  const v1::Type::Kind kind = ColumnOf(step_.generated).type().kind();
  const std::vector<uint64_t> keys = KeysInOrder(*result, count);
  if (keys.empty()) return false;
  for (size_t i = 0; i < count; ++i) {
    keys_.Set(rows[begin + i]->values[step_.generated].handle_value(), IntegerKey(kind, keys[i]));
  }
  return true;
}

std::vector<uint64_t> StepRunner::KeysInOrder(Result& result, size_t count) const {
  if (result.affected != count) return {};
  if (!result.keys.empty()) {
    // Each row was given its key when its turn came.
    const bool ascend = std::adjacent_find(result.keys.begin(), result.keys.end(), std::greater_equal<>()) == result.keys.end();
    return ascend ? std::move(result.keys) : std::vector<uint64_t>();
  }
  // For an insert whose number of rows is known the engine reserves its keys at once, and gives them to the rows in their order.
  std::vector<uint64_t> keys(count);
  if (link_.facts().product == Product::kMySql) {
    if (result.insert_id == 0) return {};
    for (size_t i = 0; i < count; ++i) keys[i] = result.insert_id + i * link_.facts().auto_increment_increment;
    return keys;
  }
  for (size_t i = 0; i < count; ++i) {
    if (!absl::SimpleAtoi(result.rows[i][0].value_or(""), &keys[i])) return {};
  }
  return SortSteady(keys) ? keys : std::vector<uint64_t>();
}

absl::Status StepRunner::RunGeneratingRow(const StepRow& row) {
  absl::StatusOr<Result> result = RunRange({&row}, 0, 1);
  if (!result.ok()) return IsAboutOneRow(result.status()) ? AtRow(result.status(), row) : result.status();
  const v1::Type& type = ColumnOf(step_.generated).type();
  if (link_.facts().product == Product::kMariaDb && result->rows.size() == 1 && result->rows[0][0]) {
    UOW_ASSIGN_OR_RETURN(v1::Value key, ParseText(type, *result->rows[0][0]));
    keys_.Set(row.values[step_.generated].handle_value(), std::move(key));
    return absl::OkStatus();
  }
  if (link_.facts().product == Product::kMySql && result->insert_id != 0) {
    keys_.Set(row.values[step_.generated].handle_value(), IntegerKey(type.kind(), result->insert_id));
    return absl::OkStatus();
  }
  return AtRow(MakeError(v1::ERROR_REASON_TARGET_REJECTED, "the insert returned no key: a trigger has chosen it"), row);
}

absl::Status StepRunner::RunSelfDeletes() {
  Rows rows;
  rows.reserve(step_.rows.size());
  for (const StepRow& row : step_.rows) rows.push_back(&row);
  UOW_ASSIGN_OR_RETURN(const std::vector<Row> found, ReadRows(rows, Read::kReferences, true));
  std::vector<const StepRow*> missing;
  UOW_ASSIGN_OR_RETURN(const std::vector<std::vector<uint32_t>> levels, ChildrenFirst(schema_, step_.table, rows.size(), found));
  std::vector<bool> exists(rows.size());
  for (const std::vector<uint32_t>& level : levels) {
    for (uint32_t place : level) exists[place] = true;
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!exists[i]) missing.push_back(rows[i]);
  }
  if (!step_.may_be_gone) UOW_RETURN_IF_ERROR(StaleRows(schema_, step_, missing));
  // They are locked, so that one which is gone when its turn comes has gone with another of them, by a cascade.
  for (const std::vector<uint32_t>& level : levels) {
    Rows together;
    together.reserve(level.size());
    for (uint32_t place : level) together.push_back(rows[place]);
    UOW_RETURN_IF_ERROR(RunRanges(together).status());
  }
  return step_.may_be_gone ? FindChanged(missing) : absl::OkStatus();
}

absl::Status StepRunner::Narrow(const Rows& rows, size_t begin, size_t end, const absl::Status& error) {
  if (!IsAboutOneRow(error) || !link_.open()) return error;
  // The rows before `begin` have run; of [begin, end) one fails.
  while (end - begin > 1) {
    const size_t middle = begin + (end - begin) / 2;
    absl::Status half = RunRange(rows, begin, middle).status();
    if (half.ok()) {
      begin = middle;
    } else if (IsAboutOneRow(half)) {
      end = middle;
    } else {
      return half;
    }
  }
  absl::Status alone = RunRange(rows, begin, end).status();
  // Only rows that fail together, or because of what others do meanwhile, get here without an error of their own.
  if (!alone.ok() && !IsAboutOneRow(alone)) return alone;
  return AtRow(alone.ok() ? error : alone, *rows[begin]);
}

absl::StatusOr<std::vector<Row>> StepRunner::ReadRows(const Rows& rows, Read read, bool lock) {
  std::vector<Row> all;
  const auto& primary_key = table().primary_key();
  const size_t selected = read == Read::kVersion ? primary_key.size() : step_.key_columns.size() + step_.check_columns.size();
  for (size_t begin = 0; begin < rows.size();) {
    const size_t end = RangeEnd(rows, begin, selected);
    Parameters parameters((end - begin) * selected);
    for (size_t r = begin; r < end; ++r) {
      for (size_t i = 0; i < selected; ++i) {
        const StepRow& row = *rows[r];
        const v1::Value* value = read == Read::kVersion ? keys_.Resolve(*ValueOf(step_, row, primary_key[static_cast<int>(i)]))
                                                        : Resolve(row, step_.columns.size() + i);
        if (value == nullptr) return InternalError("a row was written without its key");
        parameters.Add(*value);
      }
    }
    const std::string sql = RenderRead(schema_, step_, link_.facts().product, read, end - begin, lock);
    UOW_ASSIGN_OR_RETURN(Result result, link_.Run(sql, std::move(parameters)));
    for (Row& row : result.rows) {
      uint64_t place = 0;
      if (!absl::SimpleAtoi(row[0].value_or(""), &place) || place >= end - begin) return InternalError("a row is in no place");
      row[0] = absl::StrCat(begin + place);
      all.push_back(std::move(row));
    }
    begin = end;
  }
  return all;
}

absl::StatusOr<std::vector<const StepRow*>> StepRunner::FindMissing() {
  Rows rows;
  rows.reserve(step_.rows.size());
  for (const StepRow& row : step_.rows) rows.push_back(&row);
  return Missing(rows, false);
}

absl::StatusOr<std::vector<const StepRow*>> StepRunner::Missing(const Rows& rows, bool lock) {
  UOW_ASSIGN_OR_RETURN(const std::vector<Row> found, ReadRows(rows, Read::kPlace, lock));
  std::vector<bool> exists(rows.size());
  for (const Row& row : found) {
    size_t place = 0;
    if (absl::SimpleAtoi(*row[0], &place)) exists[place] = true;
  }
  std::vector<const StepRow*> missing;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!exists[i]) missing.push_back(rows[i]);
  }
  return missing;
}

absl::Status StepRunner::FindStale(const Rows& rows) {
  UOW_ASSIGN_OR_RETURN(const std::vector<const StepRow*> stale, Missing(rows, true));
  if (!stale.empty()) return StaleRows(schema_, step_, stale);
  return MakeError(v1::ERROR_REASON_TARGET_CONFLICT,
                   absl::StrCat(link_.where(), ": rows of table ", schema_.TableLabel(step_.table), " came and went meanwhile"));
}

absl::Status StepRunner::FindChanged(const Rows& rows) {
  if (step_.check_columns.empty()) return absl::OkStatus();
  UOW_ASSIGN_OR_RETURN(const std::vector<Row> found, ReadRows(rows, Read::kChanged, true));
  std::vector<size_t> places;
  for (const Row& row : found) {
    size_t place = 0;
    if (absl::SimpleAtoi(*row[0], &place)) places.push_back(place);
  }
  std::sort(places.begin(), places.end());
  std::vector<const StepRow*> changed;
  for (size_t place : places) changed.push_back(rows[place]);
  return StaleRows(schema_, step_, changed);
}

absl::Status StepRunner::ReadVersions() {
  Rows rows;
  rows.reserve(step_.rows.size());
  for (const StepRow& row : step_.rows) rows.push_back(&row);
  UOW_ASSIGN_OR_RETURN(const std::vector<Row> found, ReadRows(rows, Read::kVersion, false));
  const v1::Type& type = table().columns(step_.version_column).type();
  for (const Row& row : found) {
    size_t place = 0;
    if (!absl::SimpleAtoi(*row[0], &place)) return InternalError("a row is in no place");
    v1::Value version;
    version.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
    if (row[1]) {
      UOW_ASSIGN_OR_RETURN(version, ParseText(type, *row[1]));
    }
    keys_.SetVersion(rows[place]->change, std::move(version));
  }
  return absl::OkStatus();
}

absl::Status StepRunner::AtRow(const absl::Status& error, const StepRow& row) const {
  v1::ErrorDetail detail = DetailOf(error).value_or(v1::ErrorDetail());
  AddColumns(table(), detail);
  return WithRow(error, schema_, step_, row, detail);
}

absl::Status StepRunner::BadValue(v1::ErrorReason reason, const StepRow& row, size_t value, const std::string& why) const {
  v1::ErrorDetail detail;
  detail.add_columns(ColumnOf(value).name());
  return WithRow(MakeError(reason, absl::StrCat("column ", ColumnOf(value).name(), ": ", why)), schema_, step_, row, detail);
}

const v1::Column& StepRunner::ColumnOf(size_t value) const {
  const size_t written = step_.columns.size();
  const size_t selected = written + step_.key_columns.size();
  const uint32_t column = value < written    ? step_.columns[value]
                          : value < selected ? step_.key_columns[value - written]
                                             : step_.check_columns[value - selected];
  return table().columns(static_cast<int>(column));
}

}  // namespace uow::mysql
