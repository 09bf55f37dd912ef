// Rows: how they are found, refused and keyed where MySQL and MariaDB have ways of their own.
#include <limits>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "adapters/mysql/mysql_test_fixture.h"

namespace uow {
namespace {

using test::Bytes;
using test::Decimal;
using test::Double;
using test::Int;
using test::Null;
using test::Ref;
using test::Text;
using test::Unsigned;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class MysqlRows : public MysqlTest {};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlRows, testing::Values(mysql::Mariadb(), mysql::MysqlForms()),
                         [](const auto& info) { return info.param.name; });

TEST_P(MysqlRows, LargeNumbersAreExactAsKeysAndAsForeignKeys) {
  CreateTables(
      "CREATE TABLE p (id BIGINT UNSIGNED PRIMARY KEY, n TEXT); CREATE TABLE c (id DECIMAL(38,18) PRIMARY KEY, p_id BIGINT "
      "UNSIGNED "
      "REFERENCES p (id));");
  const uint64_t odd = (uint64_t{1} << 53) + 1, top = std::numeric_limits<uint64_t>::max();
  ASSERT_TRUE(Save({Insert("p", {Unsigned(odd)}), Insert("p", {Unsigned(odd - 1)}), Insert("p", {Unsigned(top)}),
                    Insert("p", {Unsigned(top - 1)}), Insert("c", {Decimal("0.000000000000000001")}, {{"p_id", Unsigned(odd)}}),
                    Insert("c", {Decimal("0.000000000000000002")}, {{"p_id", Unsigned(top)}})})
                  .ok());
  auto updated = Save({Update("p", {Unsigned(odd)}, {{"n", Text("odd")}}), Update("p", {Unsigned(top)}, {{"n", Text("top")}}),
                       Update("c", {Decimal("0.000000000000000001")}, {{"p_id", Unsigned(top - 1)}}),
                       Update("c", {Decimal("0.000000000000000002")}, {{"p_id", Unsigned(odd - 1)}})});
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_THAT(Query("SELECT id, n FROM p ORDER BY id"), ElementsAre("9007199254740992|NULL", "9007199254740993|odd",
                                                                    "18446744073709551614|NULL", "18446744073709551615|top"));
  EXPECT_THAT(Query("SELECT p_id FROM c ORDER BY id"), ElementsAre("18446744073709551614", "9007199254740992"));
}

TEST_P(MysqlRows, KeysOfManyRowsBelongToTheirRowsWhileOthersInsert) {
  CreateTables("CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, n VARCHAR(20));");
  Execute("SET GLOBAL auto_increment_increment = 3");
  std::vector<absl::StatusOr<SaveOutcome>> outcomes(4, absl::StatusOr<SaveOutcome>(absl::UnknownError("")));
  std::vector<std::vector<v1::NetChange>> changes(outcomes.size());
  for (size_t s = 0; s < outcomes.size(); ++s) {
    for (int i = 1; i <= 500; ++i) changes[s].push_back(Insert("t", {Ref(i)}, {{"n", Text(absl::StrCat(s, "-", i))}}));
  }
  std::vector<std::thread> threads;
  threads.reserve(outcomes.size());
  for (size_t s = 0; s < outcomes.size(); ++s) {
    threads.emplace_back([&, s] {
      SaveTask task;
      task.session = SessionId::Parse(std::string(32, static_cast<char>('a' + s))).value();
      task.intent.save_id = "s";
      task.intent.attempt = 1;
      task.schema = schema_;
      task.changes = &changes[s];
      outcomes[s] = RunSave(*target_, task);
    });
  }
  for (std::thread& thread : threads) thread.join();
  Execute("SET GLOBAL auto_increment_increment = 1");
  std::set<std::string> rows;
  for (const std::string& row : Query("SELECT id, n FROM t")) rows.insert(row);
  EXPECT_THAT(rows, SizeIs(2000));
  for (size_t s = 0; s < outcomes.size(); ++s) {
    ASSERT_TRUE(outcomes[s].ok()) << outcomes[s].status();
    for (const v1::GeneratedEntity& entity : outcomes[s]->generated) {
      EXPECT_EQ(
          rows.count(absl::StrCat(entity.generated_key(0).int64_value(), "|", s, "-", entity.key(0).handle_value().counter())), 1u);
    }
  }
}

TEST_P(MysqlRows, KeysThatATriggerChoosesAreToldRowByRow) {
  if (database().GeneratedTextKey().empty()) GTEST_SKIP() << "MySQL tells no key that its counter hasn't given";
  CreateTables("CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT);");
  // From the counter's 1, 2, 3, …: descending, with equal distances, and every third one as it is.
  for (const char* id : {"10000 - NEW.n", "IF(NEW.n % 3 = 0, 0, 20000 - NEW.n)"}) {
    Execute(absl::StrCat("CREATE OR REPLACE TRIGGER chooser BEFORE INSERT ON t FOR EACH ROW SET NEW.id = ", id));
    std::vector<v1::NetChange> changes;
    for (int i = 1; i <= 20; ++i) changes.push_back(Insert("t", {Ref(i)}, {{"n", Int(i)}}));
    auto outcome = Save(changes);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_THAT(outcome->generated, SizeIs(20));
    for (const v1::GeneratedEntity& entity : outcome->generated) {
      EXPECT_THAT(Query(absl::StrCat("SELECT n FROM t WHERE id = ", entity.generated_key(0).int64_value())),
                  ElementsAre(absl::StrCat(entity.key(0).handle_value().counter())));
    }
  }
}

TEST_P(MysqlRows, ManyRowsArriveWithTheirNullsAndEmptyTexts) {
  CreateTables(
      "CREATE TABLE p (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY); CREATE TABLE t (id BIGINT PRIMARY KEY, p_id BIGINT, n "
      "VARCHAR(20), b VARBINARY(20), d DOUBLE, x DECIMAL(38,18), gone TEXT);");
  std::vector<v1::NetChange> changes = {Insert("p", {Ref(1)}), Insert("p", {Ref(2)})};
  const std::string zeros("\0\0", 2);
  for (int i = 1; i <= 600; ++i) {
    const bool even = i % 2 == 0;
    // A key that is generated is unsigned here, and one that is given isn't.
    changes.push_back(Insert("t", {Int(i)},
                             {{"p_id", i == 1     ? Null()
                                       : i == 600 ? Ref(2)
                                                  : Int(-i)},
                              {"n", i < 300 ? Null()
                                    : even  ? Text("")
                                            : Text("\xf0\x9f\xa6\x8a")},
                              {"b", even ? Bytes(zeros) : Null()},
                              {"d", even ? Null() : Double(0.1)},
                              {"x", Decimal("12345678901234567890.123456789012345678")},
                              {"gone", Null()}}));
  }
  auto outcome = Save(changes);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(
      Query("SELECT COUNT(*), COUNT(n), SUM(n = ''), SUM(n = '\xf0\x9f\xa6\x8a'), SUM(b = x'0000'), SUM(d = 0.1), COUNT(gone), "
            "MIN(x) FROM t"),
      ElementsAre("600|301|151|150|300|300|0|12345678901234567890.123456789012345678"));
  EXPECT_THAT(Query("SELECT p_id FROM t WHERE id IN (1, 2, 600) ORDER BY id"), ElementsAre("NULL", "-2", "2"));
}

TEST_P(MysqlRows, AnyRefusedRowOfABatchIsFound) {
  CreateTables(
      "CREATE TABLE t (id BIGINT PRIMARY KEY, n VARCHAR(5), x DECIMAL(4,2), small TINYINT, CONSTRAINT short CHECK (n <> 'bad'));");
  struct Case {
    std::string column;
    v1::Value value;
    v1::ErrorReason reason;
    std::string sqlstate;
  };
  for (const Case& c : std::vector<Case>{
           {"n", Text("longer"), v1::ERROR_REASON_TARGET_REJECTED, "22001"},
           {"n", Text("bad"), v1::ERROR_REASON_CONSTRAINT_CHECK, "23000"},
           {"small", Int(1000), v1::ERROR_REASON_TARGET_REJECTED, "22003"},
       }) {
    SCOPED_TRACE(c.sqlstate);
    for (bool update : {false, true}) {
      Execute("DELETE FROM t");
      for (int i = 0; update && i < 13; ++i) Execute(absl::StrCat("INSERT INTO t (id) VALUES (", i, ")"));
      for (int bad : {0, 1, 6, 12}) {
        std::vector<v1::NetChange> changes;
        changes.reserve(13);
        for (int i = 0; i < 13; ++i) {
          changes.push_back(update ? Update("t", {Int(i)}, {{c.column, Null()}}) : Insert("t", {Int(i)}, {{c.column, Null()}}));
        }
        *changes[bad].mutable_fields(0)->mutable_value() = c.value;
        absl::Status status = Save(changes).status();
        EXPECT_EQ(ReasonOf(status), c.reason) << status;
        EXPECT_THAT(EntitiesOf(status), ElementsAre(absl::StrCat("t(", bad, ")")));
        EXPECT_EQ(DetailOf(status)->offset(), changes[bad].last_offset());
        EXPECT_EQ(DetailOf(status)->sqlstate(), c.sqlstate);
      }
    }
  }
}

TEST_P(MysqlRows, WhatTheDatabaseCannotHoldIsRefusedBeforeItIsSent) {
  CreateTables("CREATE TABLE t (id BIGINT PRIMARY KEY, d DOUBLE, n LONGTEXT);");
  absl::Status status = Save({Insert("t", {Int(1)}, {{"d", Double(1)}}),
                              Insert("t", {Int(2)}, {{"d", Double(std::numeric_limits<double>::infinity())}})})
                            .status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_VALUE_OUT_OF_RANGE) << status;
  EXPECT_THAT(EntitiesOf(status), ElementsAre("t(2)"));
  // 16 MiB is the server's max_allowed_packet.
  status = Save({Insert("t", {Int(1)}, {{"n", Text("small")}}), Insert("t", {Int(2)}, {{"n", Text(std::string(17 << 20, 'x'))}})})
               .status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_VALUE_TOO_LARGE) << status;
  EXPECT_THAT(EntitiesOf(status), ElementsAre("t(2)"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("max_allowed_packet"));
  EXPECT_THAT(Query("SELECT id FROM t"), IsEmpty());
}

TEST_P(MysqlRows, LargeValuesAreSplitOverPackets) {
  CreateTables("CREATE TABLE t (id BIGINT PRIMARY KEY, n LONGTEXT, b LONGBLOB);");
  std::vector<v1::NetChange> changes;
  const std::string text(5 << 20, 't'), bytes(5 << 20, '\0');
  for (int i = 0; i < 5; ++i) changes.push_back(Insert("t", {Int(i)}, {{"n", Text(text)}, {"b", Bytes(bytes)}}));
  auto saved = Save(changes);
  ASSERT_TRUE(saved.ok()) << saved.status();
  changes.clear();
  for (int i = 0; i < 5; ++i) changes.push_back(Update("t", {Int(i)}, {{"n", Text(absl::StrCat(text, i))}}));
  saved = Save(changes);
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_THAT(Query("SELECT LENGTH(n), RIGHT(n, 1), LENGTH(b), HEX(RIGHT(b, 1)) FROM t WHERE id = 4"),
              ElementsAre("5242881|4|5242880|00"));
}

TEST_P(MysqlRows, KeysOfAnyCollationFindTheirRows) {
  CreateTables(
      "CREATE TABLE t (a VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL, b VARCHAR(20) CHARACTER SET latin1 "
      "NOT "
      "NULL, n BIGINT, PRIMARY KEY (a, b));");
  Execute("INSERT INTO t VALUES ('Ä', 'ö', 1), ('B', 'x', 2), ('😀', 'y', 3)");
  auto saved = Save({Update("t", {Text("Ä"), Text("ö")}, {{"n", Int(10)}}), Update("t", {Text("B"), Text("x")}, {{"n", Int(20)}}),
                     Update("t", {Text("😀"), Text("y")}, {{"n", Int(30)}})});
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_THAT(Query("SELECT n FROM t ORDER BY n"), ElementsAre("10", "20", "30"));
  saved = Save({Delete("t", {Text("Ä"), Text("ö")}), Delete("t", {Text("B"), Text("x")})});
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_THAT(Query("SELECT n FROM t"), ElementsAre("30"));
}

TEST_P(MysqlRows, TablesWithoutTransactionsAreRefusedEvenWhereASchemaHasThem) {
  CreateTables("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT); CREATE TABLE other (id BIGINT PRIMARY KEY);");
  Execute("ALTER TABLE t ENGINE=MyISAM");
  absl::Status status = Save({Insert("other", {Int(1)}), Insert("t", {Int(1)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("MyISAM"));
  EXPECT_THAT(Query("SELECT id FROM other"), IsEmpty());
  auto description = target_->Describe();
  ASSERT_TRUE(description.ok());
  ASSERT_THAT(description->skipped, SizeIs(1));
  EXPECT_THAT(description->skipped[0].why(), HasSubstr("MyISAM"));
}

TEST_P(MysqlRows, WhatATriggerSaysReachesTheUserWithItsRow) {
  CreateTables("CREATE TABLE t (id BIGINT PRIMARY KEY, n TEXT);");
  Execute(
      "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW IF NEW.n = 'no' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not on "
      "Sundays'; END IF");
  absl::Status status = Save({Insert("t", {Int(1)}, {{"n", Text("yes")}}), Insert("t", {Int(2)}, {{"n", Text("no")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("not on Sundays"));
  EXPECT_THAT(EntitiesOf(status), ElementsAre("t(2)"));
}

}  // namespace
}  // namespace uow
