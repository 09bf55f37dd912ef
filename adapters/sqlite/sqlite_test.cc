#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/sqlite/sqlite_target.h"
#include "adapters/sqlite/test_database.h"
#include "adapters/type_matrix.h"
#include "gmock/gmock.h"
#include "journal/errors.h"

namespace uow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(Sqlite, AdapterConformance,
                         testing::Values(ConformanceDialect{"Sqlite", [] { return std::make_unique<SqliteDatabase>(); }},
                                         ConformanceDialect{"SqliteClient",
                                                            [] { return std::make_unique<SqliteClientDatabase>(); }}),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Sqlite, TypeMatrix,
                         testing::Values(ConformanceDialect{"Sqlite", [] { return std::make_unique<SqliteDatabase>(); }},
                                         ConformanceDialect{"SqliteClient",
                                                            [] { return std::make_unique<SqliteClientDatabase>(); }}),
                         [](const auto& info) { return info.param.name; });

// What only SQLite has.
class SqliteTest : public AdapterConformance {
 protected:
  SqliteDatabase& file() { return static_cast<SqliteDatabase&>(*database_); }
  absl::Status AcquireFrom(const std::string& dsn) {
    TargetConfig config;
    config.name = "t";
    config.dsn = dsn;
    auto target = MakeTarget(config);
    return target.ok() ? (*target)->Acquire().status() : target.status();
  }
};
INSTANTIATE_TEST_SUITE_P(Sqlite, SqliteTest,
                         testing::Values(ConformanceDialect{"Sqlite", [] { return std::make_unique<SqliteDatabase>(); }}),
                         [](const auto& info) { return info.param.name; });

TEST_P(SqliteTest, AMissingDatabaseIsNotCreated) {
  std::string path = file().path() + ".missing";
  absl::Status status = AcquireFrom("sqlite:" + path);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_UNAVAILABLE) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_P(SqliteTest, DatabasesInMemoryAndUrisAreRefused) {
  for (const char* dsn : {"sqlite:", "sqlite::memory:", "sqlite:file:x?mode=memory", "sqlite:///x"}) {
    EXPECT_EQ(ReasonOf(AcquireFrom(dsn)), v1::ERROR_REASON_INVALID_REQUEST) << dsn;
  }
  EXPECT_EQ(ReasonOf(AcquireFrom("oracle:secret")), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_THAT(std::string(AcquireFrom("oracle:secret").message()), testing::Not(HasSubstr("secret")));
}

TEST_P(SqliteTest, AFileThatIsNoDatabaseIsRejected) {
  std::string path = file().path() + ".txt";
  std::ofstream(path) << std::string(4096, 'x');
  EXPECT_EQ(ReasonOf(AcquireFrom("sqlite:" + path)), v1::ERROR_REASON_TARGET_REJECTED);
}

TEST_P(SqliteTest, AFileThatWasReplacedIsOpenedAnew) {
  Execute("PRAGMA journal_mode=DELETE");
  CreateTables("CREATE TABLE t (id {key});");
  ASSERT_TRUE(Save({Insert("t", {test::Ref(1)})}).ok());
  // A restored backup: another file under the same name.
  std::filesystem::copy(file().path(), file().path() + ".copy");
  std::filesystem::rename(file().path() + ".copy", file().path());
  auto outcome = Save({Insert("t", {test::Ref(1)})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  SqliteDatabase* keep = &file();
  sqlite3* fresh = nullptr;
  ASSERT_EQ(sqlite3_open(keep->path().c_str(), &fresh), SQLITE_OK);
  sqlite3_stmt* count = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(fresh, "SELECT count(*) FROM t", -1, &count, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_step(count), SQLITE_ROW);
  EXPECT_EQ(sqlite3_column_int(count, 0), 2);
  sqlite3_finalize(count);
  sqlite3_close(fresh);
}

TEST_P(SqliteTest, AFileThatIsLockedIsAConflict) {
  CreateTables("CREATE TABLE t (id {key});");
  TargetConfig config = database_->Config();
  config.statement_timeout = absl::Milliseconds(5);
  target_ = *MakeTarget(config);
  Execute("BEGIN IMMEDIATE");
  absl::Status status = Save({Insert("t", {test::Ref(1)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_CONFLICT) << status;
  Execute("ROLLBACK");
  EXPECT_TRUE(Save({Insert("t", {test::Ref(1)})}).ok());
}

TEST_P(SqliteTest, ALockThatIsReleasedInTimeIsWaitedFor) {
  CreateTables("CREATE TABLE t (id {key});");
  TargetConfig config = database_->Config();
  config.statement_timeout = absl::Milliseconds(20);
  target_ = *MakeTarget(config);
  Execute("BEGIN IMMEDIATE");
  std::thread release([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(80));
    Execute("ROLLBACK");
  });
  auto outcome = Save({Insert("t", {test::Ref(1)})});
  release.join();
  EXPECT_TRUE(outcome.ok()) << outcome.status();
}

TEST_P(SqliteTest, DigitsThatANumericColumnWouldLoseAreRefused) {
  CreateTables("CREATE TABLE t (id INTEGER PRIMARY KEY, n DECIMAL(30,10), s STRING, j JSON);");
  absl::Status status = Save({Insert("t", {test::Int(1)}, {{"n", test::Decimal("1234567890.1234567")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_VALUE_OUT_OF_RANGE) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("DECIMAL TEXT"));
  EXPECT_EQ(DetailOf(status)->entities_size(), 1);
  status = Save({Insert("t", {test::Int(1)}, {{"s", test::Text("007")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_VALUE_OUT_OF_RANGE) << status;
  status = Save({Insert("t", {test::Int(1)}, {{"j", test::Json("12345678901234567890")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_VALUE_OUT_OF_RANGE) << status;
  auto outcome =
      Save({Insert("t", {test::Int(1)}, {{"n", test::Decimal("12345.6789")}, {"s", test::Text("x7")}, {"j", test::Json("12")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT n, s, j FROM t"), ElementsAre("12345.6789|x7|12"));
}

TEST_P(SqliteTest, ValuesThatSqliteCannotHoldAreRefused) {
  CreateTables("CREATE TABLE t (id INTEGER PRIMARY KEY, d DOUBLE);");
  absl::Status status = Save({Insert("t", {test::Int(1)}, {{"d", test::Double(0.0 / 0.0)}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_VALUE_OUT_OF_RANGE) << status;

  // A schema that a client has declared for another dialect.
  v1::Schema schema = description_.schema;
  v1::Column& column = *schema.mutable_tables(0)->mutable_columns(1);
  column.mutable_type()->set_kind(v1::Type::KIND_UINT64);
  schema_ = *SchemaIndex::Create(schema);
  description_.schema = schema;
  status = Save({Insert("t", {test::Int(1)}, {{"d", test::Unsigned(UINT64_MAX)}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_VALUE_OUT_OF_RANGE) << status;

  column.mutable_type()->set_kind(v1::Type::KIND_ARRAY);
  column.mutable_type()->mutable_element()->set_kind(v1::Type::KIND_INT64);
  schema_ = *SchemaIndex::Create(schema);
  description_.schema = schema;
  status = Save({Insert("t", {test::Int(1)}, {{"d", test::Array({test::Int(1)})}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_NOT_SUPPORTED) << status;
}

TEST_P(SqliteTest, BytesAreStoredAsABlobWithTheirNuls) {
  CreateTables("CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB, s TEXT);");
  auto outcome = Save({Insert("t", {test::Int(1)}, {{"b", test::Bytes(std::string("\0\xff\x01", 3))}, {"s", test::Text("x")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT hex(b), typeof(b) FROM t"), ElementsAre("00FF01|blob"));
}

TEST_P(SqliteTest, TablesWithoutRowidAndStrictTablesWork) {
  CreateTables(
      "CREATE TABLE a (k TEXT PRIMARY KEY, v INTEGER) WITHOUT ROWID; CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT, a TEXT "
      "REFERENCES a) STRICT; CREATE TABLE c (id INTEGER PRIMARY KEY, v INTEGER) WITHOUT ROWID;");
  EXPECT_EQ(TableNamed("a").columns(0).generation(), v1::GENERATION_UNSPECIFIED);
  EXPECT_EQ(TableNamed("b").columns(0).generation(), v1::GENERATION_KEY);
  EXPECT_EQ(TableNamed("c").columns(0).generation(), v1::GENERATION_UNSPECIFIED) << "no rowid, so nothing generates it";
  ASSERT_EQ(TableNamed("b").foreign_keys_size(), 1) << "a reference without columns means the parent's key";
  EXPECT_THAT(TableNamed("b").foreign_keys(0).referenced_columns(), ElementsAre(0));
  auto outcome =
      Save({Insert("b", {test::Ref(1)}, {{"a", test::Text("x")}}), Insert("a", {test::Text("x")}, {{"v", test::Int(1)}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT b.id, a.v FROM b JOIN a ON a.k = b.a"), ElementsAre("1|1"));
}

TEST_P(SqliteTest, TheCatalogTellsKeysThatAreGenerated) {
  CreateTables(
      "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE b (id INTEGER PRIMARY KEY DESC); "
      "CREATE TABLE c (id INT PRIMARY KEY); CREATE TABLE d (id TEXT PRIMARY KEY DEFAULT (hex(randomblob(8)))); "
      "CREATE TABLE e (id TEXT PRIMARY KEY DEFAULT 'x', twice INTEGER GENERATED ALWAYS AS (1 + 1) VIRTUAL, "
      "kept INTEGER AS (2 + 2) STORED); CREATE VIRTUAL TABLE f USING fts5(body);");
  EXPECT_EQ(TableNamed("a").columns(0).generation(), v1::GENERATION_KEY);
  EXPECT_EQ(TableNamed("b").columns(0).generation(), v1::GENERATION_UNSPECIFIED) << "DESC is not the rowid";
  EXPECT_EQ(TableNamed("c").columns(0).generation(), v1::GENERATION_UNSPECIFIED);
  EXPECT_EQ(TableNamed("d").columns(0).generation(), v1::GENERATION_KEY);
  EXPECT_EQ(TableNamed("e").columns(0).generation(), v1::GENERATION_UNSPECIFIED);
  EXPECT_EQ(TableNamed("e").columns(1).generation(), v1::GENERATION_COMPUTED);
  EXPECT_EQ(TableNamed("e").columns(2).generation(), v1::GENERATION_COMPUTED);
  EXPECT_FALSE(description_.skipped.empty());
}

TEST_P(SqliteTest, AnIndexOverExpressionsOrSomeRowsIsNoUniqueConstraint) {
  CreateTables(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE UNIQUE INDEX u1 ON t (a, b); "
      "CREATE UNIQUE INDEX u2 ON t (lower(a)); CREATE UNIQUE INDEX u3 ON t (b) WHERE b > 'm'; CREATE INDEX i ON t (b);");
  ASSERT_EQ(TableNamed("t").uniques_size(), 1);
  EXPECT_EQ(TableNamed("t").uniques(0).name(), "u1");
  ASSERT_TRUE(Save({Insert("t", {test::Int(1)}, {{"a", test::Text("X")}})}).ok());
  absl::Status status = Save({Insert("t", {test::Int(2)}, {{"a", test::Text("x")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_UNIQUE) << status;
  EXPECT_EQ(DetailOf(status)->constraint(), "u2");
}

TEST_P(SqliteTest, AnIgnoredInsertIsAnError) {
  CreateTables("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE ON CONFLICT IGNORE);");
  ASSERT_TRUE(Save({Insert("t", {test::Ref(1)}, {{"a", test::Text("x")}})}).ok());
  absl::Status status = Save({Insert("t", {test::Ref(1)}, {{"a", test::Text("x")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  status = Save({Insert("t", {test::Int(5)}, {{"a", test::Text("x")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
}

TEST_P(SqliteTest, ATriggerThatRaisesIsARejection) {
  CreateTables(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE TRIGGER g BEFORE INSERT ON t WHEN new.a = 'bad' BEGIN SELECT "
      "RAISE(ABORT, 'a is bad'); END;");
  absl::Status status =
      Save({Insert("t", {test::Int(1)}, {{"a", test::Text("ok")}}), Insert("t", {test::Int(2)}, {{"a", test::Text("bad")}})})
          .status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("a is bad"));
  ASSERT_EQ(DetailOf(status)->entities_size(), 1);
  EXPECT_EQ(DetailOf(status)->entities(0).key(0).int64_value(), 2);
}

TEST_P(SqliteTest, DirtFromBeforeIsNotBlamedOnTheSave) {
  CreateTables("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p);");
  Execute("PRAGMA foreign_keys=OFF; INSERT INTO c (id, p) VALUES (1, 99)");
  EXPECT_TRUE(Save({Insert("c", {test::Int(2)})}).ok());
  absl::Status status = Save({Insert("c", {test::Int(3)}, {{"p", test::Int(98)}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY) << status;
  ASSERT_EQ(DetailOf(status)->entities_size(), 1);
  EXPECT_EQ(DetailOf(status)->entities(0).key(0).int64_value(), 3);
}

TEST_P(SqliteTest, AFailedReferenceInATableWithoutRowidIsNamed) {
  CreateTables(
      "CREATE TABLE p (a TEXT, b INTEGER, PRIMARY KEY (a, b)); CREATE TABLE c (k TEXT PRIMARY KEY, a TEXT, b INTEGER, "
      "FOREIGN KEY (a, b) REFERENCES p (a, b)) WITHOUT ROWID;");
  absl::Status status = Save({Insert("p", {test::Text("x"), test::Int(1)}),
                              Insert("c", {test::Text("good")}, {{"a", test::Text("x")}, {"b", test::Int(1)}}),
                              Insert("c", {test::Text("bad")}, {{"a", test::Text("x")}, {"b", test::Int(2)}})})
                            .status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY) << status;
  ASSERT_EQ(DetailOf(status)->entities_size(), 1);
  EXPECT_EQ(DetailOf(status)->entities(0).key(0).text_value(), "bad");
  EXPECT_THAT(DetailOf(status)->columns(), ElementsAre("a", "b"));
}

TEST_P(SqliteTest, RowsThatReferToOneAnotherByGivenKeysNeedNoOrder) {
  CreateTables("CREATE TABLE t (id INTEGER PRIMARY KEY, next INTEGER NOT NULL REFERENCES t);");
  auto outcome =
      Save({Insert("t", {test::Int(1)}, {{"next", test::Int(2)}}), Insert("t", {test::Int(2)}, {{"next", test::Int(1)}})});
  EXPECT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_TRUE(Save({Insert("t", {test::Int(3)}, {{"next", test::Int(3)}})}).ok()) << "a row may refer to itself by a given key";
}

TEST_P(SqliteTest, AReadOnlyOrUnreadableFileIsDenied) {
  Execute("PRAGMA journal_mode=DELETE");
  CreateTables("CREATE TABLE t (id {key});");
  const std::filesystem::path path = file().path();
  ::chmod(path.parent_path().c_str(), 0755);
  for (mode_t mode : {0444, 0000}) {
    ::chmod(path.c_str(), mode);
    // Root may do anything, and so becomes somebody else for a moment.
    const bool root = ::geteuid() == 0;
    ASSERT_TRUE(!root || ::seteuid(65534) == 0);
    absl::Status status = AcquireFrom(absl::StrCat("sqlite:", path.string()));
    ASSERT_TRUE(!root || ::seteuid(0) == 0);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_DENIED) << mode << ": " << status;
  }
}

TEST_P(SqliteTest, StatementsAreShownAsTheyRun) {
  CreateTables("CREATE TABLE [or\"der] (id {key}, [a b] TEXT, c TEXT);");
  std::vector<v1::NetChange> changes = {Insert("or\"der", {test::Ref(1)}, {{"c", test::Text("x")}}),
                                        Insert("or\"der", {test::Int(5)}), Insert("or\"der", {test::Ref(2)}),
                                        Update("or\"der", {test::Int(7)}, {{"a b", test::Null()}}),
                                        Delete("or\"der", {test::Int(8)})};
  auto plan = BuildPlan(*schema_, changes, target_->traits());
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::vector<std::string> statements;
  for (const Step& step : plan->steps) statements.push_back(target_->Render(*schema_, step).sql);
  EXPECT_THAT(statements,
              ElementsAre(R"(INSERT INTO "or""der" ("id") VALUES (?1))", R"(INSERT INTO "or""der" DEFAULT VALUES RETURNING "id")",
                          R"(INSERT INTO "or""der" ("c") VALUES (?1) RETURNING "id")",
                          R"(UPDATE "or""der" SET "a b" = ?1 WHERE "id" = ?2)", R"(DELETE FROM "or""der" WHERE "id" = ?1)"));
}

}  // namespace
}  // namespace uow
