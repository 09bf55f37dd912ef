#include "adapters/type_matrix.h"

#include <algorithm>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "journal/errors.h"

namespace uow {
namespace {

using test::Int;
using test::Null;

constexpr const char* kWays[] = {"insert", "insert of many", "update", "update of many"};

std::string Short(const std::string& text) {
  return text.size() <= 60 ? text : absl::StrCat(text.substr(0, 40), "… (", text.size(), " bytes)");
}

}  // namespace

void TypeMatrix::CreateTablesFor(const std::vector<MatrixCase>& cases) {
  std::string ddl;
  for (size_t i = 0; i < cases.size(); ++i) {
    absl::StrAppend(&ddl, "CREATE TABLE t", i, " (id BIGINT PRIMARY KEY, v ", cases[i].declared, ");");
  }
  CreateTables(ddl);
  Redeclare([&](v1::Schema& schema) {
    for (v1::Table& table : *schema.mutable_tables()) {
      for (size_t i = 0; i < cases.size(); ++i) {
        if (table.name() != absl::StrCat("t", i) || !cases[i].kind) continue;
        table.mutable_columns(1)->mutable_type()->Clear();
        table.mutable_columns(1)->mutable_type()->set_kind(*cases[i].kind);
      }
    }
  });
}

std::vector<v1::NetChange> TypeMatrix::Changes(const MatrixCase& test, const std::string& table, const std::string& way) {
  const bool many = absl::EndsWith(way, "many");
  std::vector<v1::NetChange> changes;
  for (int64_t id = 1; id <= (many ? 3 : 1); ++id) {
    const Fields fields = {{"v", id == 2 ? Null() : test.value}};
    changes.push_back(absl::StartsWith(way, "insert") ? Insert(table, {Int(id)}, fields) : Update(table, {Int(id)}, fields));
  }
  return changes;
}

std::string TypeMatrix::Try(const MatrixCase& test, const std::string& table, const std::string& way) {
  Execute(absl::StrCat("DELETE FROM ", table));
  const bool update = absl::StartsWith(way, "update"), many = absl::EndsWith(way, "many");
  if (update) Execute(absl::StrCat("INSERT INTO ", table, " (id) VALUES (1), (2), (3)"));
  const absl::Status status = Save(Changes(test, table, way)).status();
  if (test.refused != v1::ERROR_REASON_UNSPECIFIED) {
    if (ReasonOf(status) != test.refused) return absl::StrCat("not refused: ", status.ToString());
    const v1::ErrorDetail detail = DetailOf(status).value_or(v1::ErrorDetail());
    if (detail.entities_size() != 1 || detail.entities(0).key(0).int64_value() != 1) return "refused without the row's name";
    return "ok";
  }
  if (!status.ok()) return status.ToString();
  std::vector<std::string> expected = {test.expected};
  if (many) expected.insert(expected.end(), {"NULL", test.expected});
  std::vector<std::string> found;
  for (size_t id = 1; id <= expected.size(); ++id) {
    const std::string column = id == 2 ? "v" : test.read;
    for (std::string& row : Query(absl::StrCat("SELECT ", column, " FROM ", table, " WHERE id = ", id))) found.push_back(row);
  }
  return found == expected ? "ok" : absl::StrCat("it reads ", found.empty() ? "no row" : Short(found[0]));
}

TEST_P(TypeMatrix, EveryValueComesBackAsItWasWritten) {
  const std::vector<MatrixCase> cases = database_->MatrixCases();
  CreateTablesFor(cases);
  std::cout << absl::StrFormat("%-34s %-26s %-15s", "item", "column", "is read as");
  for (const char* way : kWays) std::cout << " | " << way;
  std::cout << "\n";
  for (size_t i = 0; i < cases.size(); ++i) {
    const MatrixCase& test = cases[i];
    const std::string what =
        test.refused == v1::ERROR_REASON_UNSPECIFIED ? Short(test.expected) : std::string(ReasonName(test.refused));
    std::cout << absl::StrFormat("%-34s %-26s %-15s", test.item, test.declared, what);
    for (const char* way : kWays) {
      const std::string result = Try(test, absl::StrCat("t", i), way);
      EXPECT_EQ(result, "ok") << test.item << ", " << test.declared << ", " << way;
      std::cout << " | " << (result == "ok" ? "ok" : "WRONG");
    }
    std::cout << "\n";
  }
}

// The first integer that a double doesn't have, and both ends.
TEST_P(TypeMatrix, LargeIntegersAreKeysAndForeignKeys) {
  constexpr int64_t kKeys[] = {(int64_t{1} << 53) + 1, (int64_t{1} << 53), INT64_MAX, -INT64_MAX};
  CreateTables(
      "CREATE TABLE parent (id BIGINT PRIMARY KEY, n BIGINT);"
      "CREATE TABLE child (id BIGINT PRIMARY KEY, parent_id BIGINT, FOREIGN KEY (parent_id) REFERENCES parent (id));");
  std::vector<v1::NetChange> inserts, updates, deletes;
  for (int64_t key : kKeys) {
    inserts.push_back(Insert("parent", {Int(key)}, {{"n", Int(key)}}));
    inserts.push_back(Insert("child", {Int(key)}, {{"parent_id", Int(key)}}));
    updates.push_back(Update("parent", {Int(key)}, {{"n", Int(-key)}}));
    deletes.push_back(Delete("child", {Int(key)}));
  }
  absl::Status status = Save(inserts).status();
  ASSERT_TRUE(status.ok()) << status;
  std::vector<std::string> expected;
  for (int64_t key : {kKeys[3], kKeys[1], kKeys[0], kKeys[2]}) expected.push_back(absl::StrCat(key, "|", key, "|", key));
  EXPECT_EQ(Query("SELECT p.id, p.n, c.parent_id FROM parent p JOIN child c ON c.parent_id = p.id ORDER BY p.id"), expected);
  // Each row is found by its key, its neighbour isn't.
  status = Save(updates).status();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Query("SELECT COUNT(*) FROM parent WHERE n = -id"), std::vector<std::string>{"4"});
  deletes.resize(1);
  status = Save(deletes).status();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Query("SELECT COUNT(*) FROM child WHERE id = 9007199254740992"), std::vector<std::string>{"1"});
  EXPECT_EQ(Query("SELECT COUNT(*) FROM child WHERE id = 9007199254740993"), std::vector<std::string>{"0"});
}

}  // namespace uow
