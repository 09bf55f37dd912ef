#include "tests/crash/harness.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "journal/errors.h"
#include "tests/crash/database_check.h"
#include "tests/crash/journal_check.h"
#include "tests/crash/journal_reader.h"
#include "tests/support/rpc_error.h"
#include "uow/v1/schema_service.grpc.pb.h"
#include "uow/v1/session_service.grpc.pb.h"

namespace uow::crash {
namespace {

constexpr int kSessionsPerDatabase = 2;
constexpr int kWritersPerSession = 3;
// Each check reads a session as a whole: a new one takes over from here on.
constexpr uint64_t kLargeSession = 12000;

absl::Status ToStatus(const char* call, const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), absl::StrCat(call, ": ", Describe(status)));
}

}  // namespace

Harness::Harness(uint64_t seed) : random_(seed) {}

Harness::~Harness() = default;

absl::Status Harness::SetUp() {
  for (auto* create : {&NewPostgresDatabase, &NewMariadbDatabase}) {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<ServerDatabase> server, create());
    servers_.push_back(server.get());
    databases_.push_back(std::move(server));
  }
  databases_.push_back(NewSqliteDatabase(absl::StrCat(directory_.path(), "/target.db")));
  UowdOptions options;
  options.dir = directory_.path();
  for (const auto& database : databases_) {
    UOW_RETURN_IF_ERROR(database->CreateTables());
    options.targets.emplace_back(database->name(), database->dsn());
  }
  uowd_ = std::make_unique<UowdProcess>(options);
  return absl::OkStatus();
}

std::string Harness::KeepDirectory() {
  directory_.Keep();
  return directory_.path();
}

bool Harness::Survived(const absl::Status& status) {
  if (status.ok()) return true;
  if (!absl::IsUnavailable(status)) world_.report.Fail(std::string(status.message()));
  return !absl::IsUnavailable(status);
}

bool Harness::OpenSessions() {
  for (size_t i = clients_.size(); i-- > 0;) {
    if (clients_[i]->session.events_sent < kLargeSession) continue;
    resting_.push_back(std::move(clients_[i]));
    clients_.erase(clients_.begin() + i);
  }
  std::shared_ptr<grpc::Channel> channel = uowd_->NewChannel();
  for (const auto& database : databases_) {
    int open = 0;
    for (const auto& client : clients_) open += client->database == database.get();
    for (; open < kSessionsPerDatabase; ++open) {
      if (!Survived(OpenSession(channel, *database))) return false;
    }
  }
  return true;
}

absl::Status Harness::OpenSession(const std::shared_ptr<grpc::Channel>& channel, const Database& database) {
  grpc::ClientContext register_context;
  v1::RegisterSchemaRequest schema;
  v1::RegisterSchemaResponse registered;
  *schema.mutable_schema() = TestSchema();
  UOW_RETURN_IF_ERROR(
      ToStatus("RegisterSchema", v1::SchemaService::NewStub(channel)->RegisterSchema(&register_context, schema, &registered)));
  grpc::ClientContext open_context;
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse response;
  request.set_target(database.name());
  request.set_schema_id(registered.schema_id());
  UOW_RETURN_IF_ERROR(
      ToStatus("OpenSession", v1::SessionService::NewStub(channel)->OpenSession(&open_context, request, &response)));

  auto client = std::make_unique<Client>();
  client->database = &database;
  client->session.tag = absl::StrCat(database.name(), "-", ++sessions_);
  client->session.session_id = response.session().session_id();
  client->session.target = database.name();
  for (int i = 1; i <= kWritersPerSession; ++i) {
    auto log = std::make_unique<WriterLog>();
    log->id = absl::StrCat("writer-", i);
    client->writers.push_back(std::make_unique<Writer>(world_, client->session, *log, random_()));
    client->session.writers.push_back(std::move(log));
  }
  client->saver = std::make_unique<Saver>(world_, client->session, random_());
  clients_.push_back(std::move(client));
  return absl::OkStatus();
}

bool Harness::Verify(bool with_resting) {
  std::shared_ptr<grpc::Channel> channel = uowd_->NewChannel();
  std::vector<Client*> clients;
  for (const auto& client : clients_) clients.push_back(client.get());
  for (const auto& client : resting_) {
    if (with_resting) clients.push_back(client.get());
  }
  for (Client* client : clients) {
    std::vector<std::string> writers;
    for (const auto& log : client->session.writers) writers.push_back(log->id);
    absl::StatusOr<SessionView> view = ReadSession(channel, client->session.session_id, writers);
    if (!view.ok()) {
      if (!Survived(view.status())) return false;
      continue;
    }
    CheckJournal(world_, client->session, *view);
    CheckSaves(world_, client->session, *view);
    if (world_.report.ok()) CheckDatabase(world_, client->session, *view, *client->database);
  }
  return true;
}

void Harness::Work(const std::string& target, const std::function<void()>& until_end) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (auto& client : clients_) {
    for (auto& writer : client->writers) {
      threads.emplace_back([&stop, writer = writer.get(), channel = uowd_->NewChannel()] { writer->Run(channel, stop); });
    }
    if (!target.empty() && client->session.target != target) continue;
    threads.emplace_back([&stop, saver = client->saver.get(), channel = uowd_->NewChannel()] { saver->Run(channel, stop); });
  }
  until_end();
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

bool Harness::Finish() {
  std::shared_ptr<grpc::Channel> channel = uowd_->NewChannel();
  std::vector<Client*> clients;
  for (const auto& client : clients_) clients.push_back(client.get());
  for (const auto& client : resting_) clients.push_back(client.get());
  const std::atomic<bool> stop{true};
  for (Client* client : clients) {
    for (auto& writer : client->writers) {
      if (!writer->Run(channel, stop)) return false;
    }
    if (!client->saver->SaveRest(channel)) return false;
  }
  return true;
}

}  // namespace uow::crash
