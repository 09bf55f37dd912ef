// The service over servers, from a session's first event to the rows, by gRPC.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "service/databases_fixture.h"

namespace uow {
namespace {

using ::testing::ElementsAre;

class DatabasesServiceTest : public DatabasesTest {
 protected:
  void SetUp() override {
    DatabasesTest::SetUp();
    Execute(
        "CREATE TABLE users (id {key}, name VARCHAR(40) NOT NULL, CONSTRAINT users_name UNIQUE (name));"
        "CREATE TABLE posts (id {key}, author_id BIGINT NOT NULL, title VARCHAR(40), CONSTRAINT posts_author FOREIGN KEY "
        "(author_id) REFERENCES users (id))");
  }
  static v1::Event User(uint64_t counter, const std::string& name) {
    return Created("users", NewKey(counter), {Set("name", Text(name))});
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, DatabasesServiceTest, testing::Values(Postgres(), Mariadb()),
                         [](const auto& info) { return info.param.name; });

TEST_P(DatabasesServiceTest, ASessionIsSavedInPartsAndToldItsKeys) {
  std::string session = OpenSession("db");
  ASSERT_OK(Append(session, {User(1, "Ann"), Created("posts", NewKey(2), {Set("author_id", NewKey(1)), Set("title", Text("a"))})}));
  ASSERT_OK(SetCheckpoint(session, "one"));
  ASSERT_OK(Append(session, {Created("posts", NewKey(3), {Set("author_id", NewKey(1)), Set("title", Text("b"))})}));
  Saved saved = Save(session, "first", AtCheckpoint("one"));
  ASSERT_OK(saved.status);
  EXPECT_EQ(saved.save.inserted(), 2u);
  ASSERT_EQ(saved.generated.size(), 2u);
  EXPECT_THAT(Query("SELECT u.name, p.title FROM users u JOIN posts p ON p.author_id = u.id"), ElementsAre("Ann|a"));
  ASSERT_OK(Save(session, "second").status);
  // The same id tells the same outcome again, and writes nothing.
  Saved again = Save(session, "first");
  ASSERT_OK(again.status);
  EXPECT_EQ(again.save.inserted(), 2u);
  EXPECT_THAT(Query("SELECT title FROM posts ORDER BY id"), ElementsAre("a", "b"));
  ASSERT_OK(Append(session, {Updated("users", NewKey(1), {Set("name", Text("Anna"))}), Deleted("posts", NewKey(2))}));
  saved = Save(session, "third");
  ASSERT_OK(saved.status);
  EXPECT_EQ(saved.save.updated() + saved.save.deleted(), 2u);
  EXPECT_THAT(Query("SELECT u.name, p.title FROM users u JOIN posts p ON p.author_id = u.id"), ElementsAre("Anna|b"));
}

TEST_P(DatabasesServiceTest, WhatIsRolledBackIsNotSaved) {
  std::string session = OpenSession("db");
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  ASSERT_OK(SetCheckpoint(session, "one"));
  ASSERT_OK(Append(session, {User(2, "Bob")}));
  ASSERT_OK(RollbackToCheckpoint(session, "one"));
  ASSERT_OK(Save(session, "s").status);
  EXPECT_THAT(Query("SELECT name FROM users"), ElementsAre("Ann"));
}

TEST_P(DatabasesServiceTest, ARowThatBreaksAConstraintIsNamedAndNothingIsWritten) {
  std::string session = OpenSession("db");
  ASSERT_OK(Append(session, {User(1, "Ann"), User(2, "Bob"), User(3, "Ann")}));
  grpc::Status status = Save(session, "s").status;
  EXPECT_TRUE(RefusedWith(status, v1::ERROR_REASON_CONSTRAINT_UNIQUE));
  EXPECT_EQ(DetailOfCall(status).offset(), 2u);
  EXPECT_EQ(DetailOfCall(status).constraint(), "users_name");
  EXPECT_THAT(Query("SELECT name FROM users"), ElementsAre());
  ASSERT_OK(RollbackToOffset(session, 2));
  ASSERT_OK(Save(session, "s2").status);
  ASSERT_OK(Append(session, {Created("posts", NewKey(4), {Set("author_id", Integer(99))})}));
  status = Save(session, "t").status;
  EXPECT_TRUE(RefusedWith(status, v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY));
  EXPECT_EQ(DetailOfCall(status).constraint(), "posts_author");
  EXPECT_THAT(Query("SELECT name FROM users ORDER BY id"), ElementsAre("Ann", "Bob"));
}

TEST_P(DatabasesServiceTest, ASaveHasAnIsolationLevelOfItsOwn) {
  const bool postgres = GetParam().name == "Postgres";
  Execute("CREATE TABLE seen (id BIGINT PRIMARY KEY, level VARCHAR(40))");
  Execute(postgres ? "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.level := "
                     "current_setting('transaction_isolation'); RETURN NEW; END $$; CREATE TRIGGER see BEFORE INSERT ON seen FOR "
                     "EACH ROW EXECUTE FUNCTION see()"
                   : "CREATE TRIGGER see BEFORE INSERT ON seen FOR EACH ROW SET NEW.level = LOWER(@@tx_isolation)");
  std::string session = OpenSession("db");
  int64_t id = 0;
  for (v1::IsolationLevel level : {v1::ISOLATION_LEVEL_SERIALIZABLE, v1::ISOLATION_LEVEL_UNSPECIFIED}) {
    ASSERT_OK(Append(session, {Created("seen", Integer(++id), {})}));
    v1::SaveRequest request;
    request.set_session_id(session);
    request.set_isolation_level(level);
    request.mutable_statement_timeout()->set_seconds(9);
    auto context = NewContext();
    auto stream = saves_->Save(context.get(), request);
    v1::SaveResponse response;
    while (stream->Read(&response)) {
    }
    ASSERT_OK(stream->Finish());
  }
  EXPECT_THAT(Query("SELECT level FROM seen ORDER BY id"),
              ElementsAre("serializable", postgres ? "read committed" : "read-committed"));
}

TEST_P(DatabasesServiceTest, ARestartedServiceGoesOnWithItsSessions) {
  std::string session = OpenSession("db");
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  ASSERT_OK(Save(session, "s").status);
  ASSERT_OK(Append(session, {Created("posts", NewKey(2), {Set("author_id", NewKey(1))})}));
  RestartServer();
  ASSERT_OK(Save(session, "t").status);
  EXPECT_THAT(Query("SELECT u.name FROM users u JOIN posts p ON p.author_id = u.id"), ElementsAre("Ann"));
}

}  // namespace
}  // namespace uow
