#include "tests/crash/rounds.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace uow::crash {
namespace {

constexpr const char* kJournalSteps[] = {"append.before_write", "append.written", "truncate.before_write", "truncate.written",
                                         "intent.before_write", "intent.written", "outcome.before_write",  "outcome.written"};
constexpr const char* kSaveSteps[] = {"save.folded",         "save.begun",     "save.fence_taken", "save.statements_run",
                                      "save.marker_written", "save.committed", "save.finished",    "settle.fence_committed"};
constexpr const char* kTargets[] = {"postgres", "mariadb", "sqlite"};
constexpr const char* kServers[] = {"postgres", "mariadb"};
constexpr const char* kSettle = "settle.fence_committed";

void SleepMilliseconds(uint64_t milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

}  // namespace

std::vector<Round> PlanRounds(uint64_t kills, std::mt19937_64& random) {
  using Kind = Round::Kind;
  std::vector<Round> rounds;
  for (const char* step : kJournalSteps) rounds.push_back({Kind::kStep, step, ""});
  for (const char* target : kTargets) {
    for (const char* step : kSaveSteps) rounds.push_back({Kind::kStep, step, target});
  }
  for (int i = 0; i < 2; ++i) {
    for (const char* server : kServers) {
      rounds.push_back({Kind::kServer, "", server});
      rounds.push_back({Kind::kLostCommits, "", server});
    }
    rounds.push_back({Kind::kStarting, "", ""});
  }
  while (rounds.size() < kills) {
    switch (random() % 4) {
      case 0:
        rounds.push_back({Kind::kStep, kJournalSteps[random() % std::size(kJournalSteps)], ""});
        break;
      case 1:
        rounds.push_back({Kind::kStep, kSaveSteps[random() % std::size(kSaveSteps)], kTargets[random() % std::size(kTargets)]});
        break;
      default:
        rounds.push_back({Kind::kAnyTime, "", ""});
    }
  }
  std::shuffle(rounds.begin(), rounds.end(), random);
  // To settle, there must be a save that stands: let the life before end in one.
  for (size_t i = 0; i < rounds.size(); ++i) {
    if (rounds[i].step != kSettle) continue;
    rounds.insert(rounds.begin() + i,
                  {Kind::kStep, random() % 2 == 0 ? "save.marker_written" : "save.committed", rounds[i].target});
    ++i;
  }
  return rounds;
}

void Player::Play(const Round& round) {
  for (int tries = 0; tries < 3 && harness_.world().report.ok(); ++tries) {
    missed_ = false;
    PlayOnce(round);
    if (!missed_) return;
  }
}

void Player::PlayOnce(const Round& round) {
  std::string crash_point;
  if (round.kind == Round::Kind::kStep) {
    // Appends are many, saves few.
    int most = absl::StartsWith(round.step, "append") ? 200 : round.step == kSettle ? 1 : 4;
    crash_point = absl::StrCat(round.step, ":", 1 + harness_.random()() % most);
  }
  if (round.kind == Round::Kind::kStarting) {
    if (absl::Status status = harness_.uowd().Launch(""); !status.ok()) harness_.world().report.Fail(std::string(status.message()));
    std::this_thread::sleep_for(std::chrono::microseconds(harness_.random()() % 60000));
    harness_.uowd().Kill();
    ++kills_;
    return;
  }
  absl::Status started = harness_.uowd().StartArmed(crash_point);
  if (!started.ok()) {
    // Starting may settle saves, and so come upon the step.
    auto end = harness_.uowd().WaitForEnd(absl::ZeroDuration());
    if (crash_point.empty() || !end.has_value() || !end->signalled)
      return harness_.world().report.Fail(std::string(started.message()));
    return CountDeath(round);
  }
  if (!harness_.Verify(false) || !harness_.OpenSessions()) return CountDeath(round);
  if (!harness_.world().report.ok()) return;
  harness_.Work(round.target, [&] {
    for (ServerDatabase* server : harness_.servers()) {
      if (server->name() != round.target) continue;
      if (round.kind == Round::Kind::kServer) WithServerDying(*server);
      if (round.kind == Round::Kind::kLostCommits) WithLostCommits(server->cutter());
    }
    round.kind == Round::Kind::kStep ? EndAtStep(round) : EndAtAnyTime();
  });
  CountDeath(round);
}

void Player::EndAtStep(const Round& round) {
  absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (harness_.world().report.ok() && absl::Now() < deadline) {
    if (harness_.uowd().WaitForEnd(absl::Milliseconds(50)).has_value()) return;
  }
  std::printf("%s was not reached\n", round.step.c_str());
  missed_ = true;
  harness_.uowd().Kill();
}

void Player::EndAtAnyTime() {
  SleepMilliseconds(20 + harness_.random()() % 700);
  if (auto end = harness_.uowd().WaitForEnd(absl::ZeroDuration())) {
    harness_.world().report.Fail(absl::StrCat("uowd ended by itself: ", end->ToString()));
  }
  harness_.uowd().Kill();
}

void Player::WithServerDying(ServerDatabase& server) {
  for (int i = 0; i < 2; ++i) {
    SleepMilliseconds(50 + harness_.random()() % 300);
    server.Kill();
    SleepMilliseconds(harness_.random()() % 100);
    if (absl::Status status = server.Start(); !status.ok()) harness_.world().report.Fail(std::string(status.message()));
    ++server_kills_[server.name()];
  }
}

void Player::WithLostCommits(CommitCutter& cutter) {
  int before = cutter.cuts();
  cutter.Cut(4);
  for (int i = 0; i < 100 && cutter.cuts() < before + 4; ++i) SleepMilliseconds(50);
  cutter.Cut(0);
  if (cutter.cuts() == before) harness_.world().report.Fail("no COMMIT was lost: the proxy saw none");
}

void Player::CountDeath(const Round& round) {
  auto end = harness_.uowd().WaitForEnd(absl::Seconds(5));
  if (!end.has_value() || !end->signalled || end->code != SIGKILL) {
    return harness_.world().report.Fail(
        absl::StrCat("uowd went away, but wasn't killed: ", end ? end->ToString() : "it still runs"));
  }
  ++kills_;
  if (round.kind == Round::Kind::kStep && !missed_) ++hits_[round.step][round.target];
}

void Player::PlayEnd() {
  Report& report = harness_.world().report;
  if (absl::Status status = harness_.uowd().Start(); !status.ok()) return report.Fail(std::string(status.message()));
  if (!harness_.Verify(true) || !harness_.Finish() || !harness_.Verify(true)) return report.Fail("uowd went away at the end");
  absl::StatusOr<int> code = harness_.uowd().Terminate();
  if (!code.ok()) return report.Fail(std::string(code.status().message()));
  if (*code != 0) report.Fail(absl::StrCat("uowd's exit code after SIGTERM is ", *code));
  if (absl::Status status = harness_.uowd().Start(); !status.ok()) return report.Fail(std::string(status.message()));
  if (!harness_.Verify(true)) report.Fail("uowd went away after the end");
}

void Player::PrintAndCheckHits() {
  auto line = [&](const char* step, const char* target) {
    int hits = hits_[step][target];
    std::printf("  %-24s %-10s %3d\n", step, target, hits);
    if (hits == 0) harness_.world().report.Fail(absl::StrCat("uowd never died at ", step, " ", target));
  };
  std::printf("deaths by step:\n");
  for (const char* step : kJournalSteps) line(step, "");
  for (const char* step : kSaveSteps) {
    for (const char* target : kTargets) line(step, target);
  }
  for (ServerDatabase* server : harness_.servers()) {
    std::printf("%s was killed %lu times, %d COMMITs were lost\n", server->name().c_str(), server_kills_[server->name()],
                server->cutter().cuts());
  }
}

}  // namespace uow::crash
