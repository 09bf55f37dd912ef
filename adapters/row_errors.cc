#include "adapters/row_errors.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow {
namespace {

constexpr size_t kMaxEntities = 100;
constexpr size_t kMaxInWords = 5;

// "table (1, 'x')".
std::string RowLabel(const SchemaIndex& schema, const Step& step, const StepRow& row) {
  std::string label = absl::StrCat(schema.TableLabel(step.table), " (");
  bool first = true;
  for (uint32_t column : schema.table(step.table).primary_key()) {
    const v1::Value* value = KeyValueOf(step, row, column);
    absl::StrAppend(&label, first ? "" : ", ", value == nullptr ? "?" : DebugString(*value));
    first = false;
  }
  return label + ")";
}

}  // namespace

absl::Status WithRow(const absl::Status& error, const SchemaIndex& schema, const Step& step, const StepRow& row,
                     v1::ErrorDetail detail) {
  *detail.add_entities() = EntityOf(schema, step, row);
  detail.set_offset(row.offset);
  return MakeError(ReasonOf(error), absl::StrCat(RowLabel(schema, step, row), ", event ", row.offset, ": ", error.message()),
                   detail);
}

absl::Status StaleRows(const SchemaIndex& schema, const std::vector<StaleRow>& rows) {
  if (rows.empty()) return absl::OkStatus();
  v1::ErrorDetail detail;
  std::string names;
  bool updates = false, deletes = false, checked = false;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Step& step = *rows[i].step;
    if (i < kMaxEntities) *detail.add_entities() = EntityOf(schema, step, *rows[i].row);
    if (i < kMaxInWords) absl::StrAppend(&names, i == 0 ? "" : ", ", RowLabel(schema, step, *rows[i].row));
    (step.kind == StepKind::kUpdate ? updates : deletes) = true;
    checked |= !step.check_columns.empty();
  }
  if (rows.size() > kMaxInWords) absl::StrAppend(&names, " and ", rows.size() - kMaxInWords, " more");
  detail.set_offset(rows.front().row->offset);
  const bool one = rows.size() == 1;
  const std::string which = one ? "a row" : absl::StrCat(rows.size(), " rows");
  const char* what = !deletes ? " to update " : !updates ? " to delete " : " to update or delete ";
  const char* changed = !checked ? "" : one ? "was changed meanwhile, or " : "were changed meanwhile, or ";
  return MakeError(v1::ERROR_REASON_STALE_ENTITY,
                   absl::StrCat(which, what, changed, one ? "doesn't" : "don't", " exist any more: ", names,
                                "; roll these changes back or reload the entities"),
                   detail);
}

absl::Status StaleRows(const SchemaIndex& schema, const Step& step, const std::vector<const StepRow*>& rows) {
  std::vector<StaleRow> all;
  all.reserve(rows.size());
  for (const StepRow* row : rows) all.push_back({&step, row});
  return StaleRows(schema, all);
}

absl::string_view Advice(v1::ErrorReason reason) {
  switch (reason) {
    case v1::ERROR_REASON_TARGET_SCHEMA_CHANGED:
      return "; the session's schema no longer fits: migrate the database, or open a session with its new schema";
    case v1::ERROR_REASON_TARGET_DENIED:
      return "; correct the user's privileges or the target's configuration";
    default:
      return "";
  }
}

}  // namespace uow
