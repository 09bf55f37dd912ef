#include "tests/support/mariadb_server.h"

#include <mariadb/mysql.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace uow {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(3);
constexpr char kUnixUser[] = "nobody";
constexpr char kUser[] = "uow";
constexpr char kPassword[] = "uow-test";

// The server: UOW_MARIADBD, or where Debian puts it.
std::string FindServer() {
  const char* chosen = std::getenv("UOW_MARIADBD");
  return chosen != nullptr ? chosen : "/usr/sbin/mariadbd";
}

// MariaDB doesn't like to run as root: there the command runs as a user that every system has, for Debian's user mysql comes with a
// service that tests have no use for. It still stops when our thread ends.
std::vector<std::string> Unprivileged(std::vector<std::string> command) {
  if (::geteuid() != 0) return command;
  std::vector<std::string> wrapped = {"/usr/bin/setpriv", absl::StrCat("--reuid=", kUnixUser), "--regid=nogroup", "--clear-groups",
                                      "--pdeathsig=KILL"};
  wrapped.insert(wrapped.end(), command.begin(), command.end());
  return wrapped;
}

struct CloseConnection {
  void operator()(MYSQL* connection) const { mysql_close(connection); }
};
struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using RawConnection = std::unique_ptr<MYSQL, CloseConnection>;

RawConnection Connect(const std::string& socket, const std::string& database) {
  RawConnection connection(mysql_init(nullptr));
  mysql_options(connection.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_real_connect(connection.get(), nullptr, "root", "", database.empty() ? nullptr : database.c_str(), 0, socket.c_str(),
                     CLIENT_MULTI_STATEMENTS);
  return connection;
}

}  // namespace

MariadbServer::MariadbServer(const MariadbServerOptions& options) : options_(options), port_(FreePort()) {}

MariadbServer::~MariadbServer() { Stop(); }

absl::StatusOr<std::unique_ptr<MariadbServer>> MariadbServer::Create(const MariadbServerOptions& options) {
  std::unique_ptr<MariadbServer> server(new MariadbServer(options));
  if (absl::Status status = server->Initialise(); !status.ok()) return status;
  if (absl::Status status = server->Start(); !status.ok()) return status;
  const std::string make_user = absl::StrCat("CREATE USER '", kUser, "'@'127.0.0.1' IDENTIFIED BY '", kPassword,
                                             "'; GRANT ALL ON *.* TO '", kUser, "'@'127.0.0.1' WITH GRANT OPTION");
  if (absl::Status status = server->Execute("mysql", make_user); !status.ok()) return status;
  return server;
}

absl::Status MariadbServer::Initialise() {
  const std::string& directory = directory_.path();
  if (::geteuid() == 0) {
    const passwd* user = ::getpwnam(kUnixUser);
    if (user == nullptr) return absl::NotFoundError(absl::StrCat("there is no user ", kUnixUser, " to run the server as"));
    if (::chown(directory.c_str(), user->pw_uid, user->pw_gid) != 0) return absl::ErrnoToStatus(errno, directory);
  }
  ChildProcess install;
  absl::Status started =
      install.Start(Unprivileged({"/usr/bin/mariadb-install-db", "--no-defaults", "--datadir=" + directory + "/data",
                                  "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"}),
                    {{"HOME", directory}, {"TMPDIR", directory}}, directory + "/log");
  if (!started.ok()) return started;
  std::optional<ProcessEnd> end = install.Wait(kPatience);
  if (end && !end->signalled && end->code == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("mariadb-install-db: ", end ? end->ToString() : "takes too long", "\n", LogTail()));
}

absl::Status MariadbServer::Start() {
  if (running()) return absl::OkStatus();
  const std::string& directory = directory_.path();
  std::vector<std::string> command = {FindServer(),
                                      "--no-defaults",
                                      "--datadir=" + directory + "/data",
                                      "--socket=" + socket(),
                                      "--pid-file=" + directory + "/pid",
                                      "--bind-address=127.0.0.1",
                                      absl::StrCat("--port=", port_),
                                      "--skip-name-resolve",
                                      absl::StrCat("--innodb-flush-log-at-trx-commit=", options_.fsync ? 1 : 0),
                                      "--innodb-buffer-pool-size=128M"};
  if (!options_.fsync) command.insert(command.end(), {"--innodb-flush-method=nosync", "--debug-no-sync"});
  for (const std::string& setting : options_.settings) command.push_back("--" + setting);
  absl::Status started =
      process_.Start(Unprivileged(std::move(command)), {{"HOME", directory}, {"TMPDIR", directory}}, directory + "/log");
  return started.ok() ? WaitUntilReady() : started;
}

absl::Status MariadbServer::WaitUntilReady() {
  for (absl::Time deadline = absl::Now() + kPatience; absl::Now() < deadline; absl::SleepFor(absl::Milliseconds(10))) {
    if (mysql_errno(Connect(socket(), "").get()) == 0) return absl::OkStatus();
    if (std::optional<ProcessEnd> end = process_.Wait(absl::ZeroDuration())) {
      return absl::InternalError(absl::StrCat("mariadbd: ", end->ToString(), "\n", LogTail()));
    }
  }
  return absl::InternalError(absl::StrCat("mariadbd doesn't get ready\n", LogTail()));
}

std::string MariadbServer::LogTail() const {
  std::ifstream log(directory_.path() + "/log");
  std::string text((std::istreambuf_iterator<char>(log)), {});
  return text.substr(text.size() - std::min<size_t>(text.size(), 2000));
}

std::string MariadbServer::HostAndPort() const { return absl::StrCat("127.0.0.1:", port_); }

std::string MariadbServer::Dsn(const std::string& database) const {
  return absl::StrCat("mysql://", kUser, ":", kPassword, "@", HostAndPort(), "/", database);
}

absl::Status MariadbServer::CreateDatabase(const std::string& name) const {
  return Execute("mysql", absl::StrCat("CREATE DATABASE `", name, "` CHARACTER SET utf8mb4"));
}

absl::Status MariadbServer::Execute(const std::string& database, const std::string& sql) const {
  return Query(database, sql).status();
}

absl::StatusOr<std::vector<MariadbServer::Row>> MariadbServer::Query(const std::string& database, const std::string& sql) const {
  RawConnection connection = Connect(socket(), database);
  if (mysql_errno(connection.get()) != 0) return absl::UnavailableError(mysql_error(connection.get()));
  mysql_query(connection.get(), "SET sql_mode = '', time_zone = '+00:00'");
  std::vector<Row> rows;
  int next = mysql_real_query(connection.get(), sql.data(), sql.size());
  while (next == 0) {
    std::unique_ptr<MYSQL_RES, FreeResult> result(mysql_store_result(connection.get()));
    if (result != nullptr) rows.clear();
    while (result != nullptr) {
      MYSQL_ROW values = mysql_fetch_row(result.get());
      if (values == nullptr) break;
      const unsigned long* lengths = mysql_fetch_lengths(result.get());
      Row& row = rows.emplace_back();
      for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i) {
        row.push_back(values[i] == nullptr ? std::nullopt : std::optional<std::string>(std::string(values[i], lengths[i])));
      }
    }
    next = mysql_next_result(connection.get());
  }
  if (next > 0) return absl::InternalError(mysql_error(connection.get()));
  return rows;
}

void MariadbServer::Stop() {
  if (!running()) return;
  process_.Signal(SIGTERM);
  if (!process_.Wait(kPatience)) Kill();
}

void MariadbServer::Kill() {
  if (!running()) return;
  process_.Signal(SIGKILL);
  process_.Wait(kPatience);
}

}  // namespace uow
