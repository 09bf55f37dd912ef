#include "tests/support/postgres_server.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace uow {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kPatience = absl::Minutes(3);
constexpr char kUser[] = "uow";
constexpr char kPassword[] = "uow-test";

// Where initdb and postgres are: UOW_POSTGRES_BIN, or the newest version under Debian's directory.
std::string FindBinaries() {
  if (const char* chosen = std::getenv("UOW_POSTGRES_BIN"); chosen != nullptr) return chosen;
  std::pair<int, std::string> newest = {0, "/usr/bin"};
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    int version = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &version) || !fs::exists(entry.path() / "bin/initdb", ignored))
      continue;
    newest = std::max(newest, {version, (entry.path() / "bin").string()});
  }
  return newest.second;
}

// PostgreSQL refuses to run as root: there the command runs as the user postgres, and still stops when our thread ends.
std::vector<std::string> Unprivileged(std::vector<std::string> command) {
  if (::geteuid() != 0) return command;
  std::vector<std::string> wrapped = {"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups",
                                      "--pdeathsig=INT"};
  wrapped.insert(wrapped.end(), command.begin(), command.end());
  return wrapped;
}

// A process as /proc shows it.
struct ProcessState {
  char state = 'Z';
  pid_t parent = 0;
};

// Nothing once the process is gone.
std::optional<ProcessState> ReadProcessState(pid_t pid) {
  std::ifstream stat(absl::StrCat("/proc/", pid, "/stat"));
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  // "pid (name) state parent …": the name may hold anything, so look behind its end.
  size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  ProcessState process;
  if (!(rest >> process.state >> process.parent)) return std::nullopt;
  return process;
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", ignored)) {
    pid_t pid = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &pid)) continue;
    std::optional<ProcessState> process = ReadProcessState(pid);
    if (process && process->parent == parent) children.push_back(pid);
  }
  return children;
}

// Whether it runs; a dead process that nobody has waited for does not.
bool Runs(pid_t pid) {
  std::optional<ProcessState> process = ReadProcessState(pid);
  return process && process->state != 'Z';
}

struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};

}  // namespace

PostgresServer::PostgresServer(const PostgresServerOptions& options) : options_(options), bin_(FindBinaries()), port_(FreePort()) {}

PostgresServer::~PostgresServer() { Stop(); }

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::Create(const PostgresServerOptions& options) {
  std::unique_ptr<PostgresServer> server(new PostgresServer(options));
  if (absl::Status status = server->Initialise(); !status.ok()) return status;
  if (absl::Status status = server->Start(); !status.ok()) return status;
  return server;
}

absl::Status PostgresServer::Initialise() {
  const std::string& directory = directory_.path();
  if (::geteuid() == 0) {
    const passwd* user = ::getpwnam("postgres");
    if (user == nullptr) return absl::NotFoundError("there is no user postgres to run the server as");
    if (::chown(directory.c_str(), user->pw_uid, user->pw_gid) != 0) return absl::ErrnoToStatus(errno, directory);
  }
  const std::string password_file = directory + "/password";
  std::ofstream(password_file) << kPassword << "\n";
  ChildProcess initdb;
  absl::Status started =
      initdb.Start(Unprivileged({bin_ + "/initdb", "--pgdata=" + directory + "/data", absl::StrCat("--username=", kUser),
                                 "--pwfile=" + password_file, "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8",
                                 "--locale=C.UTF-8", "--no-sync"}),
                   {{"HOME", directory}}, directory + "/log");
  if (!started.ok()) return started;
  std::optional<ProcessEnd> end = initdb.Wait(kPatience);
  if (end && !end->signalled && end->code == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("initdb: ", end ? end->ToString() : "takes too long", "\n", LogTail()));
}

absl::Status PostgresServer::Start() {
  if (running()) return absl::OkStatus();
  const std::string& directory = directory_.path();
  std::vector<std::string> command = {bin_ + "/postgres", "-D", directory + "/data"};
  std::vector<std::string> settings = {"listen_addresses=127.0.0.1",
                                       absl::StrCat("port=", port_),
                                       "unix_socket_directories=" + directory,
                                       absl::StrCat("fsync=", options_.fsync ? "on" : "off"),
                                       "max_connections=50",
                                       "logging_collector=off",
                                       "autovacuum=off"};
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  for (const std::string& setting : settings) {
    command.emplace_back("-c");
    command.push_back(setting);
  }
  absl::Status started = process_.Start(Unprivileged(std::move(command)), {{"HOME", directory}}, directory + "/log");
  return started.ok() ? WaitUntilReady() : started;
}

absl::Status PostgresServer::WaitUntilReady() {
  const std::string dsn = SocketDsn();
  for (absl::Time deadline = absl::Now() + kPatience; absl::Now() < deadline; absl::SleepFor(absl::Milliseconds(10))) {
    if (PQping(dsn.c_str()) == PQPING_OK) return absl::OkStatus();
    if (std::optional<ProcessEnd> end = process_.Wait(absl::ZeroDuration())) {
      return absl::InternalError(absl::StrCat("postgres: ", end->ToString(), "\n", LogTail()));
    }
  }
  return absl::InternalError(absl::StrCat("postgres doesn't get ready\n", LogTail()));
}

std::string PostgresServer::LogTail() const {
  std::ifstream log(directory_.path() + "/log");
  std::string text((std::istreambuf_iterator<char>(log)), {});
  return text.substr(text.size() - std::min<size_t>(text.size(), 2000));
}

std::string PostgresServer::HostAndPort() const { return absl::StrCat("127.0.0.1:", port_); }

std::string PostgresServer::Dsn(const std::string& database) const {
  return absl::StrCat("postgresql://", kUser, ":", kPassword, "@", HostAndPort(), "/", database);
}

std::string PostgresServer::SocketDsn(const std::string& database) const {
  return absl::StrCat("postgresql:///", database, "?user=", kUser, "&port=", port_, "&host=", directory_.path());
}

absl::Status PostgresServer::CreateDatabase(const std::string& name) {
  return Execute("postgres", absl::StrCat("CREATE DATABASE \"", name, "\""));
}

absl::Status PostgresServer::Execute(const std::string& database, const std::string& sql) const {
  return Query(database, sql).status();
}

absl::StatusOr<std::vector<PostgresServer::Row>> PostgresServer::Query(const std::string& database, const std::string& sql) const {
  std::unique_ptr<PGconn, FinishConnection> connection(PQconnectdb(SocketDsn(database).c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) return absl::UnavailableError(PQerrorMessage(connection.get()));
  PQsetNoticeReceiver(
      connection.get(), [](void*, const PGresult*) {}, nullptr);
  std::unique_ptr<PGresult, ClearResult> result(PQexec(connection.get(), sql.c_str()));
  ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
    return absl::InternalError(PQerrorMessage(connection.get()));
  }
  std::vector<Row> rows(PQntuples(result.get()));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      bool null = PQgetisnull(result.get(), i, column);
      rows[i].push_back(null ? std::nullopt : std::optional<std::string>(PQgetvalue(result.get(), i, column)));
    }
  }
  return rows;
}

void PostgresServer::Stop() {
  if (!running()) return;
  process_.Signal(SIGINT);
  if (!process_.Wait(kPatience)) Kill();
}

void PostgresServer::Kill() {
  if (!running()) return;
  // Stopped first, so that it starts no further process while its children are counted.
  process_.Signal(SIGSTOP);
  std::vector<pid_t> children = ChildrenOf(process_.pid());
  for (pid_t child : children) ::kill(child, SIGKILL);
  process_.Signal(SIGKILL);
  process_.Wait(kPatience);
  // A server that starts while one of the old processes is left refuses to.
  for (pid_t child : children) {
    for (absl::Time deadline = absl::Now() + kPatience; Runs(child) && absl::Now() < deadline;)
      absl::SleepFor(absl::Milliseconds(1));
  }
}

}  // namespace uow
