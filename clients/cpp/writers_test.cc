// Several writers of one session.
#include <string>

#include "clients/cpp/integration_fixture.h"

namespace uow {
namespace {

using WritersTest = IntegrationTest;

TEST_F(WritersTest, ARollbackByAnotherWriterIsUndoneHereAndReportedOnce) {
  auto mine = Open();
  Entity<Author> ann = CreateAuthor(*mine, "Ann");
  ASSERT_TRUE(mine->set_checkpoint("ann").ok());
  Entity<Author> bob = CreateAuthor(*mine, "Bob");
  ASSERT_TRUE(ann.set(Author::name, "Anna").ok());
  ASSERT_TRUE(mine->flush().ok());
  auto theirs = Resume(mine->id());
  ASSERT_TRUE(theirs->rollback({"ann"}).ok());
  ASSERT_TRUE(theirs->flush().ok());

  CreateAuthor(*mine, "Cid");  // nothing is known of it yet; refused in the background
  absl::Status status = mine->save().status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STALE_EPOCH) << status;
  EXPECT_EQ(*ann.get(Author::name), "Ann");
  EXPECT_EQ(bob.life(), EntityLife::kDetached);
  EXPECT_EQ(mine->entities<Author>(), std::vector{ann});

  ASSERT_TRUE(ann.set(Author::name, "Annette").ok());
  absl::StatusOr<SaveResult> saved = mine->save();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(saved->inserted, 1u);
  EXPECT_EQ(Query("select group_concat(name) from authors"), "Annette");
}

TEST_F(WritersTest, ARollbackByAnotherWriterIsFoundBySaveWhereNothingElseIsSent) {
  auto mine = Open();
  CreateAuthor(*mine, "Ann");
  ASSERT_TRUE(mine->set_checkpoint("ann").ok());
  Entity<Author> bob = CreateAuthor(*mine, "Bob");
  ASSERT_TRUE(mine->flush().ok());
  auto theirs = Resume(mine->id());
  ASSERT_TRUE(theirs->rollback({"ann"}).ok());
  ASSERT_TRUE(theirs->flush().ok());

  EXPECT_EQ(ReasonOf(mine->save().status()), v1::ERROR_REASON_STALE_EPOCH);
  EXPECT_EQ(bob.life(), EntityLife::kDetached);
  EXPECT_EQ(Query("select count(*) from authors"), "0");
  EXPECT_EQ(mine->save()->inserted, 1u);
}

TEST_F(WritersTest, ARollbackByAnotherWriterSparesOurOwnThatWasUnderWay) {
  auto mine = Open();
  Entity<Author> ann = CreateAuthor(*mine, "Ann");
  ASSERT_TRUE(mine->set_checkpoint("one").ok());
  ASSERT_TRUE(ann.set(Author::name, "two").ok());
  ASSERT_TRUE(mine->set_checkpoint("two").ok());
  ASSERT_TRUE(ann.set(Author::name, "three").ok());
  ASSERT_TRUE(mine->flush().ok());
  auto theirs = Resume(mine->id());
  ASSERT_TRUE(theirs->rollback({"two"}).ok());
  ASSERT_TRUE(theirs->flush().ok());

  // Ours goes further back, but in an epoch that is over: the journal refuses it, and memory follows the journal.
  ASSERT_TRUE(mine->rollback({"one"}).ok());
  EXPECT_EQ(*ann.get(Author::name), "Ann");
  EXPECT_EQ(ReasonOf(mine->save().status()), v1::ERROR_REASON_STALE_EPOCH);
  EXPECT_EQ(*ann.get(Author::name), "two");
  ASSERT_TRUE(mine->rollback({"one"}).ok());
  ASSERT_TRUE(mine->save().ok());
  EXPECT_EQ(Query("select name from authors"), "Ann");
}

TEST_F(WritersTest, EachSavesWhatIsThere) {
  auto mine = Open();
  Entity<Author> ann = CreateAuthor(*mine, "Ann");
  ASSERT_TRUE(mine->flush().ok());
  auto theirs = Resume(mine->id());
  Entity<Author> seen = theirs->entities<Author>().at(0);
  ASSERT_TRUE(theirs->create(Book::author = seen, Book::title = "One").ok());
  ASSERT_TRUE(theirs->save().ok());
  EXPECT_EQ(Query("select name || title from authors a join books b on b.author_id = a.id"), "AnnOne");

  // Our entity doesn't know its key yet; its handle stays good for further changes.
  ASSERT_TRUE(ann.set(Author::name, "Anna").ok());
  ASSERT_TRUE(mine->save().ok());
  EXPECT_EQ(Query("select name from authors"), "Anna");
  ASSERT_TRUE(mine->reload().ok());
  EXPECT_EQ(*ann.get(Author::id), *seen.get(Author::id));
  EXPECT_EQ(mine->entities<Book>().size(), 1u);
}

TEST_F(WritersTest, ARollbackThatTheJournalRefusesLeavesOnlyReloadAndClose) {
  auto mine = Open();
  Checkpoint checkpoint = *mine->set_checkpoint("empty");
  Entity<Author> ann = CreateAuthor(*mine, "Ann");
  ASSERT_TRUE(mine->flush().ok());
  auto theirs = Resume(mine->id());
  ASSERT_TRUE(theirs->save().ok());

  ASSERT_TRUE(mine->rollback(checkpoint).ok());  // in memory
  EXPECT_EQ(ReasonOf(mine->flush()), v1::ERROR_REASON_ROLLBACK_BELOW_SAVED);
  EXPECT_EQ(mine->create(Author::name = "Bob").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(mine->rollback(checkpoint).ok());

  ASSERT_TRUE(mine->reload().ok());
  EXPECT_TRUE(ann.live());
  EXPECT_TRUE(ann.has_key());
  EXPECT_EQ(ReasonOf(mine->rollback(checkpoint)), v1::ERROR_REASON_ROLLBACK_BELOW_SAVED);
  ASSERT_TRUE(ann.set(Author::name, "Anna").ok());
  ASSERT_TRUE(mine->save().ok());
  EXPECT_EQ(Query("select name from authors"), "Anna");
}

TEST_F(WritersTest, AReloadKeepsChangesAndObjects) {
  Execute("insert into authors (id, name) values (7, 'Loaded')");
  auto session = Open();
  Entity<Author> loaded = *session->attach(Author::id = 7, Author::name = "Loaded");
  Entity<Author> ann = CreateAuthor(*session, "Ann");
  ASSERT_TRUE(loaded.set(Author::name, "Changed").ok());
  ASSERT_TRUE(session->reload().ok());
  EXPECT_EQ(*loaded.get(Author::name), "Changed");
  EXPECT_EQ(session->find<Author>(Author::id = 7), loaded);
  EXPECT_EQ(session->entities<Author>().size(), 2u);
  EXPECT_TRUE(ann.live());
  ASSERT_TRUE(session->save().ok());
  EXPECT_EQ(Query("select group_concat(name) from (select name from authors order by name)"), "Ann,Changed");
}

}  // namespace
}  // namespace uow
