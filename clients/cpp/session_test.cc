// A session against a real uowd: what a user does when nothing goes wrong with the connection.
#include <string>

#include "clients/cpp/integration_fixture.h"
#include "gmock/gmock.h"

namespace uow {
namespace {

using testing::HasSubstr;
using SessionTest = IntegrationTest;

struct Wrong : Table<Wrong> {
  static constexpr absl::string_view kName = "authors";
  static constexpr Column<"id", std::string, kKey> id{};
  static constexpr Column<"nickname", std::string> nickname{};
  static constexpr auto kColumns = uow::Columns(id, nickname);
};

TEST_F(SessionTest, AGraphOfNewRowsGetsItsKeysFromTheDatabase) {
  auto session = Open();
  Entity<Author> author = CreateAuthor(*session, "Ann");
  Entity<Book> first = *session->create(Book::author = author, Book::title = "One");
  Entity<Book> second = *session->create(Book::author = author, Book::sequel_to = first, Book::title = "Two");
  Entity<Loan> loan = *session->create(Loan::book = second, Loan::number = 1);
  EXPECT_FALSE(author.has_key());
  EXPECT_THAT(std::string(author.get(Author::id).status().message()), HasSubstr("generates at the next save"));
  EXPECT_EQ(*second.follow(Book::sequel_to), first);

  absl::StatusOr<SaveResult> saved = session->save();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(saved->inserted, 4u);
  EXPECT_EQ(*second.get(Book::sequel_to), *first.get(Book::id));
  EXPECT_EQ(*loan.get(Loan::book), *second.get(Book::id));
  EXPECT_EQ(session->find<Author>(Author::id = *author.get(Author::id)), author);
  EXPECT_EQ(session->find<Loan>(Loan::book = *second.get(Book::id), Loan::number = 1), loan);
  EXPECT_EQ(Query("select group_concat(b.title || coalesce(p.title, '-')) from books b left join books p on p.id = b.sequel_to"),
            "One-,TwoOne");
  EXPECT_EQ(Query("select days from loans"), "14");
  EXPECT_TRUE(session->close().ok());
}

TEST_F(SessionTest, ASaveUpToACheckpointLeavesTheRestPending) {
  auto session = Open();
  Entity<Author> author = CreateAuthor(*session, "Ann");
  Checkpoint checkpoint = *session->set_checkpoint("ann");
  ASSERT_TRUE(author.set(Author::name, "Anna").ok());
  Entity<Book> book = *session->create(Book::author = author, Book::title = "One");

  ASSERT_TRUE(session->save(checkpoint).ok());
  EXPECT_EQ(Query("select name from authors"), "Ann");
  EXPECT_EQ(*author.get(Author::name), "Anna");
  PendingChanges pending = *session->pending();
  EXPECT_EQ(pending.inserts, 1u);
  EXPECT_EQ(pending.updates, 1u);

  ASSERT_TRUE(session->save().ok());
  EXPECT_EQ(Query("select name || author_id from authors a join books b on b.author_id = a.id"),
            "Anna" + std::to_string(*author.get(Author::id)));
  EXPECT_EQ(session->pending()->total(), 0u);
}

TEST_F(SessionTest, ASaveHasATimeLimitOfItsOwn) {
  Execute(
      "CREATE TABLE thousand (i INTEGER); INSERT INTO thousand WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
      "WHERE "
      "i < 1000) SELECT i FROM c; CREATE TRIGGER slow AFTER INSERT ON authors WHEN new.name = 'Slow' BEGIN DELETE FROM thousand "
      "WHERE "
      "i > (SELECT count(*) FROM thousand a, thousand b, thousand c WHERE a.i + b.i + c.i > new.id); END;");
  auto session = Open();
  Checkpoint before = *session->set_checkpoint();
  CreateAuthor(*session, "Slow");
  absl::Status status =
      session->save({.isolation_level = IsolationLevel::kSerializable, .statement_timeout = absl::Milliseconds(150)}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_REJECTED) << status;
  status = session->save({.statement_timeout = absl::Microseconds(1)}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST) << status;
  ASSERT_TRUE(session->rollback(before).ok());
  CreateAuthor(*session, "Quick");
  EXPECT_TRUE(session->save({.isolation_level = IsolationLevel::kReadCommitted, .statement_timeout = absl::Seconds(90)}).ok());
}

TEST_F(SessionTest, ARollbackUndoesMemoryAndJournal) {
  auto session = Open();
  Entity<Author> ann = CreateAuthor(*session, "Ann");
  Checkpoint checkpoint = *session->set_checkpoint();
  Entity<Author> bob = CreateAuthor(*session, "Bob");
  ASSERT_TRUE(ann.set(Author::name, "Wrong").ok());
  ASSERT_TRUE(session->erase(ann).ok());
  ASSERT_TRUE(session->rollback(checkpoint).ok());
  EXPECT_TRUE(ann.live());
  EXPECT_EQ(*ann.get(Author::name), "Ann");
  EXPECT_EQ(bob.life(), EntityLife::kDetached);
  EXPECT_EQ(*bob.get(Author::name), "Bob");
  EXPECT_EQ(ReasonOf(bob.set(Author::name, "x")), v1::ERROR_REASON_HANDLE_UNKNOWN);
  EXPECT_EQ(ReasonOf(session->create(Book::author = bob, Book::title = "x").status()), v1::ERROR_REASON_HANDLE_UNKNOWN);

  CreateAuthor(*session, "Cid");
  ASSERT_TRUE(session->save().ok());
  EXPECT_EQ(Query("select group_concat(name) from authors"), "Ann,Cid");
}

TEST_F(SessionTest, WhatIsSavedCantBeRolledBack) {
  auto session = Open();
  Checkpoint before = *session->set_checkpoint("before");
  Entity<Author> ann = CreateAuthor(*session, "Ann");
  ASSERT_TRUE(session->save().ok());
  EXPECT_EQ(ReasonOf(session->rollback(before)), v1::ERROR_REASON_ROLLBACK_BELOW_SAVED);
  EXPECT_TRUE(ann.live());
  EXPECT_EQ(ReasonOf(session->rollback({"never set"})), v1::ERROR_REASON_CHECKPOINT_NOT_FOUND);
  EXPECT_TRUE(session->checkpoints().empty());
}

TEST_F(SessionTest, CheckpointsAreNamedOnce) {
  auto session = Open();
  Checkpoint a = *session->set_checkpoint("a");
  EXPECT_EQ(ReasonOf(session->set_checkpoint("a").status()), v1::ERROR_REASON_CHECKPOINT_EXISTS);
  EXPECT_EQ(ReasonOf(session->set_checkpoint(std::string(256, 'x')).status()), v1::ERROR_REASON_INVALID_REQUEST);
  ASSERT_TRUE(session->set_checkpoint("b").ok());
  ASSERT_TRUE(session->rollback(a).ok());
  EXPECT_TRUE(session->set_checkpoint("b").ok());
  EXPECT_TRUE(session->flush().ok());
}

TEST_F(SessionTest, LoadedRowsAreUpdatedByTheirChangedColumnsOnly) {
  Execute("insert into authors (id, name, extra) values (7, 'Ann', '{}'), (8, 'Bob', null)");
  auto session = Open();
  Entity<Author> ann = *session->attach(Author::id = 7, Author::name = "Ann", Author::born = std::nullopt);
  Entity<Author> bob = *session->attach(Author::id = 8);
  EXPECT_EQ(*session->attach(Author::id = 7, Author::name = "read again"), ann);
  EXPECT_EQ(*ann.get(Author::name), "read again");
  EXPECT_FALSE(ann.get(Author::extra).ok());  // not loaded
  ASSERT_TRUE(ann.set(Author::born, Date(1999, 12, 31)).ok());
  ASSERT_TRUE(ann.set(Author::name, "read again").ok());  // no change
  ASSERT_TRUE(session->erase(bob).ok());
  EXPECT_EQ(ReasonOf(session->attach(Author::id = 8).status()), v1::ERROR_REASON_ENTITY_DELETED);

  SaveResult saved = *session->save();
  EXPECT_EQ(saved.updated, 1u);
  EXPECT_EQ(saved.deleted, 1u);
  EXPECT_EQ(Query("select name || born || extra from authors"), "Ann1999-12-31{}");
}

TEST_F(SessionTest, AReferenceToAnUnknownRowIsFollowedByItsKey) {
  auto session = Open();
  Entity<Book> book = *session->attach(Book::id = 1, Book::author = 7);
  Entity<Author> author = **book.follow(Book::author);
  EXPECT_EQ(*author.get(Author::id), 7);
  EXPECT_EQ(session->find<Author>(Author::id = 7), author);
}

TEST_F(SessionTest, AConstraintViolationNamesTheEntityAndCanBeTakenBack) {
  Execute("insert into authors (name) values ('Ann')");
  auto session = Open();
  CreateAuthor(*session, "Bob");
  Checkpoint checkpoint = *session->set_checkpoint();
  CreateAuthor(*session, "Ann");
  absl::Status status = session->save().status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_UNIQUE) << status;
  std::optional<v1::ErrorDetail> detail = DetailOf(status);
  ASSERT_TRUE(detail && detail->entities_size() == 1) << status;
  EXPECT_EQ(detail->entities(0).table(), "authors");
  EXPECT_EQ(detail->offset(), 1u);
  EXPECT_EQ(Query("select count(*) from authors"), "1");

  ASSERT_TRUE(session->rollback(checkpoint).ok());
  EXPECT_EQ(session->save()->inserted, 1u);
}

TEST_F(SessionTest, WhatTheJournalRefusesFailsTheSaveUntilItIsRolledBackPast) {
  auto session = Open();
  Entity<Author> ann = CreateAuthor(*session, "Ann");
  Checkpoint checkpoint = *session->set_checkpoint();
  ASSERT_TRUE(ann.set(Author::extra, Json{"{not json"}).ok());  // the client doesn't parse it
  EXPECT_EQ(ReasonOf(session->flush()), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  Checkpoint later = *session->set_checkpoint();
  ASSERT_TRUE(ann.set(Author::name, "Anna").ok());
  EXPECT_EQ(ReasonOf(session->save().status()), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  ASSERT_TRUE(session->rollback(later).ok());
  EXPECT_EQ(ReasonOf(session->save().status()), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  ASSERT_TRUE(session->rollback(checkpoint).ok());
  ASSERT_TRUE(ann.set(Author::extra, Json{"{\"a\": 1}"}).ok());
  absl::StatusOr<SaveResult> saved = session->save();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(Query("select name || extra from authors"), "Ann{\"a\": 1}");
}

TEST_F(SessionTest, ARollbackRightAfterWhatTheJournalRefusesNeedsNoOther) {
  auto session = Open();
  Entity<Author> ann = CreateAuthor(*session, "Ann");
  for (int i = 0; i < 20; ++i) {
    Checkpoint checkpoint = *session->set_checkpoint();
    ASSERT_TRUE(ann.set(Author::extra, Json{"{not json"}).ok());
    ASSERT_TRUE(session->rollback(checkpoint).ok());
    ASSERT_TRUE(ann.set(Author::name, "Ann" + std::to_string(i)).ok());
  }
  ASSERT_TRUE(session->save().ok());
  EXPECT_EQ(Query("select name from authors"), "Ann19");
}

TEST_F(SessionTest, TablesThatDontAgreeAreRefusedAtOpen) {
  absl::Status status = Connect().open({.target = "main", .tables = tables<Wrong>()}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_SCHEMA_INVALID);
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"id\" has SQL type INT64"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("no column \"nickname\""));
  EXPECT_EQ(ReasonOf(Connect().open({.target = "none", .tables = AllTables()}).status()), v1::ERROR_REASON_TARGET_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Connect().resume(std::string(32, '0'), AllTables()).status()), v1::ERROR_REASON_SESSION_NOT_FOUND);
}

TEST_F(SessionTest, DeclaredTablesCanBeTheSchema) {
  auto session = *Connect().open({.target = "main", .tables = AllTables(), .schema = SchemaSource::kDeclared});
  Entity<Author> ann = CreateAuthor(*session, "Ann");
  ASSERT_TRUE(session->create(Book::author = ann, Book::title = "One").ok());
  absl::StatusOr<SaveResult> saved = session->save();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(saved->inserted, 2u);
}

TEST_F(SessionTest, AClosedSessionSaysSo) {
  auto session = Open();
  Entity<Author> ann = CreateAuthor(*session, "Ann");
  ASSERT_TRUE(session->close(/*keep_history=*/true).ok());
  EXPECT_TRUE(session->close().ok());
  EXPECT_EQ(ReasonOf(ann.set(Author::name, "x")), v1::ERROR_REASON_SESSION_CLOSED);
  EXPECT_EQ(ReasonOf(session->save().status()), v1::ERROR_REASON_SESSION_CLOSED);
  EXPECT_EQ(ReasonOf(Connect().resume(session->id(), AllTables()).status()), v1::ERROR_REASON_SESSION_CLOSED);
}

TEST_F(SessionTest, EntitiesOfOneSessionAreNoValuesOfAnother) {
  auto one = Open();
  auto other = Open();
  Entity<Author> ann = CreateAuthor(*one, "Ann");
  EXPECT_EQ(other->create(Book::author = ann, Book::title = "x").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(other->erase(ann).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace uow
