#include "adapters/mysql/server_error.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/row_errors.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

v1::ErrorReason ReasonOfNumber(unsigned number) {
  switch (number) {
    case 1022:  // duplicate key
    case 1062:
    case 1169:
    case 1586:
      return v1::ERROR_REASON_CONSTRAINT_UNIQUE;
    case 1216:  // no referenced row
    case 1217:  // row is referenced
    case 1451:
    case 1452:
    case 1761:  // a cascade would make a duplicate
    case 1762:
      return v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY;
    case 1048:  // column can't be null
    case 1263:
    case 1364:  // field has no default
      return v1::ERROR_REASON_CONSTRAINT_NOT_NULL;
    case 1369:  // CHECK OPTION of a view
    case 3819:  // MySQL
    case 4025:  // MariaDB
      return v1::ERROR_REASON_CONSTRAINT_CHECK;
    case 1020:  // the record has changed since it was read
    case 1205:  // lock wait timeout
    case 1213:  // deadlock
    case 3101:  // certification failed in a cluster
    case 3572:  // NOWAIT
      return v1::ERROR_REASON_TARGET_CONFLICT;
    case 1054:  // unknown column
    case 1109:  // unknown table
    case 1146:  // no such table
    case 1906:  // the column is computed now
    case 3105:
      return v1::ERROR_REASON_TARGET_SCHEMA_CHANGED;
    case 1044:  // access denied
    case 1045:
    case 1049:  // unknown database
    case 1130:  // host isn't allowed
    case 1142:
    case 1143:
    case 1227:
    case 1251:  // authentication protocol
    case 1275:
    case 1370:
    case 1698:
    case 1820:  // the password has to be changed
    case 1862:  // the password has expired
    case 2059:  // authentication plugin
    case 2061:
    case 3118:  // account locked
    case 4151:
      return v1::ERROR_REASON_TARGET_DENIED;
    case 1021:  // disk full
    case 1037:  // out of memory
    case 1040:  // too many connections
    case 1041:
    case 1047:  // a cluster's node isn't ready
    case 1053:  // shutdown in progress
    case 1114:  // table is full
    case 1129:  // host is blocked
    case 1203:  // too many connections of the user
    case 1226:
    case 1290:  // read-only
    case 1792:
    case 1836:
    case 1927:  // connection was killed
      return v1::ERROR_REASON_TARGET_UNAVAILABLE;
    default:
      return v1::ERROR_REASON_TARGET_REJECTED;
  }
}

// The text between the last `before` and the next quote, which is doubled inside of backticks.
std::string QuotedAfter(absl::string_view message, absl::string_view before, char quote) {
  size_t at = message.rfind(before);
  if (at == absl::string_view::npos) return "";
  std::string name;
  for (at += before.size(); at < message.size(); ++at) {
    if (message[at] == quote) {
      if (quote != '`' || at + 1 == message.size() || message[at + 1] != quote) return name;
      ++at;
    }
    name += message[at];
  }
  return "";
}

// "… for key 'email'", and in MySQL 8 "… for key 'customer.email'". The duplicate value stands before, so that the last one counts.
std::string UniqueNamed(absl::string_view message) {
  std::string key = QuotedAfter(message, "for key '", '\'');
  const size_t dot = key.rfind('.');
  return dot == std::string::npos ? key : key.substr(dot + 1);
}

void AddConstraint(const ServerError& error, v1::ErrorReason reason, v1::ErrorDetail& detail) {
  switch (reason) {
    case v1::ERROR_REASON_CONSTRAINT_UNIQUE:
      detail.set_constraint(UniqueNamed(error.message));
      return;
    case v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY:
      detail.set_constraint(QuotedAfter(error.message, "CONSTRAINT `", '`'));
      return;
    case v1::ERROR_REASON_CONSTRAINT_CHECK:
      detail.set_constraint(error.number == 3819 ? QuotedAfter(error.message, "constraint '", '\'')
                                                 : QuotedAfter(error.message, "CONSTRAINT `", '`'));
      return;
    case v1::ERROR_REASON_CONSTRAINT_NOT_NULL: {
      const std::string column = QuotedAfter(error.message, error.number == 1364 ? "Field '" : "Column '", '\'');
      if (!column.empty()) detail.add_columns(column);
      return;
    }
    default: {
      // "Data too long for column 'n' at row 2".
      const std::string column = QuotedAfter(error.message, "for column '", '\'');
      if (!column.empty()) detail.add_columns(column);
    }
  }
}

}  // namespace

bool IsLost(unsigned number) {
  // The client library's own numbers. What it says of a statement that it doesn't send leaves the connection alone.
  return number >= 2000 && number < 3000 && number != 2008 && number != 2030 && number != 2031 && number != 2034 && number != 2036;
}

v1::ErrorReason ReasonOfError(const ServerError& error) {
  if (IsLost(error.number) && error.number != 2059 && error.number != 2061) return v1::ERROR_REASON_TARGET_UNAVAILABLE;
  return ReasonOfNumber(error.number);
}

absl::Status ToStatus(const ServerError& error, absl::string_view where) {
  v1::ErrorDetail detail;
  detail.set_sqlstate(error.sqlstate);
  const v1::ErrorReason reason = ReasonOfError(error);
  AddConstraint(error, reason, detail);
  return MakeError(
      reason,
      absl::StrCat(where, ": ", error.message, " (error ", error.number, ", SQLSTATE ", error.sqlstate, ")", Advice(reason)),
      detail);
}

bool IsAboutOneRow(const absl::Status& status) {
  switch (ReasonOf(status)) {
    case v1::ERROR_REASON_CONSTRAINT_UNIQUE:
    case v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY:
    case v1::ERROR_REASON_CONSTRAINT_NOT_NULL:
    case v1::ERROR_REASON_CONSTRAINT_CHECK:
      return true;
    case v1::ERROR_REASON_TARGET_REJECTED: {
      const std::optional<v1::ErrorDetail> detail = DetailOf(status);
      // Data exceptions, what triggers signal, and values that were cut short (01000 is what strict mode makes an error of).
      return detail && (absl::StartsWith(detail->sqlstate(), "22") || absl::StartsWith(detail->sqlstate(), "45") ||
                        absl::StartsWith(detail->sqlstate(), "01") || !detail->columns().empty());
    }
    default:
      return false;
  }
}

}  // namespace uow::mysql
