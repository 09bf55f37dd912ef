// Saves that the client executes in PostgreSQL: keys from sequences and without them, over a private server.
#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "service/client_fixture.h"
#include "tests/support/postgres_server.h"

namespace uow {
namespace {

constexpr char kTables[] = R"sql(
  CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, email text);
  CREATE TABLE posts (id serial PRIMARY KEY, author_id bigint NOT NULL REFERENCES users, title text);
  CREATE TABLE tags (id bigint PRIMARY KEY DEFAULT 10 * 10, name text);
  CREATE TABLE files (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), owner bigint REFERENCES users, parent uuid REFERENCES files);
)sql";

class ClientPostgresTest : public ClientSaveTest {
 protected:
  void Configure(Config& config) override {
    auto server = PostgresServer::Create({.fsync = false});
    ASSERT_TRUE(server.ok()) << server.status();
    postgres_ = *std::move(server);
    ASSERT_TRUE(postgres_->Execute("postgres", kTables).ok());
    config.targets["pg"] = postgres_->SocketDsn();
  }
  std::string Open() { return OpenHeld(v1::DIALECT_POSTGRESQL, "pg"); }
  std::unique_ptr<test::ClientDriver> Driver() {
    auto driver = test::OpenPostgresClient(postgres_->SocketDsn());
    EXPECT_TRUE(driver.ok()) << driver.status();
    return *std::move(driver);
  }
  std::vector<std::string> Query(const std::string& sql) {
    std::vector<std::string> rows;
    auto result = postgres_->Query("postgres", sql);
    EXPECT_TRUE(result.ok()) << result.status();
    for (const auto& row : *result) {
      std::string line;
      for (const auto& value : row) absl::StrAppend(&line, line.empty() ? "" : "|", value.value_or("NULL"));
      rows.push_back(line);
    }
    return rows;
  }

  std::unique_ptr<PostgresServer> postgres_;
};

v1::Event User(uint64_t counter, const std::string& name) { return Created("users", NewKey(counter), {Set("name", Text(name))}); }

TEST_F(ClientPostgresTest, KeysAreDrawnAheadAndRowsGoInSets) {
  std::string session = Open();
  std::vector<v1::Event> events;
  for (uint64_t i = 1; i <= 1500; ++i) {
    events.push_back(User(i, absl::StrCat("u", i)));
    events.push_back(Created("posts", NewKey(10'000 + i), {Set("author_id", NewKey(i)), Set("title", Text(absl::StrCat("u", i)))}));
  }
  ASSERT_OK(Append(session, events));
  Begun begun = BeginSave(BeginRequest(session, "s"));
  ASSERT_OK(begun.status);
  int inserts = 0;
  for (const v1::SaveStep& step : begun.steps) inserts += step.kind() == v1::STEP_KIND_INSERT;
  EXPECT_EQ(inserts, 2) << "a statement a level";
  auto driver = Driver();
  test::ClientExecutor executor(*driver);
  absl::Status status = Execute(*driver, begun, executor);
  ASSERT_TRUE(status.ok()) << status;
  v1::FinishSaveResponse response;
  ASSERT_OK(Report(session, begun, status, executor, &response));
  EXPECT_EQ(response.save().inserted(), 3000u);
  EXPECT_EQ(Query("SELECT count(*) FROM users u JOIN posts p ON p.author_id = u.id AND p.title = u.name"),
            std::vector<std::string>{"1500"});
  v1::Save save;
  ASSERT_OK(Append(session, {Updated("users", NewKey(7), {Set("email", Null())}), Deleted("posts", NewKey(10'001))}));
  ASSERT_OK(ClientSave(*driver, BeginRequest(session, "t"), &save));
  EXPECT_EQ(save.updated() + save.deleted(), 2u) << save.error_message();
}

TEST_F(ClientPostgresTest, ColumnsWithoutASequenceAreInsertedRowByRow) {
  std::string session = Open();
  ASSERT_OK(Append(
      session, {User(1, "Ann"), Created("files", NewKey(2), {Set("owner", NewKey(1))}),
                Created("files", NewKey(3), {Set("parent", NewKey(2))}), Created("tags", NewKey(4), {Set("name", Text("t"))})}));
  auto driver = Driver();
  v1::Save save;
  ASSERT_OK(ClientSave(*driver, BeginRequest(session, "s"), &save));
  EXPECT_EQ(save.inserted(), 4u) << save.error_message();
  EXPECT_EQ(Query("SELECT u.name FROM files a JOIN files b ON b.parent = a.id JOIN users u ON u.id = a.owner"),
            std::vector<std::string>{"Ann"});
  EXPECT_EQ(Query("SELECT id, name FROM tags"), std::vector<std::string>{"100|t"});
}

TEST_F(ClientPostgresTest, AConstraintIsNarrowedToItsRow) {
  std::string session = Open();
  ASSERT_OK(Append(session, {User(1, "Ann"), User(2, "Bob"), User(3, "Ann")}));
  auto driver = Driver();
  v1::Save save;
  ASSERT_OK(ClientSave(*driver, BeginRequest(session, "s"), &save));
  EXPECT_EQ(save.error().reason(), v1::ERROR_REASON_CONSTRAINT_UNIQUE);
  EXPECT_EQ(save.error().offset(), 2u);
  EXPECT_EQ(save.error().constraint(), "users_name_key");
}

TEST_F(ClientPostgresTest, APausedClientLosesAgainstTheSettlerAndACommittedOneIsFound) {
  std::string session = Open();
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  Begun begun = BeginSave(BeginRequest(session, "s", "first"));
  auto paused = Driver(), other = Driver();
  test::ClientExecutor executor(*paused);
  v1::BeginSaveRequest take_over = BeginRequest(session, "s", "second");
  take_over.set_take_over(true);
  ASSERT_OK(ClientSave(*other, take_over));
  EXPECT_EQ(ReasonOf(Execute(*paused, begun, executor)), v1::ERROR_REASON_FENCED);
  EXPECT_EQ(Query("SELECT name FROM users"), std::vector<std::string>{"Ann"});

  ASSERT_OK(Append(session, {Updated("users", NewKey(1), {Set("name", Text("Anna"))})}));
  begun = BeginSave(BeginRequest(session, "t", "first"));
  test::ClientExecutor dying(*paused);
  ASSERT_TRUE(Execute(*paused, begun, dying).ok());
  v1::Save save;
  take_over.set_save_id("t");
  ASSERT_OK(ClientSave(*other, take_over, &save));
  EXPECT_EQ(save.updated(), 1u);
  EXPECT_EQ(Query("SELECT name FROM users"), std::vector<std::string>{"Anna"});
}

}  // namespace
}  // namespace uow
