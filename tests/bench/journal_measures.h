#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/table.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/uowd_process.h"

namespace uow::bench {

// uowd and the echo server, each a process of its own, on the same disk.
class JournalBench {
 public:
  absl::Status Start();

  // Each measures in turns with its baseline and takes medians.
  absl::StatusOr<std::vector<Row>> PipelinedAppend();
  absl::StatusOr<std::vector<Row>> BatchedAppend();
  absl::StatusOr<std::vector<Row>> SingleAppend();
  absl::StatusOr<std::vector<Row>> Rollback();
  // Minutes and gigabytes.
  absl::StatusOr<std::vector<Row>> IdleSessions();
  absl::StatusOr<std::vector<Row>> RestartWithMany();

 private:
  absl::StatusOr<std::string> NewSession();
  // Seconds for `messages` commands of `events` events on each of `streams` streams.
  absl::StatusOr<double> RunJournal(int streams, int events, uint64_t messages, uint64_t window);
  absl::StatusOr<double> RunEcho(int streams, int events, uint64_t messages, uint64_t window);
  // Events a second, in turns.
  absl::Status CompareThroughput(int streams, int events, uint64_t messages, uint64_t window, double& journal, double& echo);

  TempDir directory_;
  std::unique_ptr<UowdProcess> uowd_;
  ChildProcess echo_;
  std::string echo_address_;
  std::string schema_id_;
};

}  // namespace uow::bench
