#include "service/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "journal/errors.h"
#include "journal/rocks_journal.h"
#include "service/fold_ahead.h"
#include "service/journal_handlers.h"
#include "service/listen.h"
#include "service/log.h"
#include "service/purger.h"
#include "service/runtime.h"
#include "service/save_coordinator.h"
#include "service/save_handlers.h"
#include "service/schema_handlers.h"
#include "service/session_handlers.h"

namespace uow {
namespace {

constexpr size_t kMaxQueuedCalls = 1024;
constexpr size_t kMaxQueuedSaves = 256;
// What streams and calls get for their last words, beside the drain timeout of saves.
constexpr absl::Duration kCloseTime = absl::Seconds(2);
// Clients that ping every ten seconds or less often are welcome.
constexpr int kMinPingIntervalMs = 5000;

absl::Status Bad(absl::string_view message) { return MakeError(v1::ERROR_REASON_INVALID_REQUEST, message); }

absl::StatusOr<std::string> ReadFile(absl::string_view flag, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream content;
  content << in.rdbuf();
  if (!in || content.str().empty()) return Bad(absl::StrCat(flag, ": can't read ", path));
  return content.str();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(const Config& config) {
  if (config.tls_cert.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  grpc::SslServerCredentialsOptions::PemKeyCertPair pair;
  UOW_ASSIGN_OR_RETURN(pair.private_key, ReadFile("--tls-key", config.tls_key));
  UOW_ASSIGN_OR_RETURN(pair.cert_chain, ReadFile("--tls-cert", config.tls_cert));
  options.pem_key_cert_pairs.push_back(std::move(pair));
  return grpc::SslServerCredentials(options);
}

absl::Status MakeDirectory(const std::string& path) {
  std::error_code error;
  // What is recorded is for this user alone.
  if (std::filesystem::create_directories(path, error)) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  if (error) return Bad(absl::StrCat("--data-dir: can't create ", path, ": ", error.message()));
  return absl::OkStatus();
}

void TuneBuilder(const Config& config, grpc::ServerBuilder& builder) {
  // Twice our own limit, so that a message above ours gets an answer that says so.
  builder.SetMaxReceiveMessageSize(static_cast<int>(std::min<uint64_t>(2 * config.max_message_bytes, INT32_MAX)));
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
}

}  // namespace

// In the order in which they are made; destroyed in the opposite one.
struct Server::Parts {
  explicit Parts(const Config& config) : config(config), sessions(config.max_sessions) {}

  absl::Status OpenJournal();
  absl::Status AddTargets();
  absl::Status Listen();
  void SetServing(bool serving);

  const Config config;
  Authenticator authenticator;
  std::vector<ListenAddress> listeners;
  Targets targets;
  SessionLimit sessions;
  StreamRegistry streams;
  std::atomic<bool> draining{false};
  std::unique_ptr<Journal> journal;
  std::unique_ptr<BlockingPool> calls;
  std::unique_ptr<BlockingPool> saves;
  std::optional<FoldAhead> fold_ahead;
  std::optional<ClientSaves> client_saves;
  std::optional<SaveCoordinator> coordinator;
  std::optional<Runtime> runtime;
  std::optional<SchemaHandlers> schema_handlers;
  std::optional<SessionHandlers> session_handlers;
  std::optional<JournalHandlers> journal_handlers;
  std::optional<SaveHandlers> save_handlers;
  std::unique_ptr<Purger> purger;
  std::unique_ptr<grpc::Server> server;
  std::vector<std::string> addresses;
  bool shut_down = false;
};

absl::Status Server::Parts::OpenJournal() {
  UOW_RETURN_IF_ERROR(MakeDirectory(config.data_dir));
  RocksJournalOptions options;
  options.directory = config.data_dir + "/journal";
  options.queue_bytes = config.queue_bytes;
  options.cache_bytes = config.cache_bytes;
  options.free_space_reserve = config.free_space_reserve;
  absl::StatusOr<std::unique_ptr<Journal>> opened = OpenRocksJournal(options);
  // Not the configuration's fault, even where the journal calls it an invalid request.
  if (!opened.ok()) return absl::FailedPreconditionError(opened.status().message());
  journal = *std::move(opened);
  return absl::OkStatus();
}

absl::Status Server::Parts::AddTargets() {
  for (const auto& [name, dsn] : config.targets) {
    TargetConfig target;
    target.name = name;
    target.dsn = dsn;
    target.connect_timeout = config.connect_timeout;
    target.statement_timeout = config.statement_timeout;
    target.pool_size = config.save_threads;
    if (absl::Status status = targets.Add(target); !status.ok())
      return Bad(absl::StrCat("--target ", name, ": ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status Server::Parts::Listen() {
  UOW_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials, MakeCredentials(config));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  TuneBuilder(config, builder);
  std::vector<int> ports(listeners.size(), 0);
  for (size_t i = 0; i < listeners.size(); ++i) {
    if (listeners[i].is_unix()) UOW_RETURN_IF_ERROR(ClearStaleSocket(listeners[i].path));
    builder.AddListeningPort(listeners[i].text, listeners[i].is_unix() ? grpc::InsecureServerCredentials() : credentials,
                             &ports[i]);
  }
  builder.RegisterService(&*schema_handlers);
  builder.RegisterService(&*session_handlers);
  builder.RegisterService(&*journal_handlers);
  builder.RegisterService(&*save_handlers);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  if (authenticator.required()) interceptors.push_back(std::make_unique<ReflectionGuard>(&authenticator));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  // Sockets are for this user alone.
  mode_t mask = umask(0177);
  server = builder.BuildAndStart();
  umask(mask);
  if (server == nullptr) {
    for (size_t i = 0; i < listeners.size(); ++i) {
      if (ports[i] == 0)
        return Bad(absl::StrCat("--listen: can't listen on ", listeners[i].text, ": is it in use, or not of this machine?"));
    }
    return Bad("--listen: can't start the listeners");
  }
  for (size_t i = 0; i < listeners.size(); ++i) {
    const ListenAddress& listener = listeners[i];
    bool v6 = listener.host.find(':') != std::string::npos;
    addresses.push_back(listener.is_unix() ? listener.text
                                           : absl::StrCat(v6 ? "[" : "", listener.host, v6 ? "]" : "", ":", ports[i]));
  }
  return absl::OkStatus();
}

void Server::Parts::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
  if (health == nullptr) return;
  health->SetServingStatus(serving);
  for (const char* service : {v1::SchemaService::service_full_name(), v1::SessionService::service_full_name(),
                              v1::JournalService::service_full_name(), v1::SaveService::service_full_name()}) {
    health->SetServingStatus(service, serving);
  }
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Shutdown(); }

const std::vector<std::string>& Server::addresses() const { return parts_->addresses; }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Config& config) {
  auto parts = std::make_unique<Parts>(config);
  Parts& p = *parts;
  for (const std::string& text : config.listen) {
    UOW_ASSIGN_OR_RETURN(ListenAddress address, ParseListenAddress(text));
    UOW_RETURN_IF_ERROR(CheckExposure(address, config));
    p.listeners.push_back(std::move(address));
  }
  if (!config.token_file.empty()) {
    UOW_ASSIGN_OR_RETURN(p.authenticator, Authenticator::Load(config.token_file));
  }
  UOW_RETURN_IF_ERROR(p.AddTargets());
  UOW_RETURN_IF_ERROR(p.OpenJournal());
  p.calls = std::make_unique<BlockingPool>(config.call_threads, kMaxQueuedCalls);
  p.saves = std::make_unique<BlockingPool>(config.save_threads, kMaxQueuedSaves);
  p.fold_ahead.emplace(*p.journal, config.fold_ahead_bytes);
  p.client_saves.emplace(*p.journal, *p.fold_ahead);
  p.coordinator.emplace(*p.journal, p.targets, *p.client_saves, *p.fold_ahead, *p.saves);
  p.runtime.emplace(Runtime{p.config, p.authenticator, p.targets, *p.journal, *p.calls, *p.saves, *p.coordinator, *p.client_saves,
                            *p.fold_ahead, p.streams, p.sessions, p.draining});
  p.schema_handlers.emplace(*p.runtime);
  p.session_handlers.emplace(*p.runtime);
  p.journal_handlers.emplace(*p.runtime);
  p.save_handlers.emplace(*p.runtime);
  UOW_RETURN_IF_ERROR(p.Listen());
  p.purger = std::make_unique<Purger>(*p.journal, p.sessions, config.purge_interval, config.history_retention);
  p.SetServing(true);
  for (const auto& [name, target] : p.targets.all()) {
    LogInfo("target configured", {{"target", name}, {"dialect", v1::Dialect_Name(target->dialect())}});
  }
  for (const std::string& address : p.addresses) LogInfo("listening", {{"address", address}});
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

bool Server::Shutdown() {
  Parts& p = *parts_;
  if (std::exchange(p.shut_down, true)) return true;
  LogInfo("shutting down");
  p.SetServing(false);
  p.draining = true;
  bool drained = p.coordinator->Drain(absl::Now() + p.config.drain_timeout);
  p.purger.reset();
  p.fold_ahead->Stop();
  // What is queued is committed and acknowledged first; then nothing of a stream waits any more.
  p.streams.EndAll(ShuttingDown());
  p.journal->Shutdown();
  p.server->Shutdown(absl::ToChronoTime(absl::Now() + kCloseTime));
  p.server.reset();
  LogInfo("stopped");
  if (!drained) return false;
  // Their last tasks may still use the others.
  p.calls.reset();
  p.saves.reset();
  return true;
}

}  // namespace uow
