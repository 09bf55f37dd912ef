#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/crash/database.h"
#include "tests/crash/model.h"
#include "tests/crash/saver.h"
#include "tests/crash/server_database.h"
#include "tests/crash/writer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/uowd_process.h"

namespace uow::crash {

// uowd, its databases, and the clients that work on it, over many lives of uowd.
class Harness {
 public:
  explicit Harness(uint64_t seed);
  ~Harness();

  // The databases; uowd isn't started yet.
  absl::Status SetUp();

  // Each returns false where uowd went away meanwhile.
  // Opens sessions until there are enough; those that have grown large rest from then on.
  bool OpenSessions();
  // Compares everything with everything; nobody works meanwhile.
  bool Verify(bool with_resting);
  // Lets everybody finish, and saves the rest of every session.
  bool Finish();

  // Lets the clients work until `until_end` returns, which has to see to it that uowd is dead. Only sessions in `target` are saved
  // meanwhile; empty: all.
  void Work(const std::string& target, const std::function<void()>& until_end);

  UowdProcess& uowd() { return *uowd_; }
  // Those that can die.
  const std::vector<ServerDatabase*>& servers() const { return servers_; }
  World& world() { return world_; }
  std::mt19937_64& random() { return random_; }
  // Keeps the directory after a failure, and says where it is.
  std::string KeepDirectory();

 private:
  // A session and those who work on it.
  struct Client {
    SessionModel session;
    const Database* database = nullptr;
    std::vector<std::unique_ptr<Writer>> writers;
    std::unique_ptr<Saver> saver;
  };

  absl::Status OpenSession(const std::shared_ptr<grpc::Channel>& channel, const Database& database);
  // False where uowd went away; reports every other error.
  bool Survived(const absl::Status& status);

  World world_;
  std::mt19937_64 random_;
  TempDir directory_;
  std::vector<std::unique_ptr<Database>> databases_;
  std::vector<ServerDatabase*> servers_;
  std::unique_ptr<UowdProcess> uowd_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::unique_ptr<Client>> resting_;
  uint64_t sessions_ = 0;  // ever
};

}  // namespace uow::crash
