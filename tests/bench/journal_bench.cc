// uow-bench-journal [--json] [--large] [--only append|batch|single|rollback|sessions|restart]
#include <cstdio>
#include <cstring>
#include <string>

#include "tests/bench/echo_server.h"
#include "tests/bench/journal_measures.h"
#include "tests/bench/table.h"

int main(int argc, char** argv) {
  using uow::bench::JournalBench;
  if (argc == 4 && std::strcmp(argv[1], "--echo-server") == 0) return uow::bench::RunEchoServer(argv[2], argv[3]);
  bool json = false, large = false;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    json |= std::strcmp(argv[i], "--json") == 0;
    large |= std::strcmp(argv[i], "--large") == 0;
    if (std::strcmp(argv[i], "--only") == 0 && i + 1 < argc) only = argv[++i];
  }
  struct Measure {
    const char* name;
    absl::StatusOr<std::vector<uow::bench::Row>> (JournalBench::*run)();
    bool large;
  };
  const Measure measures[] = {{"append", &JournalBench::PipelinedAppend, false}, {"batch", &JournalBench::BatchedAppend, false},
                              {"single", &JournalBench::SingleAppend, false},    {"rollback", &JournalBench::Rollback, false},
                              {"sessions", &JournalBench::IdleSessions, true},   {"restart", &JournalBench::RestartWithMany, true}};
  JournalBench bench;
  if (absl::Status status = bench.Start(); !status.ok()) {
    std::fprintf(stderr, "uow-bench-journal: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  std::vector<uow::bench::Row> rows;
  for (const Measure& measure : measures) {
    if (only.empty() ? measure.large && !large : only != measure.name) continue;
    auto measured = (bench.*measure.run)();
    if (!measured.ok()) {
      std::fprintf(stderr, "uow-bench-journal: %s: %s\n", measure.name, std::string(measured.status().message()).c_str());
      return 1;
    }
    rows.insert(rows.end(), measured->begin(), measured->end());
  }
  uow::bench::Print(rows, json);
  return 0;
}
