#include "adapters/postgres/sqlstate.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/row_errors.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

struct Entry {
  absl::string_view prefix;
  v1::ErrorReason reason;
};

// The longest prefixes come first: the first match counts.
constexpr Entry kReasons[] = {
    {"23505", v1::ERROR_REASON_CONSTRAINT_UNIQUE},
    {"23503", v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY},
    {"23001", v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY},  // ON DELETE RESTRICT, from version 18 on
    {"23502", v1::ERROR_REASON_CONSTRAINT_NOT_NULL},
    {"23514", v1::ERROR_REASON_CONSTRAINT_CHECK},
    {"23P01", v1::ERROR_REASON_CONSTRAINT_CHECK},
    {"44000", v1::ERROR_REASON_CONSTRAINT_CHECK},
    {"55P03", v1::ERROR_REASON_TARGET_CONFLICT},
    {"40", v1::ERROR_REASON_TARGET_CONFLICT},
    {"42P01", v1::ERROR_REASON_TARGET_SCHEMA_CHANGED},
    {"42703", v1::ERROR_REASON_TARGET_SCHEMA_CHANGED},
    {"42704", v1::ERROR_REASON_TARGET_SCHEMA_CHANGED},
    {"3F000", v1::ERROR_REASON_TARGET_SCHEMA_CHANGED},
    {"42804", v1::ERROR_REASON_TARGET_SCHEMA_CHANGED},  // the column has another type now
    {"42846", v1::ERROR_REASON_TARGET_SCHEMA_CHANGED},
    {"42883", v1::ERROR_REASON_TARGET_SCHEMA_CHANGED},  // no "=" between the key's type now and the one it had
    {"428C9", v1::ERROR_REASON_TARGET_SCHEMA_CHANGED},  // the column is computed now
    {"42501", v1::ERROR_REASON_TARGET_DENIED},
    {"28", v1::ERROR_REASON_TARGET_DENIED},
    {"3D000", v1::ERROR_REASON_TARGET_DENIED},
    {"0P000", v1::ERROR_REASON_TARGET_DENIED},
    {"08", v1::ERROR_REASON_TARGET_UNAVAILABLE},
    {"53", v1::ERROR_REASON_TARGET_UNAVAILABLE},
    {"57P", v1::ERROR_REASON_TARGET_UNAVAILABLE},
    {"25P03", v1::ERROR_REASON_TARGET_UNAVAILABLE},  // idle in transaction for too long
    {"25006", v1::ERROR_REASON_TARGET_UNAVAILABLE},
};

}  // namespace

v1::ErrorReason ReasonOfSqlState(absl::string_view sqlstate) {
  for (const Entry& entry : kReasons) {
    if (absl::StartsWith(sqlstate, entry.prefix)) return entry.reason;
  }
  return v1::ERROR_REASON_TARGET_REJECTED;
}

absl::Status ToStatus(const ServerError& error, absl::string_view where) {
  v1::ErrorDetail detail;
  detail.set_sqlstate(error.sqlstate);
  detail.set_constraint(error.constraint);
  if (!error.column.empty()) detail.add_columns(error.column);
  std::string message = absl::StrCat(where, ": ", error.message);
  if (!error.detail.empty()) absl::StrAppend(&message, ": ", error.detail);
  v1::ErrorReason reason = ReasonOfSqlState(error.sqlstate);
  absl::StrAppend(&message, " (SQLSTATE ", error.sqlstate, ")", Advice(reason));
  return MakeError(reason, message, detail);
}

bool IsAboutOneRow(const absl::Status& status) {
  switch (ReasonOf(status)) {
    case v1::ERROR_REASON_CONSTRAINT_UNIQUE:
    case v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY:
    case v1::ERROR_REASON_CONSTRAINT_NOT_NULL:
    case v1::ERROR_REASON_CONSTRAINT_CHECK:
      return true;
    case v1::ERROR_REASON_TARGET_REJECTED: {
      std::optional<v1::ErrorDetail> detail = DetailOf(status);
      // Data exceptions, and what triggers raise.
      return detail && (absl::StartsWith(detail->sqlstate(), "22") || absl::StartsWith(detail->sqlstate(), "P0"));
    }
    default:
      return false;
  }
}

}  // namespace uow::postgres
