#include "adapters/sqlite/result_codes.h"

#include <sqlite3.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace uow::sqlite {
namespace {

v1::ErrorReason ReasonOfConstraint(int extended_code, absl::string_view message) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return v1::ERROR_REASON_CONSTRAINT_UNIQUE;
    case SQLITE_CONSTRAINT_NOTNULL:
      return v1::ERROR_REASON_CONSTRAINT_NOT_NULL;
    case SQLITE_CONSTRAINT_CHECK:
      return v1::ERROR_REASON_CONSTRAINT_CHECK;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY;
    default:
      // RESTRICT is a trigger inside; a trigger of the user's own has a message of its own.
      return message == "FOREIGN KEY constraint failed" ? v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY
                                                        : v1::ERROR_REASON_TARGET_REJECTED;
  }
}

// Columns in a list of the form "t.a, t.b". Names may have dots and commas, so that the table's own columns are tried in turn.
std::vector<std::string> ColumnsIn(const v1::Table& table, absl::string_view list) {
  std::vector<std::string> columns;
  while (!list.empty()) {
    const v1::Column* longest = nullptr;
    for (const v1::Column& column : table.columns()) {
      std::string name = absl::StrCat(table.name(), ".", column.name());
      bool fits = absl::StartsWithIgnoreCase(list, name) &&
                  (list.size() == name.size() || absl::StartsWith(list.substr(name.size()), ", "));
      if (fits && (longest == nullptr || column.name().size() > longest->name().size())) longest = &column;
    }
    if (longest == nullptr) return {};
    columns.push_back(longest->name());
    list.remove_prefix(table.name().size() + 1 + longest->name().size());
    absl::ConsumePrefix(&list, ", ");
  }
  return columns;
}

// The schema's name of the unique constraint over these columns; empty where it has none.
std::string UniqueNamed(const v1::Table& table, std::vector<std::string> columns) {
  std::sort(columns.begin(), columns.end());
  for (const v1::UniqueConstraint& unique : table.uniques()) {
    std::vector<std::string> names;
    for (uint32_t column : unique.columns()) names.push_back(table.columns(column).name());
    std::sort(names.begin(), names.end());
    if (names == columns) return unique.name();
  }
  return "";
}

}  // namespace

v1::ErrorReason ReasonOfCode(int extended_code, absl::string_view message) {
  switch (extended_code & 0xff) {
    case SQLITE_CONSTRAINT:
      return ReasonOfConstraint(extended_code, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_SCHEMA:
      return v1::ERROR_REASON_TARGET_CONFLICT;
    case SQLITE_READONLY:
      if (extended_code == SQLITE_READONLY_DBMOVED) return v1::ERROR_REASON_TARGET_UNAVAILABLE;
      return v1::ERROR_REASON_TARGET_DENIED;
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return v1::ERROR_REASON_TARGET_DENIED;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
      return v1::ERROR_REASON_TARGET_UNAVAILABLE;
    case SQLITE_ERROR:
      if (absl::StartsWith(message, "no such table") || absl::StartsWith(message, "no such column") ||
          absl::StartsWith(message, "unknown database") || absl::StrContains(message, "has no column named")) {
        return v1::ERROR_REASON_TARGET_SCHEMA_CHANGED;
      }
      return v1::ERROR_REASON_TARGET_REJECTED;
    default:
      return v1::ERROR_REASON_TARGET_REJECTED;
  }
}

void AddConstraint(const v1::Table& table, absl::string_view message, v1::ErrorDetail& detail) {
  size_t colon = message.find(" constraint failed: ");
  if (colon == absl::string_view::npos) return;
  absl::string_view subject = message.substr(colon + absl::string_view(" constraint failed: ").size());
  if (absl::StartsWith(message, "CHECK")) {
    detail.set_constraint(std::string(subject));
    return;
  }
  if (absl::ConsumePrefix(&subject, "index '")) {
    absl::ConsumeSuffix(&subject, "'");
    detail.set_constraint(std::string(subject));
    return;
  }
  std::vector<std::string> columns = ColumnsIn(table, subject);
  if (absl::StartsWith(message, "UNIQUE")) detail.set_constraint(UniqueNamed(table, columns));
  for (std::string& column : columns) detail.add_columns(std::move(column));
}

}  // namespace uow::sqlite
