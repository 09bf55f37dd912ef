#include "service/service_fixture.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "service/log.h"

namespace uow {
namespace {

constexpr char kTables[] = R"(
  CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, email TEXT);
  CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES users (id), title TEXT NOT NULL);
  CREATE TABLE accounts (code TEXT NOT NULL PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0),
                         doubled INTEGER GENERATED ALWAYS AS (balance * 2) STORED);
)";

template <typename Response, typename Visit>
grpc::Status Drain(std::unique_ptr<grpc::ClientReader<Response>> reader, Visit visit) {
  Response response;
  while (reader->Read(&response)) visit(response);
  return reader->Finish();
}

v1::Event Make(v1::EventKind kind, const std::string& table, v1::Value key, std::vector<v1::Field> fields) {
  v1::Event event;
  event.set_kind(kind);
  event.set_table_name(table);
  *event.add_key() = std::move(key);
  for (v1::Field& field : fields) *event.add_fields() = std::move(field);
  return event;
}

struct Database {
  explicit Database(const std::string& path) {
    sqlite3_open(path.c_str(), &handle);
    // A save tidies up behind its answer.
    sqlite3_busy_timeout(handle, 10'000);
  }
  ~Database() { sqlite3_close(handle); }
  sqlite3* handle = nullptr;
};

}  // namespace

v1::Value Text(const std::string& text) {
  v1::Value value;
  value.set_text_value(text);
  return value;
}

v1::Value Integer(int64_t number) {
  v1::Value value;
  value.set_int64_value(number);
  return value;
}

v1::Value Null() {
  v1::Value value;
  value.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
  return value;
}

v1::Value NewKey(uint64_t counter) {
  v1::Value value;
  value.mutable_handle_value()->set_counter(counter);
  return value;
}

v1::Field Set(const std::string& column, v1::Value value) {
  v1::Field field;
  field.set_column_name(column);
  *field.mutable_value() = std::move(value);
  return field;
}

v1::Event Created(const std::string& table, v1::Value key, std::vector<v1::Field> fields) {
  return Make(v1::EVENT_KIND_CREATED, table, std::move(key), std::move(fields));
}

v1::Event Updated(const std::string& table, v1::Value key, std::vector<v1::Field> fields) {
  return Make(v1::EVENT_KIND_UPDATED, table, std::move(key), std::move(fields));
}

v1::Event Deleted(const std::string& table, v1::Value key) { return Make(v1::EVENT_KIND_DELETED, table, std::move(key), {}); }

void ServiceTest::SetUp() {
  InitLog("error");
  Execute(kTables);
  config_.data_dir = directory_.path() + "/data";
  config_.listen = {absl::StrCat("unix:", directory_.path(), "/uowd.sock")};
  config_.targets["main"] = "sqlite:" + database();
  config_.free_space_reserve = 0;
  Configure(config_);
  StartServer();
}

void ServiceTest::StartServer() {
  auto server = Server::Start(config_);
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  Connect(grpc::CreateCustomChannel(server_->addresses()[0], grpc::InsecureChannelCredentials(), arguments));
}

void ServiceTest::Connect(std::shared_ptr<grpc::Channel> channel) {
  channel_ = std::move(channel);
  schemas_ = v1::SchemaService::NewStub(channel_);
  sessions_ = v1::SessionService::NewStub(channel_);
  journal_ = v1::JournalService::NewStub(channel_);
  saves_ = v1::SaveService::NewStub(channel_);
}

void ServiceTest::RestartServer() {
  StopServer();
  StartServer();
}

std::unique_ptr<grpc::ClientContext> ServiceTest::NewContext() const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  return context;
}

std::string ServiceTest::OpenSession(const std::string& target) {
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse response;
  request.set_target(target);
  EXPECT_OK(sessions_->OpenSession(NewContext().get(), request, &response));
  sequence_ = epoch_ = 0;
  return response.session().session_id();
}

v1::Session ServiceTest::GetSession(const std::string& id) {
  v1::GetSessionRequest request;
  v1::GetSessionResponse response;
  request.set_session_id(id);
  EXPECT_OK(sessions_->GetSession(NewContext().get(), request, &response));
  return response.session();
}

grpc::Status ServiceTest::Append(const std::string& session, std::vector<v1::Event> events, v1::Ack* ack) {
  v1::AppendRequest request;
  v1::AppendResponse response;
  request.set_session_id(session);
  request.set_writer(writer_);
  request.set_sequence(sequence_ + 1);
  request.set_epoch(epoch_);
  for (v1::Event& event : events) *request.mutable_append()->add_events() = std::move(event);
  grpc::Status status = journal_->Append(NewContext().get(), request, &response);
  if (status.ok()) ++sequence_;
  if (ack != nullptr) *ack = response.ack();
  return status;
}

grpc::Status ServiceTest::SetCheckpoint(const std::string& session, const std::string& name, v1::Ack* ack) {
  v1::SetCheckpointRequest request;
  v1::SetCheckpointResponse response;
  request.set_session_id(session);
  request.set_writer(writer_);
  request.set_sequence(sequence_ + 1);
  request.set_epoch(epoch_);
  request.mutable_checkpoint()->set_name(name);
  grpc::Status status = journal_->SetCheckpoint(NewContext().get(), request, &response);
  if (status.ok()) ++sequence_;
  if (ack != nullptr) *ack = response.ack();
  return status;
}

grpc::Status ServiceTest::Rollback(const std::string& session, const v1::RollbackTo& to, v1::Ack* ack) {
  v1::RollbackRequest request;
  v1::RollbackResponse response;
  request.set_session_id(session);
  request.set_writer(writer_);
  request.set_sequence(sequence_ + 1);
  request.set_epoch(epoch_);
  *request.mutable_rollback() = to;
  grpc::Status status = journal_->Rollback(NewContext().get(), request, &response);
  if (status.ok()) {
    ++sequence_;
    epoch_ = response.ack().epoch();
  }
  if (ack != nullptr) *ack = response.ack();
  return status;
}

grpc::Status ServiceTest::RollbackToOffset(const std::string& session, uint64_t offset, v1::Ack* ack) {
  v1::RollbackTo to;
  to.set_offset(offset);
  return Rollback(session, to, ack);
}

grpc::Status ServiceTest::RollbackToCheckpoint(const std::string& session, const std::string& name, v1::Ack* ack) {
  v1::RollbackTo to;
  to.set_checkpoint(name);
  return Rollback(session, to, ack);
}

Saved ServiceTest::Save(const std::string& session, const std::string& save_id, std::optional<v1::Position> to) {
  v1::SaveRequest request;
  request.set_session_id(session);
  request.set_save_id(save_id);
  if (to) *request.mutable_to() = *to;
  Saved saved;
  auto context = NewContext();
  saved.status = Drain(saves_->Save(context.get(), request), [&](v1::SaveResponse& response) {
    EXPECT_FALSE(saved.save.has_begin_time()) << "the committed save is the last message";
    if (response.has_committed()) saved.save = response.committed();
    for (v1::GeneratedEntity& entity : *response.mutable_generated()->mutable_entities()) saved.generated.push_back(entity);
  });
  return saved;
}

grpc::Status ServiceTest::GetChanges(const std::string& session, const v1::Position& to, std::vector<v1::NetChange>* changes) {
  v1::GetChangesRequest request;
  request.set_session_id(session);
  *request.mutable_to() = to;
  auto context = NewContext();
  return Drain(journal_->GetChanges(context.get(), request), [&](const v1::GetChangesResponse& response) {
    if (changes != nullptr) changes->insert(changes->end(), response.changes().begin(), response.changes().end());
  });
}

grpc::Status ServiceTest::PlanSave(const std::string& session, const v1::Position& to, std::vector<v1::PlannedStatement>* plan) {
  v1::PlanSaveRequest request;
  request.set_session_id(session);
  *request.mutable_to() = to;
  auto context = NewContext();
  return Drain(saves_->PlanSave(context.get(), request), [&](const v1::PlanSaveResponse& response) {
    if (plan != nullptr) plan->insert(plan->end(), response.statements().begin(), response.statements().end());
  });
}

grpc::Status ServiceTest::ReadJournal(const std::string& session, uint64_t from, const v1::Position& to,
                                      std::vector<v1::JournalEntry>* entries) {
  v1::ReadJournalRequest request;
  request.set_session_id(session);
  request.set_from(from);
  *request.mutable_to() = to;
  auto context = NewContext();
  return Drain(journal_->ReadJournal(context.get(), request), [&](const v1::ReadJournalResponse& response) {
    EXPECT_LE(response.entries_size(), 1000);
    if (entries != nullptr) entries->insert(entries->end(), response.entries().begin(), response.entries().end());
  });
}

std::vector<std::string> ServiceTest::Checkpoints(const std::string& session) {
  v1::ListCheckpointsRequest request;
  request.set_session_id(session);
  std::vector<std::string> names;
  do {
    v1::ListCheckpointsResponse response;
    grpc::Status status = journal_->ListCheckpoints(NewContext().get(), request, &response);
    EXPECT_OK(status);
    for (const v1::Checkpoint& checkpoint : response.checkpoints()) {
      names.push_back(absl::StrCat(checkpoint.name(), "@", checkpoint.offset()));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return names;
}

v1::Position ServiceTest::AtOffset(uint64_t offset, uint64_t epoch) {
  v1::Position position;
  position.set_offset(offset);
  position.set_epoch(epoch);
  return position;
}

v1::Position ServiceTest::AtCheckpoint(const std::string& name) {
  v1::Position position;
  position.set_checkpoint(name);
  return position;
}

v1::Position ServiceTest::AtCommand(const std::string& writer, uint64_t sequence, uint64_t epoch) {
  v1::Position position;
  position.mutable_command()->set_writer(writer);
  position.mutable_command()->set_sequence(sequence);
  position.set_epoch(epoch);
  return position;
}

std::vector<std::string> ServiceTest::Rows(const std::string& sql) const {
  Database database(this->database());
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(database.handle, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database.handle);
  std::vector<std::string> rows;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    std::string row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const unsigned char* text = sqlite3_column_text(statement, i);
      absl::StrAppend(&row, i == 0 ? "" : "|", text == nullptr ? "NULL" : reinterpret_cast<const char*>(text));
    }
    rows.push_back(std::move(row));
  }
  sqlite3_finalize(statement);
  return rows;
}

void ServiceTest::Execute(const std::string& sql) const {
  Database database(this->database());
  char* error = nullptr;
  ASSERT_EQ(sqlite3_exec(database.handle, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
}

::testing::AssertionResult IsOk(const grpc::Status& status) {
  if (status.ok()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << Describe(status);
}

::testing::AssertionResult RefusedWith(const grpc::Status& status, v1::ErrorReason reason) {
  v1::ErrorDetail detail = DetailOfCall(status);
  if (detail.reason() == reason && static_cast<int>(status.error_code()) == static_cast<int>(CodeOf(reason)) &&
      !status.error_message().empty()) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "expected " << v1::ErrorReason_Name(reason) << ", got " << Describe(status);
}

}  // namespace uow
