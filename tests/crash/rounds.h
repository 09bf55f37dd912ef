#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/crash/harness.h"

namespace uow::crash {

// One life of uowd, and how it ends.
struct Round {
  enum class Kind {
    kStep,         // dies at a named step
    kAnyTime,      // killed at any time
    kStarting,     // killed while it starts
    kServer,       // the target's server dies and comes back meanwhile
    kLostCommits,  // COMMITs are lost on the way, or their answers
  };
  Kind kind = Kind::kAnyTime;
  std::string step;
  std::string target;  // the only one that is saved into; empty: all
};

// The rounds of a run: every step at least once, those of a save once a target; filled up to `kills`, in random order.
std::vector<Round> PlanRounds(uint64_t kills, std::mt19937_64& random);

// Plays rounds and counts deaths.
class Player {
 public:
  explicit Player(Harness& harness) : harness_(harness) {}

  // Starts uowd, checks everything, lets the clients work, and ends uowd; again where it should have died at a step and didn't come
  // to it.
  void Play(const Round& round);
  // Starts it a last time, finishes and checks everything, and stops it politely.
  void PlayEnd();

  // A line a step. Reports the steps at which uowd never died.
  void PrintAndCheckHits();
  uint64_t kills() const { return kills_; }

 private:
  void PlayOnce(const Round& round);
  void EndAtStep(const Round& round);
  void EndAtAnyTime();
  void WithServerDying(ServerDatabase& server);
  void WithLostCommits(CommitCutter& cutter);
  // uowd is dead: notes whether it died of the armed step.
  void CountDeath(const Round& round);

  Harness& harness_;
  std::map<std::string, std::map<std::string, int>> hits_;  // by step and target
  bool missed_ = false;                                     // the armed step wasn't reached in time
  uint64_t kills_ = 0;
  std::map<std::string, uint64_t> server_kills_;  // by target
};

}  // namespace uow::crash
