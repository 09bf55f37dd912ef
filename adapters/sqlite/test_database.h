#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/adapter_conformance.h"
#include "adapters/client_target.h"
#include "journal/errors.h"

namespace uow {

inline v1::Type TypeOfKind(v1::Type::Kind kind, uint32_t precision = 0, uint32_t scale = 0) {
  v1::Type type;
  type.set_kind(kind);
  type.set_precision(precision);
  type.set_scale(scale);
  return type;
}

// A file of its own, looked at through SQLite's own interface.
class SqliteDatabase : public ConformanceDatabase {
 public:
  SqliteDatabase() {
    std::string pattern = (std::filesystem::temp_directory_path() / "uow-sqlite-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    EXPECT_EQ(sqlite3_open(path().c_str(), &db_), SQLITE_OK);
    sqlite3_busy_timeout(db_, 10'000);
    Execute("PRAGMA journal_mode=WAL");
  }
  ~SqliteDatabase() override {
    sqlite3_close(db_);
    std::filesystem::remove_all(directory_);
  }

  std::string path() const { return directory_ + "/test.db"; }
  TargetConfig Config() const override {
    TargetConfig config;
    config.name = "test";
    config.dsn = absl::StrCat("sqlite:", path());
    return config;
  }
  void Execute(const std::string& sql) override {
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error << "\n" << sql;
    sqlite3_free(error);
  }
  std::vector<std::string> Query(const std::string& sql) override {
    std::vector<std::string> rows;
    auto add = [](void* out, int count, char** values, char**) {
      std::string row;
      for (int i = 0; i < count; ++i) absl::StrAppend(&row, i == 0 ? "" : "|", values[i] == nullptr ? "NULL" : values[i]);
      static_cast<std::vector<std::string>*>(out)->push_back(row);
      return 0;
    };
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), add, &rows, &error), SQLITE_OK) << error << "\n" << sql;
    sqlite3_free(error);
    return rows;
  }
  std::string Quote(const std::string& name) const override {
    char* quoted = sqlite3_mprintf("\"%w\"", name.c_str());
    std::string result = quoted;
    sqlite3_free(quoted);
    return result;
  }
  std::string GeneratedKey() const override { return "INTEGER PRIMARY KEY"; }
  std::string GeneratedTextKey() const override { return "VARCHAR(200) PRIMARY KEY DEFAULT (lower(hex(randomblob(16))))"; }

  std::string TokenTable() const override {
    return "CREATE TABLE doc (id {key}, title VARCHAR(200), v BLOB);"
           "CREATE TRIGGER doc_inserted AFTER INSERT ON doc BEGIN UPDATE doc SET v = randomblob(16) WHERE id = new.id; END;"
           "CREATE TRIGGER doc_updated AFTER UPDATE ON doc BEGIN UPDATE doc SET v = randomblob(16) WHERE id = new.id; END;";
  }

  std::vector<MatrixCase> MatrixCases() const override;
  bool ForeignKeysAreNamed() const override { return true; }

  std::vector<TypeCase> TypeCases() const override {
    using v1::Type;
    v1::Type other = TypeOfKind(Type::KIND_OTHER);
    other.set_name("INTERVAL");
    return {
        {"BOOLEAN", TypeOfKind(Type::KIND_BOOL), test::Bool(true), "1"},
        {"BOOLEAN", TypeOfKind(Type::KIND_BOOL), test::Bool(false), "0"},
        {"INTEGER", TypeOfKind(Type::KIND_INT64), test::Int(INT64_MIN), "-9223372036854775808"},
        {"BIGINT", TypeOfKind(Type::KIND_INT64), test::Int(INT64_MAX), "9223372036854775807"},
        {"SMALLINT", TypeOfKind(Type::KIND_INT64), test::Int(0), "0"},
        {"DOUBLE PRECISION", TypeOfKind(Type::KIND_DOUBLE), test::Double(0.1), "0.1"},
        {"REAL", TypeOfKind(Type::KIND_DOUBLE), test::Double(-1e300), "-1.0e+300"},
        {"FLOAT", TypeOfKind(Type::KIND_DOUBLE), test::Double(1.0 / 0.0), "Inf"},
        {"DECIMAL(10,2)", TypeOfKind(Type::KIND_DECIMAL, 10, 2), test::Decimal("-12.50"), "-12.5"},
        {"NUMERIC", TypeOfKind(Type::KIND_DECIMAL), test::Decimal("9007199254740993"), "9007199254740993"},
        {"DECIMAL TEXT", TypeOfKind(Type::KIND_DECIMAL), test::Decimal("123456789012345678901234567890.123456789"),
         "123456789012345678901234567890.123456789"},
        {"DECIMAL TEXT(40,4)", TypeOfKind(Type::KIND_DECIMAL, 40, 4), test::Decimal("12.5"), "12.5000"},
        {"TEXT", TypeOfKind(Type::KIND_TEXT), test::Text("tschüß 漢字 \xF0\x9F\x8E\x89 '\"\\;--"),
         "tschüß 漢字 \xF0\x9F\x8E\x89 '\"\\;--"},
        {"VARCHAR(20)", TypeOfKind(Type::KIND_TEXT), test::Text(""), ""},
        {"TEXT", TypeOfKind(Type::KIND_TEXT), test::Text("007"), "007"},
        {"BLOB", TypeOfKind(Type::KIND_BYTES), test::Bytes("abc"), "abc"},
        {"BLOB", TypeOfKind(Type::KIND_BYTES), test::Bytes(""), ""},
        {"DATE", TypeOfKind(Type::KIND_DATE), test::Time("2026-11-22"), "2026-11-22"},
        {"TIME", TypeOfKind(Type::KIND_TIME), test::Time("13:45:00.500"), "13:45:00.5"},
        {"DATETIME", TypeOfKind(Type::KIND_TIMESTAMP), test::Time("2026-11-22 13:45:00.000001"), "2026-11-22T13:45:00.000001"},
        {"TIMESTAMPTZ", TypeOfKind(Type::KIND_TIMESTAMPTZ), test::Time("2026-11-22T01:45:00+02:00"), "2026-11-21T23:45:00Z"},
        {"TIMESTAMP WITH TIME ZONE", TypeOfKind(Type::KIND_TIMESTAMPTZ), test::Time("2026-11-22T01:45:00Z"),
         "2026-11-22T01:45:00Z"},
        {"UUID", TypeOfKind(Type::KIND_UUID), test::Text("0E37DF36-F698-11E6-8DD4-CB9CED3DF976"),
         "0e37df36-f698-11e6-8dd4-cb9ced3df976"},
        {"JSON", TypeOfKind(Type::KIND_JSON), test::Json(R"({"b": [1, null], "a": "x"})"), R"({"a":"x","b":[1,null]})"},
        {"INTERVAL", other, test::Text("1 day 2 hours"), "1 day 2 hours"},
    };
  }

 private:
  std::string directory_;
  sqlite3* db_ = nullptr;
};

// The same, saved into by a client's own connection.
class SqliteClientDatabase final : public SqliteDatabase {
 public:
  absl::StatusOr<std::unique_ptr<Target>> MakeTarget() const override {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<Target> described, uow::MakeTarget(Config()));
    return test::MakeClientTarget(std::move(described), [path = path()]() -> absl::StatusOr<std::unique_ptr<test::ClientDriver>> {
      return test::OpenSqliteClient(path);
    });
  }
  // A client is not told how the column is declared, and so doesn't notice the digits that a number loses.
  std::vector<MatrixCase> MatrixCases() const override;
  // SQLite doesn't say which key failed, and a client doesn't look for it.
  bool ForeignKeysAreNamed() const override { return false; }
};

}  // namespace uow
