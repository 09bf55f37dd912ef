// Every kind of bad input that the project promises to refuse: each with its reason and code, and the journal as it was before.
#include <functional>
#include <limits>

#include "absl/strings/str_cat.h"
#include "service/service_fixture.h"
#include "tests/support/postgres_server.h"

namespace uow {
namespace {

class BadInputTest : public ServiceTest {
 protected:
  void Configure(Config& config) override {
    config.max_message_bytes = 64 << 10;
    config.max_value_bytes = 16 << 10;
    config.targets["elsewhere"] = "sqlite:" + directory_.path() + "/no/such/directory/x.db";
  }

  void SetUp() override {
    ServiceTest::SetUp();
    session_ = OpenSession();
    ASSERT_OK(Append(session_, {User(1, "Ann"), User(2, "Bob")}));
    ASSERT_OK(SetCheckpoint(session_, "two"));
    ASSERT_OK(Append(session_, {User(3, "Cid")}));
  }

  static v1::Event User(uint64_t counter, const std::string& name) {
    return Created("users", NewKey(counter), {Set("name", Text(name))});
  }

  // All that a client can see of the session.
  std::string State() {
    v1::Session session = GetSession(session_);
    std::string state = absl::StrCat("head ", session.head(), " saved ", session.saved(), " epoch ", session.epoch(), " pending ",
                                     session.pending_save_id(), " state ", session.state());
    for (const std::string& checkpoint : Checkpoints(session_)) absl::StrAppend(&state, " ", checkpoint);
    return state;
  }

  // The call is refused with the reason, and the session is as it was before. Returns the detail.
  v1::ErrorDetail ExpectRefused(v1::ErrorReason reason, const std::function<grpc::Status()>& call) {
    std::string before = State();
    grpc::Status status = call();
    EXPECT_TRUE(RefusedWith(status, reason));
    EXPECT_EQ(State(), before);
    return DetailOfCall(status);
  }

  grpc::Status AppendOne(v1::Event event) { return Append(session_, {std::move(event)}); }

  // Also by the stream: the same reason, and the sequence.
  void ExpectEventRefused(v1::ErrorReason reason, const v1::Event& event) {
    v1::ErrorDetail detail = ExpectRefused(reason, [&] { return AppendOne(event); });
    EXPECT_EQ(detail.sequence(), sequence_ + 1);
    detail = ExpectRefused(reason,
                           [&] { return Stream([&](v1::Command& command) { *command.mutable_append()->add_events() = event; }); });
    EXPECT_EQ(detail.sequence(), sequence_ + 1);
  }

  // Sends one command on a stream and returns how that ended.
  grpc::Status Stream(const std::function<void(v1::Command&)>& fill) {
    auto context = NewContext();
    auto stream = journal_->Record(context.get());
    v1::RecordRequest request;
    request.mutable_attach()->set_session_id(session_);
    request.mutable_attach()->set_writer(writer_);
    stream->Write(request);
    v1::Command& command = *request.mutable_command();
    command.set_sequence(sequence_ + 1);
    command.set_epoch(epoch_);
    fill(command);
    stream->Write(request);
    stream->WritesDone();
    v1::RecordResponse response;
    while (stream->Read(&response)) EXPECT_FALSE(response.has_ack());
    return stream->Finish();
  }

  grpc::Status Register(const std::optional<v1::Schema>& schema = std::nullopt) {
    v1::RegisterSchemaRequest request;
    v1::RegisterSchemaResponse response;
    if (schema) *request.mutable_schema() = *schema;
    return schemas_->RegisterSchema(NewContext().get(), request, &response);
  }

  std::string session_;
};

// ---- Sessions, targets, schemas ----

TEST_F(BadInputTest, AnUnknownSession) {
  for (const std::string& id : {std::string("nonsense"), std::string(), std::string(32, '0')}) {
    v1::GetSessionRequest request;
    v1::GetSessionResponse response;
    request.set_session_id(id);
    EXPECT_TRUE(RefusedWith(sessions_->GetSession(NewContext().get(), request, &response), v1::ERROR_REASON_SESSION_NOT_FOUND));
    EXPECT_TRUE(RefusedWith(Append(id, {User(9, "x")}), v1::ERROR_REASON_SESSION_NOT_FOUND));
    EXPECT_TRUE(RefusedWith(RollbackToOffset(id, 0), v1::ERROR_REASON_SESSION_NOT_FOUND));
    EXPECT_TRUE(RefusedWith(Save(id, "s").status, v1::ERROR_REASON_SESSION_NOT_FOUND));
    EXPECT_TRUE(RefusedWith(PlanSave(id, {}), v1::ERROR_REASON_SESSION_NOT_FOUND));
    EXPECT_TRUE(RefusedWith(GetChanges(id, {}), v1::ERROR_REASON_SESSION_NOT_FOUND));
    EXPECT_TRUE(RefusedWith(ReadJournal(id, 0, {}), v1::ERROR_REASON_SESSION_NOT_FOUND));
  }
  std::string real = session_;
  session_ = std::string(32, '0');
  EXPECT_TRUE(RefusedWith(Stream([](v1::Command& command) {}), v1::ERROR_REASON_SESSION_NOT_FOUND));
  session_ = real;
}

TEST_F(BadInputTest, AClosedSession) {
  v1::CloseSessionRequest request;
  v1::CloseSessionResponse response;
  request.set_session_id(session_);
  request.set_keep_history(true);
  ASSERT_OK(sessions_->CloseSession(NewContext().get(), request, &response));
  ExpectRefused(v1::ERROR_REASON_SESSION_CLOSED, [&] { return AppendOne(User(9, "x")); });
  ExpectRefused(v1::ERROR_REASON_SESSION_CLOSED, [&] { return SetCheckpoint(session_, "late"); });
  ExpectRefused(v1::ERROR_REASON_SESSION_CLOSED, [&] { return RollbackToOffset(session_, 0); });
  ExpectRefused(v1::ERROR_REASON_SESSION_CLOSED, [&] { return Save(session_, "s").status; });
  ExpectRefused(v1::ERROR_REASON_SESSION_CLOSED, [&] { return Stream([](v1::Command& command) {}); });
  v1::RenewSessionRequest renew;
  v1::RenewSessionResponse renewed;
  renew.set_session_id(session_);
  ExpectRefused(v1::ERROR_REASON_SESSION_CLOSED, [&] { return sessions_->RenewSession(NewContext().get(), renew, &renewed); });
}

TEST_F(BadInputTest, AnUnknownTarget) {
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse response;
  request.set_target("nowhere");
  EXPECT_TRUE(RefusedWith(sessions_->OpenSession(NewContext().get(), request, &response), v1::ERROR_REASON_TARGET_NOT_FOUND));
  v1::DescribeTargetRequest describe;
  v1::DescribeTargetResponse described;
  describe.set_target("nowhere");
  EXPECT_TRUE(RefusedWith(schemas_->DescribeTarget(NewContext().get(), describe, &described), v1::ERROR_REASON_TARGET_NOT_FOUND));
}

TEST_F(BadInputTest, ATargetThatIsNoLongerConfigured) {
  StopServer();
  config_.targets.erase("main");
  StartServer();
  ExpectRefused(v1::ERROR_REASON_TARGET_NOT_FOUND, [&] { return Save(session_, "s").status; });
  ExpectRefused(v1::ERROR_REASON_TARGET_NOT_FOUND, [&] { return PlanSave(session_, {}); });
  EXPECT_OK(AppendOne(User(4, "Dan")));
}

TEST_F(BadInputTest, AnUnknownSchema) {
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse response;
  request.set_target("main");
  request.set_schema_id(std::string(64, '0'));
  EXPECT_TRUE(RefusedWith(sessions_->OpenSession(NewContext().get(), request, &response), v1::ERROR_REASON_SCHEMA_NOT_FOUND));
}

TEST_F(BadInputTest, ASchemaThatContradictsItself) {
  v1::DescribeTargetRequest describe;
  v1::DescribeTargetResponse described;
  describe.set_target("main");
  ASSERT_OK(schemas_->DescribeTarget(NewContext().get(), describe, &described));
  const v1::Schema good = described.schema();
  EXPECT_OK(Register(good));

  v1::Schema schema = good;
  *schema.add_tables() = good.tables(0);
  EXPECT_TRUE(RefusedWith(Register(schema), v1::ERROR_REASON_SCHEMA_INVALID)) << "two tables of one name";
  schema = good;
  schema.mutable_tables(0)->add_primary_key(99);
  EXPECT_TRUE(RefusedWith(Register(schema), v1::ERROR_REASON_SCHEMA_INVALID)) << "a key column that isn't there";
  schema = good;
  schema.mutable_tables(0)->clear_primary_key();
  EXPECT_TRUE(RefusedWith(Register(schema), v1::ERROR_REASON_SCHEMA_INVALID)) << "a table without a key";
  schema = good;
  for (v1::Table& table : *schema.mutable_tables()) {
    for (v1::ForeignKey& key : *table.mutable_foreign_keys()) key.set_referenced_table(99);
  }
  EXPECT_TRUE(RefusedWith(Register(schema), v1::ERROR_REASON_SCHEMA_INVALID)) << "a foreign key to nowhere";
  EXPECT_TRUE(RefusedWith(Register(), v1::ERROR_REASON_INVALID_REQUEST));
}

// ---- Events ----

TEST_F(BadInputTest, AnUnknownTable) {
  ExpectEventRefused(v1::ERROR_REASON_TABLE_NOT_FOUND, Created("nowhere", NewKey(4), {}));
  v1::Event event = User(4, "Dan");
  event.clear_table_name();
  event.set_table(99);
  ExpectEventRefused(v1::ERROR_REASON_TABLE_NOT_FOUND, event);
}

TEST_F(BadInputTest, AnUnknownColumn) {
  ExpectEventRefused(v1::ERROR_REASON_COLUMN_NOT_FOUND, Created("users", NewKey(4), {Set("nothing", Text("x"))}));
}

TEST_F(BadInputTest, AWrongValueType) {
  ExpectEventRefused(v1::ERROR_REASON_VALUE_TYPE_MISMATCH, Created("users", NewKey(4), {Set("name", Integer(1))}));
  ExpectEventRefused(v1::ERROR_REASON_VALUE_TYPE_MISMATCH, Created("accounts", Integer(1), {Set("balance", Integer(1))}));
}

TEST_F(BadInputTest, ANullWhereNoneIsAllowed) {
  ExpectEventRefused(v1::ERROR_REASON_VALUE_NULL, Created("users", NewKey(4), {Set("name", Null())}));
}

TEST_F(BadInputTest, ANullKey) {
  ExpectEventRefused(v1::ERROR_REASON_KEY_NULL, Created("users", Null(), {Set("name", Text("Dan"))}));
}

TEST_F(BadInputTest, AMissingKey) {
  v1::Event event = User(4, "Dan");
  event.clear_key();
  ExpectEventRefused(v1::ERROR_REASON_KEY_MISSING, event);
}

TEST_F(BadInputTest, AComputedColumn) {
  ExpectEventRefused(v1::ERROR_REASON_COLUMN_GENERATED,
                     Created("accounts", Text("a"), {Set("balance", Integer(1)), Set("doubled", Integer(2))}));
}

TEST_F(BadInputTest, AColumnTwice) {
  ExpectEventRefused(v1::ERROR_REASON_COLUMN_REPEATED,
                     Created("users", NewKey(4), {Set("name", Text("Dan")), Set("name", Text("Eve"))}));
}

TEST_F(BadInputTest, AValueTooLarge) {
  ExpectEventRefused(v1::ERROR_REASON_VALUE_TOO_LARGE, User(4, std::string(config_.max_value_bytes + 1, 'x')));
}

TEST_F(BadInputTest, AMessageTooLarge) {
  std::vector<v1::Event> events;
  for (int i = 0; i < 6; ++i) events.push_back(User(10 + i, std::string(15'000, 'x')));
  ExpectRefused(v1::ERROR_REASON_MESSAGE_TOO_LARGE, [&] { return Append(session_, events); });
  ExpectRefused(v1::ERROR_REASON_MESSAGE_TOO_LARGE, [&] {
    return Stream([&](v1::Command& command) { command.mutable_append()->mutable_events()->Assign(events.begin(), events.end()); });
  });
}

TEST_F(BadInputTest, AMessageFarTooLarge) {
  std::string before = State();
  v1::Event event = User(4, std::string(1 << 20, 'x'));
  auto append = [&](v1::Command& command) { *command.mutable_append()->add_events() = event; };
  EXPECT_EQ(AppendOne(event).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Stream(append).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(State(), before);
}

TEST_F(BadInputTest, AMessageThatIsNone) {
  ExpectRefused(v1::ERROR_REASON_INVALID_REQUEST, [&] {
    return Stream([&](v1::Command& command) { *command.mutable_append()->add_events() = User(4, "\xff\xfe not UTF-8"); });
  });
}

TEST_F(BadInputTest, AnEmptyOrShapelessCommand) {
  ExpectRefused(v1::ERROR_REASON_INVALID_REQUEST, [&] { return Append(session_, {}); });
  ExpectRefused(v1::ERROR_REASON_INVALID_REQUEST, [&] { return SetCheckpoint(session_, ""); });
  ExpectRefused(v1::ERROR_REASON_INVALID_REQUEST, [&] { return SetCheckpoint(session_, std::string(256, 'x')); });
  ExpectRefused(v1::ERROR_REASON_INVALID_REQUEST, [&] { return Rollback(session_, {}); });
  ExpectRefused(v1::ERROR_REASON_INVALID_REQUEST, [&] { return Stream([](v1::Command& command) {}); });
  ExpectRefused(v1::ERROR_REASON_INVALID_REQUEST, [&] {
    return Save(session_,
                "b\xc3\xa4"
                "d")
        .status;
  });
  writer_.clear();
  ExpectRefused(v1::ERROR_REASON_INVALID_REQUEST, [&] { return AppendOne(User(4, "Dan")); });
  writer_ = std::string(65, 'w');
  ExpectRefused(v1::ERROR_REASON_INVALID_REQUEST, [&] { return AppendOne(User(4, "Dan")); });
}

// ---- Positions and sequences ----

TEST_F(BadInputTest, AnUnknownCheckpoint) {
  ExpectRefused(v1::ERROR_REASON_CHECKPOINT_NOT_FOUND, [&] { return RollbackToCheckpoint(session_, "three"); });
  ExpectRefused(v1::ERROR_REASON_CHECKPOINT_NOT_FOUND, [&] { return Save(session_, "s", AtCheckpoint("three")).status; });
  ExpectRefused(v1::ERROR_REASON_CHECKPOINT_NOT_FOUND, [&] { return GetChanges(session_, AtCheckpoint("three")); });
}

TEST_F(BadInputTest, ADuplicateCheckpointName) {
  ExpectRefused(v1::ERROR_REASON_CHECKPOINT_EXISTS, [&] { return SetCheckpoint(session_, "two"); });
}

TEST_F(BadInputTest, ARollbackBelowWhatIsSaved) {
  ASSERT_OK(Save(session_, "s", AtCheckpoint("two")).status);
  v1::ErrorDetail detail = ExpectRefused(v1::ERROR_REASON_ROLLBACK_BELOW_SAVED, [&] { return RollbackToOffset(session_, 1); });
  EXPECT_EQ(detail.offset(), 2u);
}

TEST_F(BadInputTest, ASaveWithOptionsThatNoTransactionHas) {
  const auto save = [&](const std::function<void(v1::SaveRequest&)>& fill) {
    v1::SaveRequest request;
    request.set_session_id(session_);
    fill(request);
    auto context = NewContext();
    return saves_->Save(context.get(), request)->Finish();
  };
  const auto limited = [&](int64_t seconds, int32_t nanos) {
    return [=](v1::SaveRequest& request) {
      request.mutable_statement_timeout()->set_seconds(seconds);
      request.mutable_statement_timeout()->set_nanos(nanos);
    };
  };
  const std::function<void(v1::SaveRequest&)> bad[] = {
      limited(0, 0),
      limited(0, 999'999),
      limited(-1, 0),
      limited(86'400, 1),
      limited(std::numeric_limits<int64_t>::max(), 0),
      [](v1::SaveRequest& request) { request.set_isolation_level(static_cast<v1::IsolationLevel>(4)); },
      [](v1::SaveRequest& request) { request.set_isolation_level(static_cast<v1::IsolationLevel>(-1)); }};
  for (const auto& fill : bad) ExpectRefused(v1::ERROR_REASON_INVALID_REQUEST, [&] { return save(fill); });
  EXPECT_EQ(Rows("SELECT count(*) FROM users"), std::vector<std::string>{"0"});
}

TEST_F(BadInputTest, ASaveBelowWhatIsSaved) {
  ASSERT_OK(Save(session_, "s", AtCheckpoint("two")).status);
  ExpectRefused(v1::ERROR_REASON_SAVE_MISMATCH, [&] { return Save(session_, "t", AtOffset(1)).status; });
  ExpectRefused(v1::ERROR_REASON_SAVE_MISMATCH, [&] { return GetChanges(session_, AtOffset(1)); });
}

TEST_F(BadInputTest, APositionBeyondTheHead) {
  for (const auto& call : std::vector<std::function<grpc::Status()>>{
           [&] { return Save(session_, "s", AtOffset(4)).status; }, [&] { return PlanSave(session_, AtOffset(4)); },
           [&] { return GetChanges(session_, AtOffset(4)); }, [&] { return ReadJournal(session_, 0, AtOffset(4)); },
           [&] { return ReadJournal(session_, 4, {}); }, [&] { return RollbackToOffset(session_, 4); }}) {
    EXPECT_EQ(ExpectRefused(v1::ERROR_REASON_OFFSET_BEYOND_HEAD, call).offset(), 3u);
  }
}

TEST_F(BadInputTest, ASequenceGap) {
  sequence_ += 1;
  ExpectRefused(v1::ERROR_REASON_SEQUENCE_GAP, [&] { return AppendOne(User(4, "Dan")); });
  ExpectEventRefused(v1::ERROR_REASON_SEQUENCE_GAP, User(4, "Dan"));
}

TEST_F(BadInputTest, ASequenceReusedWithOtherBytes) {
  sequence_ -= 1;
  ExpectEventRefused(v1::ERROR_REASON_SEQUENCE_REUSED, User(4, "Dan"));
}

TEST_F(BadInputTest, AStaleEpoch) {
  ASSERT_OK(RollbackToOffset(session_, 2));
  epoch_ = 0;
  v1::ErrorDetail detail = ExpectRefused(v1::ERROR_REASON_STALE_EPOCH, [&] { return AppendOne(User(4, "Dan")); });
  EXPECT_EQ(detail.stale_epoch().epoch(), 1u);
  EXPECT_EQ(detail.stale_epoch().truncated_to(), 2u);
  ExpectRefused(v1::ERROR_REASON_STALE_EPOCH, [&] { return RollbackToOffset(session_, 2); });
  ExpectRefused(v1::ERROR_REASON_STALE_EPOCH, [&] { return Save(session_, "s", AtOffset(2, 0)).status; });
  ExpectRefused(v1::ERROR_REASON_STALE_EPOCH, [&] { return PlanSave(session_, AtOffset(2, 0)); });
  ExpectRefused(v1::ERROR_REASON_STALE_EPOCH, [&] { return Save(session_, "s", AtCommand(writer_, 1, 0)).status; });
}

TEST_F(BadInputTest, APageTokenThatIsNone) {
  v1::ListSessionsRequest sessions;
  v1::ListSessionsResponse listed;
  sessions.set_page_token("garbage");
  EXPECT_TRUE(RefusedWith(sessions_->ListSessions(NewContext().get(), sessions, &listed), v1::ERROR_REASON_INVALID_REQUEST));
  sessions.clear_page_token();
  sessions.set_page_size(1001);
  EXPECT_TRUE(RefusedWith(sessions_->ListSessions(NewContext().get(), sessions, &listed), v1::ERROR_REASON_INVALID_REQUEST));
  v1::ListCheckpointsRequest checkpoints;
  v1::ListCheckpointsResponse points;
  checkpoints.set_session_id(session_);
  checkpoints.set_page_token("garbage");
  EXPECT_TRUE(RefusedWith(journal_->ListCheckpoints(NewContext().get(), checkpoints, &points), v1::ERROR_REASON_INVALID_REQUEST));
  v1::ListSavesRequest saves;
  v1::ListSavesResponse page;
  saves.set_session_id(session_);
  saves.set_page_token("garbage");
  EXPECT_TRUE(RefusedWith(saves_->ListSaves(NewContext().get(), saves, &page), v1::ERROR_REASON_INVALID_REQUEST));
}

TEST_F(BadInputTest, LabelsAndTtlsOutOfRange) {
  v1::OpenSessionRequest good;
  v1::OpenSessionResponse response;
  good.set_target("main");
  auto open = [&](const v1::OpenSessionRequest& request) { return sessions_->OpenSession(NewContext().get(), request, &response); };
  v1::OpenSessionRequest request = good;
  for (int i = 0; i < 65; ++i) (*request.mutable_labels())[absl::StrCat("label", i)] = "x";
  EXPECT_TRUE(RefusedWith(open(request), v1::ERROR_REASON_INVALID_REQUEST));
  request = good;
  (*request.mutable_labels())[""] = "x";
  EXPECT_TRUE(RefusedWith(open(request), v1::ERROR_REASON_INVALID_REQUEST));
  request = good;
  (*request.mutable_labels())["k"] = std::string(256, 'x');
  EXPECT_TRUE(RefusedWith(open(request), v1::ERROR_REASON_INVALID_REQUEST));
  request = good;
  request.mutable_idle_ttl()->set_nanos(1);
  EXPECT_TRUE(RefusedWith(open(request), v1::ERROR_REASON_INVALID_REQUEST));
  request.mutable_idle_ttl()->set_seconds(365L * 24 * 3600);
  EXPECT_TRUE(RefusedWith(open(request), v1::ERROR_REASON_INVALID_REQUEST));
  EXPECT_TRUE(RefusedWith(open({}), v1::ERROR_REASON_INVALID_REQUEST));
}

// ---- What only the fold, the plan or the target can tell ----

TEST_F(BadInputTest, AHandleOfNobody) {
  ASSERT_OK(AppendOne(Updated("users", NewKey(77), {Set("name", Text("Nobody"))})));
  v1::ErrorDetail detail = ExpectRefused(v1::ERROR_REASON_HANDLE_UNKNOWN, [&] { return Save(session_, "s").status; });
  EXPECT_EQ(detail.offset(), 3u);
  ExpectRefused(v1::ERROR_REASON_HANDLE_UNKNOWN, [&] { return PlanSave(session_, {}); });
}

TEST_F(BadInputTest, ACreateOfWhatExists) {
  ASSERT_OK(AppendOne(User(1, "Ann again")));
  EXPECT_EQ(ExpectRefused(v1::ERROR_REASON_ENTITY_EXISTS, [&] { return Save(session_, "s").status; }).offset(), 3u);
}

TEST_F(BadInputTest, AChangeOfWhatWasDeleted) {
  ASSERT_OK(Append(session_, {Deleted("users", NewKey(1)), Updated("users", NewKey(1), {Set("name", Text("Ghost"))})}));
  EXPECT_EQ(ExpectRefused(v1::ERROR_REASON_ENTITY_DELETED, [&] { return GetChanges(session_, {}); }).offset(), 4u);
}

TEST_F(BadInputTest, AUniqueConstraint) {
  Execute("INSERT INTO users (name) VALUES ('Bob')");
  v1::ErrorDetail detail = ExpectRefused(v1::ERROR_REASON_CONSTRAINT_UNIQUE, [&] { return Save(session_, "s").status; });
  EXPECT_EQ(detail.offset(), 1u);
  ASSERT_EQ(detail.entities_size(), 1);
  EXPECT_EQ(detail.entities(0).table(), "users");
  EXPECT_EQ(Rows("SELECT name FROM users"), std::vector<std::string>{"Bob"});
}

TEST_F(BadInputTest, AForeignKeyToNothing) {
  ASSERT_OK(AppendOne(Created("posts", NewKey(4), {Set("author_id", Integer(4711)), Set("title", Text("x"))})));
  ExpectRefused(v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY, [&] { return Save(session_, "s").status; });
}

TEST_F(BadInputTest, AnOmittedColumnWithoutDefault) {
  ExpectEventRefused(v1::ERROR_REASON_VALUE_NULL, Created("users", NewKey(4), {}));
}

TEST_F(BadInputTest, AColumnThatTheTargetMadeNotNull) {
  Execute(
      "DROP TABLE posts; DROP TABLE users; CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL)");
  v1::ErrorDetail detail = ExpectRefused(v1::ERROR_REASON_CONSTRAINT_NOT_NULL, [&] { return Save(session_, "s").status; });
  EXPECT_EQ(detail.offset(), 0u);
}

TEST_F(BadInputTest, ACheckConstraint) {
  ASSERT_OK(AppendOne(Created("accounts", Text("a"), {Set("balance", Integer(-1))})));
  ExpectRefused(v1::ERROR_REASON_CONSTRAINT_CHECK, [&] { return Save(session_, "s").status; });
}

TEST_F(BadInputTest, AnEntityThatIsGone) {
  ASSERT_OK(AppendOne(Updated("accounts", Text("gone"), {Set("balance", Integer(1))})));
  v1::ErrorDetail detail = ExpectRefused(v1::ERROR_REASON_STALE_ENTITY, [&] { return Save(session_, "s").status; });
  ASSERT_EQ(detail.entities_size(), 1);
  EXPECT_EQ(detail.entities(0).key(0).text_value(), "gone");
}

TEST_F(BadInputTest, AMissingTable) {
  Execute("DROP TABLE posts; DROP TABLE users");
  ExpectRefused(v1::ERROR_REASON_TARGET_SCHEMA_CHANGED, [&] { return Save(session_, "s").status; });
}

TEST_F(BadInputTest, AMissingColumn) {
  Execute("ALTER TABLE users RENAME COLUMN name TO title");
  ExpectRefused(v1::ERROR_REASON_TARGET_SCHEMA_CHANGED, [&] { return Save(session_, "s").status; });
}

TEST_F(BadInputTest, ATargetThatCantBeOpened) {
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse response;
  request.set_target("elsewhere");
  EXPECT_TRUE(RefusedWith(sessions_->OpenSession(NewContext().get(), request, &response), v1::ERROR_REASON_TARGET_UNAVAILABLE));
}

// ---- The same with a server that can be down or refuse the password ----

class BadPostgresTest : public BadInputTest {
 protected:
  static void SetUpTestSuite() {
    auto server = PostgresServer::Create({.fsync = false, .settings = {}});
    ASSERT_TRUE(server.ok()) << server.status();
    postgres_ = server->release();
    ASSERT_TRUE(postgres_->Execute("postgres", "CREATE TABLE users (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE)").ok());
  }
  static void TearDownTestSuite() { delete postgres_; }

  void Configure(Config& config) override {
    BadInputTest::Configure(config);
    config.targets["postgres"] = postgres_->Dsn();
    config.targets["intruder"] = absl::StrCat("postgresql://uow:wrong@", postgres_->HostAndPort(), "/postgres");
    config.connect_timeout = absl::Seconds(3);
  }

  void SetUp() override {
    BadInputTest::SetUp();
    session_ = OpenSession("postgres");
    ASSERT_OK(Append(session_, {User(1, "Ann")}));
  }

  static PostgresServer* postgres_;
};

PostgresServer* BadPostgresTest::postgres_ = nullptr;

TEST_F(BadPostgresTest, ATargetThatIsDown) {
  postgres_->Stop();
  ExpectRefused(v1::ERROR_REASON_TARGET_UNAVAILABLE, [&] { return Save(session_, "s").status; });
  ASSERT_TRUE(postgres_->Start().ok());
  EXPECT_OK(Save(session_, "s").status);
}

TEST_F(BadPostgresTest, AWrongPassword) {
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse response;
  request.set_target("intruder");
  grpc::Status status = sessions_->OpenSession(NewContext().get(), request, &response);
  EXPECT_TRUE(RefusedWith(status, v1::ERROR_REASON_TARGET_DENIED));
  EXPECT_EQ(status.error_message().find("wrong"), std::string::npos) << "a password is never shown: " << status.error_message();
  StopServer();
  config_.targets["postgres"] = config_.targets["intruder"];
  StartServer();
  ExpectRefused(v1::ERROR_REASON_TARGET_DENIED, [&] { return Save(session_, "s").status; });
}

TEST_F(BadPostgresTest, AConstraintAndDdlChangedUnderUs) {
  ASSERT_OK(Append(session_, {User(2, "Bob")}));
  ASSERT_TRUE(postgres_->Execute("postgres", "TRUNCATE users; INSERT INTO users (name) VALUES ('Bob')").ok());
  v1::ErrorDetail detail = ExpectRefused(v1::ERROR_REASON_CONSTRAINT_UNIQUE, [&] { return Save(session_, "s").status; });
  EXPECT_EQ(detail.constraint(), "users_name_key");
  EXPECT_EQ(detail.sqlstate(), "23505");
  EXPECT_EQ(detail.offset(), 1u);
  ASSERT_TRUE(postgres_->Execute("postgres", "ALTER TABLE users RENAME COLUMN name TO title").ok());
  ExpectRefused(v1::ERROR_REASON_TARGET_SCHEMA_CHANGED, [&] { return Save(session_, "s").status; });
  ASSERT_TRUE(postgres_->Execute("postgres", "ALTER TABLE users RENAME TO people").ok());
  ExpectRefused(v1::ERROR_REASON_TARGET_SCHEMA_CHANGED, [&] { return Save(session_, "s").status; });
  ASSERT_TRUE(
      postgres_
          ->Execute("postgres", "ALTER TABLE people RENAME TO users; ALTER TABLE users RENAME COLUMN title TO name; TRUNCATE users")
          .ok());
  EXPECT_OK(Save(session_, "s").status);
}

}  // namespace
}  // namespace uow
