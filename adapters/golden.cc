#include "adapters/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "adapters/segments.h"
#include "gtest/gtest.h"

namespace uow::test {
namespace {

// How many rows of one statement, and how many of its parameters, are shown ahead of the last one.
constexpr int kShownRows = 2;
constexpr size_t kShownParameters = 12;

std::string Shown(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case v1::Value::kInt64Value:
      return absl::StrCat(value.int64_value());
    case v1::Value::kUint64Value:
      return absl::StrCat(value.uint64_value());
    case v1::Value::kDoubleValue:
      return absl::StrCat(value.double_value());
    case v1::Value::kDecimalValue:
      return value.decimal_value();
    case v1::Value::kTextValue:
      return absl::StrCat("'", absl::CEscape(value.text_value()), "'");
    case v1::Value::kTimeValue:
      return value.time_value();
    case v1::Value::kJsonValue:
      return absl::StrCat("JSON ", value.json_value());
    case v1::Value::kBytesValue:
      return absl::StrCat("0x", absl::BytesToHexString(value.bytes_value()));
    case v1::Value::kHandleValue:
      return absl::StrCat("key of ", value.handle_value().writer(), "/", value.handle_value().counter());
    case v1::Value::kArrayValue: {
      std::string list;
      for (const v1::Value& element : value.array_value().elements())
        absl::StrAppend(&list, list.empty() ? "" : ", ", Shown(element));
      return absl::StrCat("{", list, "}");
    }
    default:
      return "NULL";
  }
}

// In lines that can be read.
std::string Broken(absl::string_view sql) {
  std::vector<std::pair<std::string, std::string>> breaks = {{"; ", ";\n"}, {" INTERSECT SELECT ", " INTERSECT SELECT "}};
  for (absl::string_view clause : {"FROM (", "FROM [", "INNER JOIN", "LEFT JOIN", "WHERE", "ORDER BY", "OUTPUT", "SELECT",
                                   "RETURNING", "AND EXISTS", "AND (DATEDIFF_BIG("}) {
    const absl::string_view space = clause.back() == '(' || clause.back() == '[' ? "" : " ";
    breaks.emplace_back(absl::StrCat(" ", clause, space), absl::StrCat("\n  ", clause, space));
  }
  return absl::StrReplaceAll(sql, breaks);
}

// One statement, with its parameters.
class Statement {
 public:
  Statement(const v1::SaveStep& step, bool once_per_row) : step_(step), once_per_row_(once_per_row) {}

  void Add(const Segments& segments, int row = 0) {
    for (const v1::Segment& segment : segments) AddSegment(segment, row);
  }

  std::string Text() const {
    std::string text = absl::StrCat(Broken(sql_), ";\n");
    for (size_t p = 0; p < parameters_.size(); ++p) {
      if (p >= kShownParameters && p + 1 < parameters_.size()) {
        absl::StrAppend(&text, "-- …\n");
        p = parameters_.size() - 1;
      }
      absl::StrAppend(&text, "-- @p", parameters_[p].first, " = ", parameters_[p].second, "\n");
    }
    if (once_per_row_ && step_.rows_size() > 1) absl::StrAppend(&text, "-- and so for the others\n");
    return text;
  }

 private:
  void AddParameter(std::string shown) {
    ++count_;
    if (hidden_) return;
    parameters_.emplace_back(count_, std::move(shown));
    absl::StrAppend(&sql_, "@p", count_);
  }

  void AddText(absl::string_view text) {
    if (!hidden_) absl::StrAppend(&sql_, text);
  }

  void AddSegment(const v1::Segment& segment, int row) {
    switch (segment.segment_case()) {
      case v1::Segment::kText:
        return AddText(segment.text());
      case v1::Segment::kValue:
        return AddParameter(Shown(segment.value()));
      case v1::Segment::kRowValue:
        return AddParameter(Shown(step_.rows(row).values(static_cast<int>(segment.row_value()))));
      case v1::Segment::kColumn: {
        std::string list;
        for (int r = 0; r < step_.rows_size(); ++r) {
          absl::StrAppend(&list, r == 0 ? "" : ", ", Shown(step_.rows(r).values(static_cast<int>(segment.column()))));
          if (r != kShownRows || step_.rows_size() <= kShownRows + 2) continue;
          absl::StrAppend(&list, ", …");
          r = step_.rows_size() - 2;
        }
        return AddParameter(absl::StrCat("{", list, "}"));
      }
      case v1::Segment::kEachRow:
        return AddRows(segment.each_row());
      case v1::Segment::kRowNumber:
        return AddText(absl::StrCat(row));
      case v1::Segment::kResult:
        return AddParameter("the result");
      case v1::Segment::SEGMENT_NOT_SET:
        return;
    }
  }

  void AddRows(const v1::EachRow& each) {
    const int last = once_per_row_ ? 0 : step_.rows_size() - 1;
    for (int r = 0; r <= last; ++r) {
      hidden_ = r >= kShownRows && r < last;
      if (r == kShownRows && hidden_) absl::StrAppend(&sql_, " /* ", last - r, " more rows */");
      if (r > 0) AddText(each.separator());
      Add(each.segments(), r);
    }
    hidden_ = false;
  }

  const v1::SaveStep& step_;
  const bool once_per_row_;
  std::string sql_;
  std::vector<std::pair<size_t, std::string>> parameters_;
  size_t count_ = 0;
  bool hidden_ = false;
};

std::string Heading(const v1::SaveStep& step) {
  std::string kind = v1::StepKind_Name(step.kind());
  std::string heading = absl::StrReplaceAll(absl::AsciiStrToLower(kind.substr(sizeof("STEP_KIND_") - 1)), {{"_", " "}});
  if (step.phase() == v1::STEP_PHASE_SETUP) absl::StrAppend(&heading, ", ahead of the transaction");
  if (step.phase() == v1::STEP_PHASE_AFTER) absl::StrAppend(&heading, ", after the transaction");
  if (step.rows_size() > 0) absl::StrAppend(&heading, ", ", step.rows_size(), step.rows_size() == 1 ? " row" : " rows");
  if (step.once_per_row()) absl::StrAppend(&heading, ", a statement each");
  if (step.has_expected_rows()) absl::StrAppend(&heading, ", affects ", step.expected_rows());
  if (step.has_keys()) absl::StrAppend(&heading, ", yields keys");
  return heading;
}

}  // namespace

std::string ShowSteps(const std::vector<v1::SaveStep>& steps) {
  std::string text;
  for (const v1::SaveStep& step : steps) {
    absl::StrAppend(&text, "\n-- ", Heading(step), "\n");
    Statement statement(step, step.once_per_row());
    statement.Add(step.segments());
    absl::StrAppend(&text, statement.Text());
    if (step.find_mismatch().empty()) continue;
    Statement mismatch(step, false);
    mismatch.Add(step.find_mismatch());
    absl::StrAppend(&text, "-- where it affects another number, once it is rolled back\n", mismatch.Text());
  }
  return text;
}

void ExpectGolden(const std::string& file, const std::string& about, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path(UOW_ADAPTERS_DIR) / file;
  const std::string whole = absl::StrCat("-- ", about, "\n", text);
  if (const char* write = std::getenv("UOW_WRITE_GOLDEN"); write != nullptr && absl::string_view(write) == "1") {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << whole;
    return;
  }
  std::ifstream in(path);
  ASSERT_TRUE(in) << path << " is missing: UOW_WRITE_GOLDEN=1 writes it";
  std::stringstream found;
  found << in.rdbuf();
  EXPECT_EQ(found.str(), whole) << path << ": UOW_WRITE_GOLDEN=1 writes it anew";
}

std::string ShowSave(const GoldenSave& save) {
  absl::StatusOr<SchemaRef> schema = SchemaIndex::Create(save.schema);
  EXPECT_TRUE(schema.ok()) << schema.status();
  if (!schema.ok()) return "";
  absl::StatusOr<ClientPlan> plan = MakeClientPlan(**schema, save.changes, save.save);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? ShowSteps(plan->steps) : "";
}

v1::Table& AddTable(v1::Schema& schema, const std::string& name,
                    const std::vector<std::pair<std::string, v1::Type::Kind>>& columns) {
  v1::Table& table = *schema.add_tables();
  table.set_name(name);
  for (const auto& [column, kind] : columns) {
    v1::Column& added = *table.add_columns();
    added.set_name(column);
    added.mutable_type()->set_kind(kind);
  }
  table.add_primary_key(0);
  return table;
}

void AddForeignKey(v1::Table& table, uint32_t column, uint32_t referenced_table, v1::ReferentialAction on_delete) {
  v1::ForeignKey& key = *table.add_foreign_keys();
  key.add_columns(column);
  key.set_referenced_table(referenced_table);
  key.add_referenced_columns(0);
  key.set_on_delete(on_delete);
}

v1::NetChange& AddChange(GoldenSave& save, v1::ChangeKind kind, uint32_t table, std::vector<v1::Value> key,
                         const std::vector<std::pair<uint32_t, v1::Value>>& fields) {
  v1::NetChange& change = save.changes.emplace_back();
  change.set_kind(kind);
  change.set_table(table);
  change.set_first_offset(save.changes.size());
  change.set_last_offset(save.changes.size());
  for (v1::Value& value : key) *change.add_key() = std::move(value);
  for (const auto& [column, value] : fields) {
    v1::Field& field = *change.add_fields();
    field.set_column(column);
    *field.mutable_value() = value;
  }
  return change;
}

void SetOld(v1::NetChange& change, uint32_t column, const v1::Value& old) {
  for (v1::Field& field : *change.mutable_fields()) {
    if (field.column() == column) *field.mutable_old() = old;
  }
}

}  // namespace uow::test
