#include <thread>

#include "absl/strings/str_cat.h"
#include "proto/grouped_values.h"
#include "service/service_fixture.h"

namespace uow {
namespace {

// A Record stream of one writer.
class Stream {
 public:
  Stream(v1::JournalService::Stub& journal, const std::string& session, const std::string& writer,
         const v1::OpenSessionRequest* open = nullptr) {
    stream_ = journal.Record(&context_);
    v1::RecordRequest request;
    if (open != nullptr) *request.mutable_attach()->mutable_open() = *open;
    request.mutable_attach()->set_session_id(session);
    request.mutable_attach()->set_writer(writer);
    stream_->Write(request);
  }

  v1::Attached ReadAttached() {
    v1::RecordResponse response;
    EXPECT_TRUE(stream_->Read(&response) && response.has_attached());
    return response.attached();
  }
  bool Send(uint64_t sequence, uint64_t epoch, std::vector<v1::Event> events) {
    v1::RecordRequest request = Next(sequence, epoch);
    for (v1::Event& event : events) *request.mutable_command()->mutable_append()->add_events() = std::move(event);
    return stream_->Write(request);
  }
  bool SendCheckpoint(uint64_t sequence, uint64_t epoch, const std::string& name) {
    v1::RecordRequest request = Next(sequence, epoch);
    request.mutable_command()->mutable_checkpoint()->set_name(name);
    return stream_->Write(request);
  }
  bool SendRollback(uint64_t sequence, uint64_t epoch, uint64_t offset) {
    v1::RecordRequest request = Next(sequence, epoch);
    request.mutable_command()->mutable_rollback()->set_offset(offset);
    return stream_->Write(request);
  }
  // Reads until the acknowledgement of a command.
  v1::Ack ReadAck(uint64_t sequence) {
    v1::RecordResponse response;
    while (stream_->Read(&response)) {
      EXPECT_GT(response.ack().sequence(), last_.sequence()) << "acknowledgements only grow";
      last_ = response.ack();
      if (last_.sequence() >= sequence) break;
    }
    EXPECT_GE(last_.sequence(), sequence);
    return last_;
  }
  grpc::Status HalfClose() {
    stream_->WritesDone();
    return Finish();
  }
  grpc::Status Finish() {
    v1::RecordResponse response;
    while (stream_->Read(&response)) last_ = response.ack();
    return stream_->Finish();
  }
  const v1::Ack& last_ack() const { return last_; }

 private:
  static v1::RecordRequest Next(uint64_t sequence, uint64_t epoch) {
    v1::RecordRequest request;
    request.mutable_command()->set_sequence(sequence);
    request.mutable_command()->set_epoch(epoch);
    return request;
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::RecordRequest, v1::RecordResponse>> stream_;
  v1::Ack last_;
};

v1::Event User(uint64_t counter, const std::string& name) { return Created("users", NewKey(counter), {Set("name", Text(name))}); }

TEST_F(ServiceTest, ASessionFromOpenToSave) {
  std::string session = OpenSession();
  v1::Ack ack;
  ASSERT_OK(Append(
      session, {User(1, "Ann"), Created("posts", NewKey(2), {Set("author_id", NewKey(1)), Set("title", Text("Hello"))})}, &ack));
  EXPECT_EQ(ack.sequence(), 1);
  EXPECT_EQ(ack.offset(), 2);
  ASSERT_OK(SetCheckpoint(session, "draft", &ack));
  EXPECT_EQ(ack.offset(), 2);
  ASSERT_OK(Append(session, {Updated("posts", NewKey(2), {Set("title", Text("Wrong"))})}));
  ASSERT_OK(RollbackToCheckpoint(session, "draft", &ack));
  EXPECT_EQ(ack.offset(), 2);
  EXPECT_EQ(ack.epoch(), 1);
  ASSERT_OK(Append(session, {Updated("users", NewKey(1), {Set("email", Text("ann@example.org"))})}));
  EXPECT_EQ(Checkpoints(session), std::vector<std::string>{"draft@2"});

  std::vector<v1::NetChange> changes;
  ASSERT_OK(GetChanges(session, {}, &changes));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].kind(), v1::CHANGE_KIND_INSERT);
  EXPECT_EQ(changes[0].fields_size(), 2);

  std::vector<v1::PlannedStatement> plan;
  ASSERT_OK(PlanSave(session, {}, &plan));
  ASSERT_EQ(plan.size(), 2u);
  EXPECT_EQ(plan[0].kind(), v1::STATEMENT_KIND_INSERT);
  EXPECT_EQ(plan[0].expected_rows(), 1u);
  EXPECT_EQ(Rows("SELECT count(*) FROM users"), std::vector<std::string>{"0"}) << "a plan writes nothing";

  Saved first = Save(session, "first", AtCheckpoint("draft"));
  ASSERT_OK(first.status);
  EXPECT_EQ(first.save.state(), v1::SAVE_STATE_COMMITTED);
  EXPECT_EQ(first.save.inserted(), 2u);
  EXPECT_EQ(first.generated.size(), 2u);
  EXPECT_EQ(Rows("SELECT name, email, title FROM users JOIN posts ON author_id = users.id"),
            std::vector<std::string>{"Ann|NULL|Hello"});
  EXPECT_EQ(GetSession(session).saved(), 2u);

  Saved rest = Save(session, "rest");
  ASSERT_OK(rest.status);
  EXPECT_EQ(rest.save.updated(), 1u) << "the handle was resolved by the first save";
  EXPECT_EQ(Rows("SELECT email FROM users"), std::vector<std::string>{"ann@example.org"});
}

TEST_F(ServiceTest, ASaveIdIsCarriedOutOnce) {
  std::string session = OpenSession();
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  Saved saved = Save(session, "once");
  ASSERT_OK(saved.status);
  ASSERT_OK(Append(session, {User(2, "Bob")}));
  RestartServer();
  Saved replayed = Save(session, "once");
  ASSERT_OK(replayed.status);
  EXPECT_EQ(replayed.save.to(), 1u);
  ASSERT_EQ(replayed.generated.size(), 1u);
  EXPECT_EQ(replayed.generated[0].SerializeAsString(), saved.generated[0].SerializeAsString());
  EXPECT_EQ(Rows("SELECT name FROM users"), std::vector<std::string>{"Ann"});
  EXPECT_TRUE(RefusedWith(Save(session, "once", AtOffset(2)).status, v1::ERROR_REASON_SAVE_MISMATCH));
}

TEST_F(ServiceTest, AFailedSaveCanBeRepairedAndRunAgain) {
  Execute("INSERT INTO users (name) VALUES ('Ann')");
  std::string session = OpenSession();
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  Saved failed = Save(session, "s");
  EXPECT_TRUE(RefusedWith(failed.status, v1::ERROR_REASON_CONSTRAINT_UNIQUE));
  EXPECT_EQ(DetailOfCall(failed.status).offset(), 0u);
  EXPECT_EQ(GetSession(session).saved(), 0u);
  EXPECT_EQ(GetSession(session).pending_save_id(), "");
  Execute("DELETE FROM users");
  ASSERT_OK(Save(session, "s").status);
  EXPECT_EQ(Rows("SELECT name FROM users"), std::vector<std::string>{"Ann"});

  v1::ListSavesRequest request;
  v1::ListSavesResponse response;
  request.set_session_id(session);
  request.set_include_generated(true);
  ASSERT_OK(saves_->ListSaves(NewContext().get(), request, &response));
  ASSERT_EQ(response.saves_size(), 1);
  EXPECT_EQ(response.saves(0).attempt(), 2u);
  EXPECT_EQ(response.saves(0).generated_size(), 1);
}

TEST_F(ServiceTest, AnEmptyRangeIsSavedWithoutTheTarget) {
  std::string session = OpenSession();
  Saved saved = Save(session, "nothing");
  ASSERT_OK(saved.status);
  EXPECT_EQ(saved.save.state(), v1::SAVE_STATE_COMMITTED);
  EXPECT_EQ(saved.save.inserted() + saved.save.updated() + saved.save.deleted(), 0u);
}

TEST_F(ServiceTest, ASaveWaitsForTheCommandThatItNames) {
  std::string session = OpenSession();
  std::thread later([&] {
    absl::SleepFor(absl::Milliseconds(500));
    EXPECT_OK(Append(session, {User(1, "Ann")}));
  });
  Saved saved = Save(session, "s", AtCommand(writer_, 1));
  later.join();
  ASSERT_OK(saved.status);
  EXPECT_EQ(saved.save.to(), 1u);

  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
  v1::SaveRequest request;
  request.set_session_id(session);
  *request.mutable_to() = AtCommand(writer_, 2);
  v1::SaveResponse response;
  auto reader = saves_->Save(context.get(), request);
  while (reader->Read(&response)) continue;
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(ServiceTest, PipelinedCommandsAreAppliedInOrder) {
  std::string session = OpenSession();
  Stream stream(*journal_, session, "w");
  v1::Attached attached = stream.ReadAttached();
  EXPECT_EQ(attached.last_sequence(), 0u);
  EXPECT_EQ(attached.schema().tables_size(), 3);
  constexpr int kCommands = 2000;
  for (int i = 1; i <= kCommands; ++i) ASSERT_TRUE(stream.Send(i, 0, {User(i, absl::StrCat("user ", i))}));
  ASSERT_TRUE(stream.SendCheckpoint(kCommands + 1, 0, "all"));
  ASSERT_TRUE(stream.SendRollback(kCommands + 2, 0, 1500));
  ASSERT_TRUE(stream.Send(kCommands + 3, 1, {User(kCommands + 1, "last")}));
  ASSERT_OK(stream.HalfClose());
  EXPECT_EQ(stream.last_ack().sequence(), kCommands + 3u);
  EXPECT_EQ(stream.last_ack().offset(), 1501u);
  EXPECT_EQ(stream.last_ack().epoch(), 1u);
  EXPECT_TRUE(Checkpoints(session).empty());

  std::vector<v1::JournalEntry> entries;
  ASSERT_OK(ReadJournal(session, 0, {}, &entries));
  ASSERT_EQ(entries.size(), 1501u);
  for (size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].offset(), i);
  EXPECT_EQ(entries[1499].event().fields(0).value().text_value(), "user 1500");
  EXPECT_EQ(entries[1500].event().fields(0).value().text_value(), "last");

  Stream again(*journal_, session, "w");
  attached = again.ReadAttached();
  EXPECT_EQ(attached.last_sequence(), kCommands + 3u);
  EXPECT_EQ(attached.head(), 1501u);
  EXPECT_EQ(attached.last_handle_counter(), kCommands + 1u);
  EXPECT_OK(again.HalfClose());
}

TEST_F(ServiceTest, AStreamOpensItsSessionAndTakesCommandsBehindThat) {
  v1::OpenSessionRequest open;
  open.set_target("main");
  open.set_schema_id(GetSession(OpenSession()).schema_id());
  const std::string session(32, 'a');
  {
    Stream stream(*journal_, session, "w", &open);
    stream.Send(1, 0, {User(1, "Ann")});
    stream.Send(2, 0, {User(2, "Bob")});
    v1::Attached attached = stream.ReadAttached();
    EXPECT_EQ(attached.session().session_id(), session);
    EXPECT_EQ(attached.session().idle_ttl().seconds(), GetSession(session).idle_ttl().seconds());
    EXPECT_FALSE(attached.has_schema());
    EXPECT_EQ(stream.ReadAck(2).offset(), 2u);
    ASSERT_OK(stream.HalfClose());
  }
  Stream again(*journal_, session, "w", &open);
  EXPECT_EQ(again.ReadAttached().last_sequence(), 2u);
  ASSERT_OK(again.HalfClose());

  open.set_session_id(session);
  EXPECT_TRUE(RefusedWith(Stream(*journal_, session, "w", &open).Finish(), v1::ERROR_REASON_INVALID_REQUEST));
  open.clear_session_id();
  open.set_target("");
  open.set_dialect(v1::DIALECT_SQLITE);
  EXPECT_TRUE(RefusedWith(Stream(*journal_, session, "w", &open).Finish(), v1::ERROR_REASON_SESSION_EXISTS));
  open.clear_schema_id();
  EXPECT_TRUE(RefusedWith(Stream(*journal_, session, "w", &open).Finish(), v1::ERROR_REASON_INVALID_REQUEST));
}

TEST_F(ServiceTest, ARetriedCommandIsAppliedOnce) {
  std::string session = OpenSession();
  Stream stream(*journal_, session, "w");
  stream.ReadAttached();
  stream.Send(1, 0, {User(1, "Ann")});
  stream.Send(2, 0, {User(2, "Bob")});
  stream.Send(1, 0, {User(1, "Ann")});
  stream.Send(3, 0, {User(3, "Cid")});
  ASSERT_OK(stream.HalfClose());
  EXPECT_EQ(stream.last_ack().sequence(), 3u);
  EXPECT_EQ(GetSession(session).head(), 3u);
}

TEST_F(ServiceTest, NothingAfterARefusedCommandIsApplied) {
  std::string session = OpenSession();
  Stream stream(*journal_, session, "w");
  stream.ReadAttached();
  stream.Send(1, 0, {User(1, "Ann")});
  stream.Send(2, 0, {User(2, "Bob")});
  stream.Send(3, 0, {Created("users", NewKey(3), {Set("name", Integer(7))})});
  stream.Send(4, 0, {User(4, "Dan")});
  grpc::Status status = stream.Finish();
  EXPECT_TRUE(RefusedWith(status, v1::ERROR_REASON_VALUE_TYPE_MISMATCH));
  EXPECT_EQ(DetailOfCall(status).sequence(), 3u);
  EXPECT_EQ(stream.last_ack().sequence(), 2u) << "what came before is acknowledged first";
  EXPECT_EQ(GetSession(session).head(), 2u);

  Stream second(*journal_, session, "w");
  second.ReadAttached();
  second.Send(3, 0, {User(3, "Cid")});
  second.SendCheckpoint(4, 0, "c");
  second.SendCheckpoint(5, 0, "c");
  second.Send(6, 0, {User(4, "Dan")});
  status = second.Finish();
  EXPECT_TRUE(RefusedWith(status, v1::ERROR_REASON_CHECKPOINT_EXISTS));
  EXPECT_EQ(DetailOfCall(status).sequence(), 5u);
  EXPECT_EQ(GetSession(session).head(), 3u);
}

TEST_F(ServiceTest, AWritersNewStreamEndsItsOlderOne) {
  std::string session = OpenSession();
  Stream older(*journal_, session, "w");
  older.ReadAttached();
  uint64_t sent = 0;
  for (; sent < 500; ++sent) older.Send(sent + 1, 0, {User(sent + 1, absl::StrCat("user ", sent))});
  Stream other(*journal_, session, "another");
  other.ReadAttached();
  Stream newer(*journal_, session, "w");
  v1::Attached attached = newer.ReadAttached();
  EXPECT_TRUE(RefusedWith(older.Finish(), v1::ERROR_REASON_WRITER_REPLACED));
  EXPECT_EQ(attached.head(), attached.last_sequence());
  EXPECT_EQ(GetSession(session).head(), attached.head()) << "nothing of the older stream comes after the newer one attached";
  EXPECT_GE(attached.head(), older.last_ack().sequence());
  newer.Send(attached.last_sequence() + 1, 0, {User(1000, "new")});
  EXPECT_OK(newer.HalfClose());
  EXPECT_OK(other.HalfClose());
}

TEST_F(ServiceTest, AShutdownAcknowledgesAndSaysSo) {
  std::string session = OpenSession();
  Stream stream(*journal_, session, "w");
  stream.ReadAttached();
  for (int i = 1; i <= 100; ++i) stream.Send(i, 0, {User(i, absl::StrCat("user ", i))});
  stream.ReadAck(1);
  std::thread stop([&] { EXPECT_TRUE(server_->Shutdown()); });
  grpc::Status status = stream.Finish();
  stop.join();
  EXPECT_TRUE(RefusedWith(status, v1::ERROR_REASON_SHUTTING_DOWN));
  RestartServer();
  EXPECT_GE(GetSession(session).head(), stream.last_ack().sequence());
}

TEST_F(ServiceTest, SessionsAreListedByPageAndLabel) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    v1::OpenSessionRequest request;
    v1::OpenSessionResponse response;
    request.set_target("main");
    (*request.mutable_labels())["parity"] = i % 2 == 0 ? "even" : "odd";
    ASSERT_OK(sessions_->OpenSession(NewContext().get(), request, &response));
    ids.push_back(response.session().session_id());
  }
  std::sort(ids.begin(), ids.end());
  v1::ListSessionsRequest request;
  request.set_page_size(2);
  std::vector<std::string> listed;
  do {
    v1::ListSessionsResponse response;
    ASSERT_OK(sessions_->ListSessions(NewContext().get(), request, &response));
    EXPECT_LE(response.sessions_size(), 2);
    for (const v1::Session& session : response.sessions()) listed.push_back(session.session_id());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, ids);

  v1::ListSessionsRequest odd;
  v1::ListSessionsResponse response;
  (*odd.mutable_labels())["parity"] = "odd";
  odd.set_state(v1::SESSION_STATE_OPEN);
  ASSERT_OK(sessions_->ListSessions(NewContext().get(), odd, &response));
  EXPECT_EQ(response.sessions_size(), 2);
}

TEST_F(ServiceTest, AClosedSessionKeepsItsHistoryIfAsked) {
  std::string session = OpenSession();
  ASSERT_OK(Append(session, {User(1, "Ann")}));
  v1::CloseSessionRequest request;
  v1::CloseSessionResponse response;
  request.set_session_id(session);
  request.set_keep_history(true);
  ASSERT_OK(sessions_->CloseSession(NewContext().get(), request, &response));
  EXPECT_EQ(response.session().state(), v1::SESSION_STATE_CLOSED);
  ASSERT_OK(sessions_->CloseSession(NewContext().get(), request, &response));
  std::vector<v1::JournalEntry> entries;
  ASSERT_OK(ReadJournal(session, 0, {}, &entries));
  EXPECT_EQ(entries.size(), 1u);
}

TEST_F(ServiceTest, HistoryAndChangesComeInPages) {
  std::string session = OpenSession();
  constexpr int kUsers = 12'345;
  for (int i = 0; i < kUsers;) {
    std::vector<v1::Event> events;
    for (int n = 0; n < 1000 && i < kUsers; ++n, ++i) events.push_back(User(i + 1, absl::StrCat("user ", i)));
    ASSERT_OK(Append(session, std::move(events)));
  }
  std::vector<v1::JournalEntry> entries;
  ASSERT_OK(ReadJournal(session, 345, AtOffset(12'000), &entries));
  ASSERT_EQ(entries.size(), 12'000u - 345u);
  for (size_t i = 0; i < entries.size(); ++i) ASSERT_EQ(entries[i].offset(), 345 + i);
  std::vector<v1::NetChange> changes;
  ASSERT_OK(GetChanges(session, {}, &changes));
  EXPECT_EQ(changes.size(), size_t{kUsers});
  std::vector<v1::PlannedStatement> plan;
  ASSERT_OK(PlanSave(session, {}, &plan));
  size_t rows = 0;
  for (size_t i = 0; i < plan.size(); ++i) {
    rows += plan[i].rows_size();
    EXPECT_EQ(plan[i].sql().empty(), i > 0 && plan[i].index() == plan[i - 1].index()) << "only a continuation has no statement";
  }
  EXPECT_EQ(rows, size_t{kUsers});
  Saved saved = Save(session, "");
  ASSERT_OK(saved.status);
  EXPECT_EQ(saved.generated.size(), size_t{kUsers});
  EXPECT_FALSE(saved.save.save_id().empty());

  // The same in groups, which a repeated save tells as well.
  v1::SaveRequest request;
  request.set_session_id(session);
  request.set_save_id(saved.save.save_id());
  request.set_group_generated(true);
  std::vector<v1::GeneratedEntity> grouped;
  auto context = NewContext();
  int messages = 0;
  v1::SaveResponse response;
  auto reader = saves_->Save(context.get(), request);
  while (reader->Read(&response)) {
    EXPECT_FALSE(response.has_generated());
    if (!response.has_grouped()) continue;
    ++messages;
    EXPECT_TRUE(UngroupEntities(*response.mutable_grouped(), grouped));
  }
  ASSERT_OK(reader->Finish());
  EXPECT_EQ(messages, 2) << "of 10,000 entities at most";
  ASSERT_EQ(grouped.size(), saved.generated.size());
  for (size_t i = 0; i < grouped.size(); ++i) ASSERT_EQ(grouped[i].SerializeAsString(), saved.generated[i].SerializeAsString());
}

class ShortLivedTest : public ServiceTest {
 protected:
  void Configure(Config& config) override {
    config.purge_interval = absl::Milliseconds(100);
    config.max_sessions = 3;
  }
};

TEST_F(ShortLivedTest, SessionsAreLimitedAndPurged) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(OpenSession());
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse response;
  request.set_target("main");
  EXPECT_TRUE(RefusedWith(sessions_->OpenSession(NewContext().get(), request, &response), v1::ERROR_REASON_OVERLOADED));
  v1::CloseSessionRequest close;
  v1::CloseSessionResponse closed;
  close.set_session_id(ids[0]);
  ASSERT_OK(sessions_->CloseSession(NewContext().get(), close, &closed));
  grpc::Status status;
  for (int i = 0; i < 100; ++i) {
    status = sessions_->OpenSession(NewContext().get(), request, &response);
    if (status.ok()) break;
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_OK(status);
}

}  // namespace
}  // namespace uow
