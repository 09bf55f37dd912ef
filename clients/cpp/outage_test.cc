// A session through crashes of uowd and lost connections.
#include <signal.h>

#include <atomic>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cpp/cutting_proxy.h"
#include "clients/cpp/integration_fixture.h"

namespace uow {
namespace {

constexpr int kRounds = 150;

class OutageTest : public IntegrationTest {
 protected:
  // Creates authors and gives every third one another name, rolls some back, and calls `disturb` now and then.
  template <typename Disturb>
  int Stream(Session& session, int rounds, Disturb disturb) {
    int authors = 0;
    for (int round = 0; round < rounds; ++round) {
      for (int i = 0; i < 50; ++i) {
        Entity<Author> author = CreateAuthor(session, absl::StrCat("author ", round, "/", i));
        if (i % 3 == 0) {
          EXPECT_TRUE(author.set(Author::name, absl::StrCat("renamed ", round, "/", i)).ok());
        }
        ++authors;
      }
      Checkpoint checkpoint = *session.set_checkpoint();
      for (int i = 0; i < 10; ++i) CreateAuthor(session, absl::StrCat("gone ", round, "/", i));
      absl::Status rolled_back = session.rollback(checkpoint);
      EXPECT_TRUE(rolled_back.ok()) << rolled_back;
      disturb(round);
    }
    return authors;
  }

  static ConnectOptions Blocking() {
    ConnectOptions options = Options();
    options.block_when_full = true;
    return options;
  }
};

TEST_F(OutageTest, NothingIsLostOrDoubledWhenUowdIsKilledInTheMiddleOfTheStream) {
  auto session = Open(Blocking());
  std::atomic<bool> done = false;
  int authors = 0;
  std::thread streamer([&] {
    authors = Stream(*session, kRounds, [&](int) { absl::SleepFor(absl::Milliseconds(15)); });
    done = true;
  });
  int kills = 0;
  for (; !done; ++kills) {
    absl::SleepFor(absl::Milliseconds(30));
    EXPECT_TRUE(uowd_.Restart().ok());
  }
  streamer.join();
  EXPECT_GE(kills, 3);
  absl::Status flushed = session->flush();
  ASSERT_TRUE(flushed.ok()) << flushed;
  absl::StatusOr<SaveResult> saved = session->save();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(saved->inserted, static_cast<uint64_t>(authors));
  EXPECT_EQ(Query("select count(*) from authors where name like 'gone%'"), "0");
  EXPECT_EQ(Query("select count(*) from authors where name like 'renamed%'"), absl::StrCat(kRounds * 17));
}

TEST_F(OutageTest, NothingIsLostOrDoubledWhenConnectionsAreCut) {
  CuttingProxy proxy(dir_.path() + "/proxy.sock", dir_.path() + "/uowd.sock");
  auto session = *Client::connect(proxy.address(), Blocking())->open({.target = "main", .tables = AllTables()});
  int authors = Stream(*session, 60, [&](int round) {
    // Acknowledgements are lost, too: the journal has what the client sends again.
    if (round % 4 == 0) proxy.SwallowAnswers();
    if (round % 4 == 1) {
      absl::SleepFor(absl::Milliseconds(10));
      proxy.Cut();
      absl::SleepFor(absl::Milliseconds(100));
    }
  });
  proxy.Cut();
  absl::StatusOr<SaveResult> saved = session->save();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(saved->inserted, static_cast<uint64_t>(authors));
  EXPECT_EQ(Query("select count(*) from authors"), absl::StrCat(authors));
  EXPECT_GT(proxy.connections(), 5);
}

TEST_F(OutageTest, ASaveWhoseAnswerIsLostHappensOnce) {
  CuttingProxy proxy(dir_.path() + "/proxy.sock", dir_.path() + "/uowd.sock");
  auto session = *Client::connect(proxy.address(), Options())->open({.target = "main", .tables = AllTables()});
  Entity<Author> ann = CreateAuthor(*session, "Ann");
  ASSERT_TRUE(session->flush().ok());
  proxy.SwallowAnswers();
  std::thread cutter([&] {
    while (Query("select count(*) from authors") != "1") absl::SleepFor(absl::Milliseconds(5));
    proxy.Cut();
  });
  absl::StatusOr<SaveResult> saved = session->save();
  cutter.join();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(saved->inserted, 1u);
  EXPECT_EQ(absl::StrCat(*ann.get(Author::id)), Query("select id from authors"));
}

TEST_F(OutageTest, ASaveSurvivesACrashBetweenTheCommitAndTheJournalsNoteOfIt) {
  uowd_.Kill();
  ASSERT_TRUE(uowd_.StartArmed("save.committed").ok());
  auto session = Open();
  Entity<Author> ann = CreateAuthor(*session, "Ann");
  absl::StatusOr<SaveResult> saved = absl::UnknownError("");
  std::thread saver([&] { saved = session->save(); });
  EXPECT_TRUE(uowd_.WaitForEnd(absl::Seconds(20)).has_value());
  EXPECT_TRUE(uowd_.Start().ok());
  saver.join();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(saved->inserted, 1u);
  EXPECT_EQ(absl::StrCat(*ann.get(Author::id)), Query("select id from authors"));
  EXPECT_EQ(session->save()->inserted, 0u);
}

TEST_F(OutageTest, AnotherProcessFindsOutASaveThatWasCutShort) {
  uowd_.Kill();
  ASSERT_TRUE(uowd_.StartArmed("save.committed").ok());
  ConnectOptions impatient = Options();
  impatient.retry_for = absl::Milliseconds(200);
  auto session = Open(impatient);
  CreateAuthor(*session, "Ann");
  absl::Status status = session->save().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  std::string id = session->id();
  session.reset();

  ASSERT_TRUE(uowd_.WaitForEnd(absl::Seconds(20)).has_value());
  ASSERT_TRUE(uowd_.Start().ok());
  session = Resume(id);
  Entity<Author> ann = session->entities<Author>().at(0);
  CreateAuthor(*session, "Bob");
  absl::StatusOr<SaveResult> saved = session->save();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(Query("select group_concat(name) from authors"), "Ann,Bob");
  EXPECT_EQ(absl::StrCat(*ann.get(Author::id)), Query("select id from authors where name = 'Ann'"));
}

TEST_F(OutageTest, ASessionIsResumedWithItsEntitiesCheckpointsAndKeys) {
  std::string id;
  int64_t ann_id = 0;
  {
    auto session = Open();
    id = session->id();
    Entity<Author> ann = CreateAuthor(*session, "Ann");
    ASSERT_TRUE(session->save().ok());
    ann_id = *ann.get(Author::id);
    ASSERT_TRUE(ann.set(Author::name, "Anna").ok());
    Entity<Book> book = *session->create(Book::author = ann, Book::title = "One");
    ASSERT_TRUE(session->set_checkpoint("one").ok());
    ASSERT_TRUE(session->create(Loan::book = book, Loan::number = 1).ok());
    ASSERT_TRUE(book.set(Book::title, "Two").ok());
    ASSERT_TRUE(session->flush().ok());
    ASSERT_TRUE(uowd_.Restart().ok());
  }
  auto session = Resume(id);
  std::optional<Entity<Author>> ann = session->find<Author>(Author::id = ann_id);
  ASSERT_TRUE(ann.has_value());
  EXPECT_EQ(*ann->get(Author::name), "Anna");
  Entity<Book> book = session->entities<Book>().at(0);
  EXPECT_EQ(*book.get(Book::title), "Two");
  EXPECT_EQ(*book.follow(Book::author), ann);
  EXPECT_EQ(session->entities<Loan>().size(), 1u);
  ASSERT_EQ(session->checkpoints().size(), 1u);

  ASSERT_TRUE(session->rollback(session->checkpoints()[0]).ok());
  EXPECT_EQ(*book.get(Book::title), "One");
  EXPECT_TRUE(session->entities<Loan>().empty());
  Entity<Loan> loan = *session->create(Loan::book = book, Loan::number = 2, Loan::days = 3);
  absl::StatusOr<SaveResult> saved = session->save();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(*loan.get(Loan::book), *book.get(Book::id));
  EXPECT_EQ(
      Query(
          "select name || title || number || days from authors a join books b on b.author_id = a.id join loans on book_id = b.id"),
      "AnnaOne23");
}

TEST_F(OutageTest, ChangesWaitInMemoryUpToALimitWhileUowdHangs) {
  ConnectOptions options = Options();
  options.max_unacknowledged_bytes = 20'000;
  auto session = Open(options);
  CreateAuthor(*session, "first");
  ASSERT_TRUE(session->flush().ok());
  kill(uowd_.pid(), SIGSTOP);
  absl::Status status;
  size_t created = 1;
  while (status.ok() && created < 10'000) {
    status = session->create(Author::name = absl::StrCat("author ", created)).status();
    if (status.ok()) ++created;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(session->entities<Author>().size(), created);  // the refused change touched nothing
  kill(uowd_.pid(), SIGCONT);
  ASSERT_TRUE(session->flush().ok());
  CreateAuthor(*session, "last");
  EXPECT_EQ(session->save()->inserted, created + 1);
}

TEST_F(OutageTest, AnOutageThatIsTooLongIsReportedAndLosesNothing) {
  ConnectOptions options = Options();
  options.retry_for = absl::Seconds(1);
  options.linger = absl::ZeroDuration();
  auto session = Open(options);
  CreateAuthor(*session, "Ann");
  ASSERT_TRUE(session->flush().ok());
  uowd_.Kill();
  CreateAuthor(*session, "Bob");
  EXPECT_EQ(session->flush().code(), absl::StatusCode::kUnavailable);
  CreateAuthor(*session, "Cid");
  EXPECT_EQ(session->save().status().code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(uowd_.Start().ok());
  absl::StatusOr<SaveResult> saved = session->save();
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(saved->inserted, 3u);
}

TEST_F(OutageTest, ASessionsEndSendsWhatIsNotYetDurable) {
  auto session = Open();
  std::string id = session->id();
  for (int i = 0; i < 1000; ++i) CreateAuthor(*session, absl::StrCat("author ", i));
  session.reset();
  EXPECT_EQ(Resume(id)->entities<Author>().size(), 1000u);
}

}  // namespace
}  // namespace uow
