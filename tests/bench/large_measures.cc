// The measurements that take minutes.
#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "journal/errors.h"
#include "tests/bench/bench_session.h"
#include "tests/bench/journal_measures.h"

namespace uow::bench {
namespace {

// Resident memory of a process, in MiB.
double ResidentMebibytes(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (absl::StartsWith(line, "VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

}  // namespace

absl::StatusOr<std::vector<Row>> JournalBench::IdleSessions() {
  constexpr uint64_t kSessions = 1000000;
  constexpr int kThreads = 64;  // they share group commits
  double before = ResidentMebibytes(uowd_->pid());
  std::atomic<uint64_t> left{kSessions};
  std::vector<absl::Status> statuses(kThreads);
  std::vector<std::thread> threads;
  std::shared_ptr<grpc::Channel> channel = uowd_->NewChannel();
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      while (statuses[i].ok() && left.fetch_sub(1) - 1 < kSessions) statuses[i] = OpenSession(channel, "main", schema_id_).status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) UOW_RETURN_IF_ERROR(status);
  return std::vector<Row>{Bound("uowd with 1 M idle open sessions (beside: before)", "MiB", ResidentMebibytes(uowd_->pid()), before,
                                Budget::kAtMost, 1024)};
}

absl::StatusOr<std::vector<Row>> JournalBench::RestartWithMany() {
  UOW_RETURN_IF_ERROR(RunJournal(4, 100, 25000, 512).status());
  std::vector<double> seconds;
  for (int i = 0; i < 3; ++i) {
    uowd_->Kill();
    auto begin = std::chrono::steady_clock::now();
    UOW_RETURN_IF_ERROR(uowd_->Start());
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return std::vector<Row>{Bound("restart after kill -9 with 10 M events", "s", Median(seconds), std::nullopt, Budget::kAtMost, 1)};
}

}  // namespace uow::bench
