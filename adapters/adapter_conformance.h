#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/save_task.h"
#include "adapters/target.h"
#include "adapters/test_values.h"
#include "gtest/gtest.h"
#include "journal/schema_index.h"

namespace uow {

// A column type of a dialect with a value that a save must carry into the database unchanged.
struct TypeCase {
  std::string declared;  // as CREATE TABLE spells it, nullable
  v1::Type type;         // what the catalog must be read as
  v1::Value value;
  std::string text;        // what ConformanceDatabase::Query shows of the stored value
  bool in_keys = true;     // whether the type can be a primary key, so that rows are found by it
  std::string setup = {};  // statements that run before, say CREATE TYPE
};

struct MatrixCase;  // type_matrix.h

// One empty database of the dialect under test, and what the suite must know to write SQL in it. The suite looks at the database
// only through this, never through the adapter under test.
class ConformanceDatabase {
 public:
  virtual ~ConformanceDatabase() = default;

  // A target over this database.
  virtual TargetConfig Config() const = 0;
  // The same, made.
  virtual absl::StatusOr<std::unique_ptr<Target>> MakeTarget() const { return uow::MakeTarget(Config()); }
  // Runs statements separated by ";". Fails the test where one fails.
  virtual void Execute(const std::string& sql) = 0;
  // The rows of a query: the values as the database casts them to text, NULL as "NULL", separated by "|".
  virtual std::vector<std::string> Query(const std::string& sql) = 0;
  // A quoted identifier.
  virtual std::string Quote(const std::string& name) const = 0;
  // The definition of an integer primary key that the database generates: "INTEGER PRIMARY KEY".
  virtual std::string GeneratedKey() const = 0;
  // The definition of a text primary key that the database generates by a default expression, or empty.
  virtual std::string GeneratedTextKey() const = 0;
  // DDL of a table "doc" with the columns id {key}, title VARCHAR(200), and v: bytes that the database itself gives anew, 16 of
  // them, with every write of the row.
  virtual std::string TokenTable() const = 0;
  // The type of a column for zoned times of the years to 2999, in milliseconds at least.
  virtual std::string ClockType() const { return "TIMESTAMPTZ"; }
  // The types of the dialect.
  virtual std::vector<TypeCase> TypeCases() const = 0;
  // The values of the type matrix.
  virtual std::vector<MatrixCase> MatrixCases() const = 0;
  // Whether the error of a failed foreign key names its columns.
  virtual bool ForeignKeysAreNamed() const = 0;
};

// A dialect that the suite runs on. A test binary instantiates the suite:
//   INSTANTIATE_TEST_SUITE_P(Sqlite, AdapterConformance, testing::Values(ConformanceDialect{"Sqlite", MakeSqliteDatabase}));
struct ConformanceDialect {
  std::string name;
  std::function<std::unique_ptr<ConformanceDatabase>()> make_database;

  friend void PrintTo(const ConformanceDialect& dialect, std::ostream* out) { *out << dialect.name; }
};

// What every dialect's adapter must do, from net changes to the rows in the database. A change is built by names of the schema that
// the target's own catalog gives.
class AdapterConformance : public testing::TestWithParam<ConformanceDialect> {
 protected:
  using Fields = std::vector<std::pair<std::string, v1::Value>>;
  using Key = std::vector<v1::Value>;

  void SetUp() override;
  // An empty database, in which the test's session has saved nothing.
  void StartAfresh();

  // Runs DDL in which "{key}" and "{text_key}" stand for the generated keys' definitions and [name] for a quoted name, then reads
  // the catalog.
  void CreateTables(const std::string& ddl);

  // Changes what the catalog gave: what a client knows of its tables beyond that.
  void Redeclare(const std::function<void(v1::Schema&)>& change);

  v1::NetChange Insert(const std::string& table, Key key, const Fields& fields = {});
  v1::NetChange Update(const std::string& table, Key key, const Fields& fields);
  v1::NetChange Delete(const std::string& table, Key key, const Fields& old = {});
  v1::NetChange Replace(const std::string& table, Key key, const Fields& fields);

  // Saves as the next attempt of the test's session; remembers a committed one as the last executed.
  absl::StatusOr<SaveOutcome> Save(const std::vector<v1::NetChange>& changes);
  // The same for an intent of the caller's own making.
  absl::StatusOr<SaveOutcome> Save(const SaveIntent& intent, const std::vector<v1::NetChange>& changes,
                                   std::function<void(const v1::SaveProgress&)> on_progress = nullptr);
  // The intent that Save would use next; raises the attempt.
  SaveIntent NextIntent();

  // The rows of a query in which [name] stands for a quoted name.
  std::vector<std::string> Query(const std::string& sql);
  void Execute(const std::string& sql);

  // A table of the schema as the catalog has it.
  const v1::Table& TableNamed(const std::string& name);

  std::unique_ptr<ConformanceDatabase> database_;
  std::unique_ptr<Target> target_;
  SchemaRef schema_;
  TargetDescription description_;
  TransactionOptions transaction_;  // of the saves to come
  const std::string session_ = "00112233445566778899aabbccddeeff";

 private:
  v1::NetChange Change(v1::ChangeKind kind, const std::string& table, Key key, const Fields& fields, bool old);
  std::string Spell(const std::string& sql) const;

  uint64_t offset_ = 0;
  uint64_t attempt_ = 0;
  std::string executed_save_id_;
};

namespace test {

// An update that knows what was there.
inline v1::NetChange From(v1::NetChange change, std::vector<v1::Value> old) {
  for (size_t i = 0; i < old.size(); ++i) *change.mutable_fields(static_cast<int>(i))->mutable_old() = std::move(old[i]);
  return change;
}

// An update that gives the row another key.
inline v1::NetChange WithKey(v1::NetChange change, std::vector<v1::Value> key) {
  for (v1::Value& value : key) *change.add_new_key() = std::move(value);
  return change;
}

// Tables that many of the tests use.
inline constexpr char kShop[] =
    "CREATE TABLE customer (id {key}, name VARCHAR(200) NOT NULL, email VARCHAR(200) UNIQUE, age BIGINT CHECK (age >= 0));"
    "CREATE TABLE orders (id {key}, customer_id BIGINT NOT NULL REFERENCES customer (id), note VARCHAR(200) DEFAULT 'none');"
    "CREATE TABLE item (order_id BIGINT NOT NULL REFERENCES orders (id), line BIGINT NOT NULL, sku VARCHAR(200), "
    "PRIMARY KEY (order_id, line));";
inline constexpr char kTree[] = "CREATE TABLE node (id {key}, parent_id BIGINT REFERENCES node (id), name VARCHAR(200));";

}  // namespace test

}  // namespace uow
