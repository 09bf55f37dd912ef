#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "tests/crash/entities.h"
#include "tests/crash/model.h"
#include "uow/v1/journal_service.pb.h"

namespace uow::crash {

// Makes up changes that make sense: one writer's own entities, created, updated and deleted at random. What it makes can be saved
// in any prefix, whatever other writers do.
class Workload {
 public:
  Workload(SessionModel& session, WriterLog& log, uint64_t seed) : session_(session), log_(log), random_(seed) {}

  // 1 to `most` events.
  v1::AppendEvents NextAppend(int most);

  // The writer's entities as they stand, to come back to after a rollback.
  const EntitySet& state() const { return state_; }
  void set_state(EntitySet state) { state_ = std::move(state); }

 private:
  void AddEvents(v1::AppendEvents& append);
  void Create(v1::AppendEvents& append, uint32_t table);
  void Update(v1::AppendEvents& append, const EntityName& name);
  void Delete(v1::AppendEvents& append, const EntityName& name);
  void Take(const v1::Event& event);

  // A random entity of a table; null where there is none.
  const EntityName* Pick(uint32_t table);
  // A handle, or the key where it is known and chance wants it.
  void Refer(const EntityName& name, v1::Value& value);
  bool Chance(int percent) { return static_cast<int>(random_() % 100) < percent; }

  SessionModel& session_;
  WriterLog& log_;
  std::mt19937_64 random_;
  EntitySet state_;
  int64_t serial_ = 0;  // makes every event's bytes different from all others of the writer
};

}  // namespace uow::crash
