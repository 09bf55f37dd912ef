// Rows of tables that refer to themselves: what refers to itself, what a key's cascade takes along, keys that are given again.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/adapter_conformance.h"
#include "gmock/gmock.h"
#include "journal/errors.h"

namespace uow {
namespace {

using test::From;
using test::Int;
using test::Null;
using test::Ref;
using test::Text;
using test::WithKey;
using testing::ElementsAre;

// InnoDB lets such a row neither go nor change its key.
TEST_P(AdapterConformance, ARowThatRefersToItselfIsDeletedAndGetsAnotherKey) {
  for (const char* actions : {"", "ON DELETE CASCADE", "ON UPDATE CASCADE"}) {
    SCOPED_TRACE(actions);
    Execute("DROP TABLE IF EXISTS node");
    CreateTables(absl::StrCat("CREATE TABLE node (id BIGINT PRIMARY KEY, root BIGINT, CONSTRAINT to_root FOREIGN KEY (root) ",
                              "REFERENCES node (id) ", actions, ");"));
    Execute("INSERT INTO node VALUES (1, 1), (2, 2), (3, 3)");
    absl::StatusOr<SaveOutcome> outcome = Save({Delete("node", {Int(1)}, {{"root", Int(1)}}),
                                                WithKey(From(Update("node", {Int(2)}, {{"root", Int(20)}}), {Int(2)}), {Int(20)})});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->deleted, 1u);
    EXPECT_THAT(Query("SELECT id, root FROM node ORDER BY id"), ElementsAre("3|3", "20|20"));
  }
}

TEST_P(AdapterConformance, ARowThatMustReferToItselfStaysWhereTheDatabaseKeepsIt) {
  CreateTables("CREATE TABLE node (id BIGINT PRIMARY KEY, root BIGINT NOT NULL, FOREIGN KEY (root) REFERENCES node (id));");
  Execute("INSERT INTO node VALUES (1, 1)");
  const absl::Status status = Save({Delete("node", {Int(1)}, {{"root", Int(1)}})}).status();
  if (!target_->traits().keeps_self_references) {
    EXPECT_TRUE(status.ok()) << status;
    return;
  }
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ROW_CYCLE) << status;
  EXPECT_EQ(DetailOf(status)->entities_size(), 1);
  EXPECT_THAT(Query("SELECT id FROM node"), ElementsAre("1"));
}

TEST_P(AdapterConformance, WhatRefersToANewRowUnderAnOldKeyStaysWithIt) {
  CreateTables(
      "CREATE TABLE node (id BIGINT PRIMARY KEY, up BIGINT, CONSTRAINT to_up FOREIGN KEY (up) REFERENCES node (id) ON UPDATE "
      "CASCADE);");
  Execute("INSERT INTO node VALUES (4, NULL)");
  // The cascade of the key would take the reference along, were it written ahead of it.
  absl::StatusOr<SaveOutcome> outcome = Save(
      {WithKey(From(Update("node", {Int(4)}, {{"up", Int(4)}}), {Null()}), {Int(5)}), Insert("node", {Int(4)}, {{"up", Int(5)}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT id, up FROM node ORDER BY id"), ElementsAre("4|5", "5|4"));
}

TEST_P(AdapterConformance, ANewRowMayGetTheKeyOfOneThatACascadeTook) {
  CreateTables(
      "CREATE TABLE node (id {key}, code VARCHAR(20) NOT NULL UNIQUE, next_id BIGINT, CONSTRAINT to_next FOREIGN KEY (next_id) "
      "REFERENCES node (id) ON DELETE CASCADE);");
  Execute(
      "INSERT INTO node (code) VALUES ('first'), ('b'), ('a'); UPDATE node SET next_id = 3 WHERE id = 2;"
      "UPDATE node SET next_id = 2 WHERE id = 3");
  // Each of both takes the other one along; the new rows take their codes, and refer to one another.
  absl::StatusOr<SaveOutcome> outcome = Save({Delete("node", {Int(3)}, {{"code", Text("a")}, {"next_id", Int(2)}}),
                                              Delete("node", {Int(2)}, {{"code", Text("b")}, {"next_id", Int(3)}}),
                                              Insert("node", {Ref(1)}, {{"code", Text("a")}, {"next_id", Int(100)}}),
                                              Insert("node", {Int(100)}, {{"code", Text("b")}, {"next_id", Ref(1)}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT code FROM node ORDER BY code"), ElementsAre("a", "b", "first"));
  EXPECT_THAT(Query("SELECT n.code FROM node n JOIN node m ON m.id = n.next_id AND m.next_id = n.id ORDER BY n.code"),
              ElementsAre("a", "b"));
}

}  // namespace
}  // namespace uow
