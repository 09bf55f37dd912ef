// Kills uowd again and again while clients record, roll back and save, and checks after each start that every promise holds.
//
//   uow_crash_test [--kills N] [--seed S]      or UOW_CRASH_KILLS, UOW_CRASH_SEED
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "tests/crash/harness.h"
#include "tests/crash/rounds.h"

namespace {

uint64_t Setting(int argc, char** argv, const char* flag, const char* variable, uint64_t otherwise) {
  uint64_t value = otherwise;
  if (const char* text = std::getenv(variable)) (void)absl::SimpleAtoi(text, &value);
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], flag) == 0) (void)absl::SimpleAtoi(argv[i + 1], &value);
  }
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  uint64_t kills = Setting(argc, argv, "--kills", "UOW_CRASH_KILLS", 44);
  uint64_t seed = Setting(argc, argv, "--seed", "UOW_CRASH_SEED", std::random_device()());
  std::printf("seed %lu\n", seed);
  absl::Time begin = absl::Now();
  uow::crash::Harness harness(seed);
  if (absl::Status status = harness.SetUp(); !status.ok()) {
    std::printf("FAILED to set up: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  const uow::crash::Report& report = harness.world().report;
  uow::crash::Player player(harness);
  for (const uow::crash::Round& round : uow::crash::PlanRounds(kills, harness.random())) {
    if (!report.ok()) break;
    player.Play(round);
  }
  if (report.ok()) player.PlayEnd();
  if (report.ok()) player.PrintAndCheckHits();

  const uow::crash::Totals& totals = harness.world().totals;
  std::printf(
      "%lu kills in %.0f s; clients made %lu commands with %lu events, %lu checkpoints, %lu rollbacks; %lu saves committed, %lu "
      "replayed; "
      "%lu commands resent, %lu refused (%lu stale)\n",
      player.kills(), absl::ToDoubleSeconds(absl::Now() - begin), totals.commands.load(), totals.events.load(),
      totals.checkpoints.load(), totals.rollbacks.load(), totals.saves.load(), totals.replays.load(), totals.resent.load(),
      totals.refused.load(), totals.stale.load());
  for (const std::string& failure : report.failures()) std::printf("FAILED: %s\n", failure.c_str());
  if (report.ok()) return 0;
  std::printf("%sthe journal and the databases are left in %s; seed %lu\n", harness.uowd().LogTail().c_str(),
              harness.KeepDirectory().c_str(), seed);
  return 1;
}
