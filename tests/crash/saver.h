#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"
#include "tests/crash/model.h"
#include "uow/v1/save_service.grpc.pb.h"

namespace uow::crash {

// Saves a session again and again. A save whose outcome it doesn't know it repeats with the same id until it knows; now and then it
// repeats one that is committed, which must give the same answer.
class Saver {
 public:
  Saver(World& world, SessionModel& session, uint64_t seed) : world_(world), session_(session), random_(seed) {}

  // Works until the server goes away or `stop` is set. Returns false where the server went away.
  bool Run(const std::shared_ptr<grpc::Channel>& channel, const std::atomic<bool>& stop);
  // Settles what is unknown, then saves everything. For the end, when nobody else works.
  bool SaveRest(const std::shared_ptr<grpc::Channel>& channel);

 private:
  using Stub = v1::SaveService::Stub;

  // Each returns false where the server went away.
  bool Resolve(Stub& stub, SaveAttempt& attempt);
  bool Replay(Stub& stub);
  bool Call(Stub& stub, SaveAttempt& attempt);

  SaveAttempt& NewAttempt(const v1::Position& to);
  v1::Position ChoosePosition();
  void TakeCommitted(SaveAttempt& attempt, const v1::Save& save, std::vector<v1::GeneratedEntity> generated);
  bool TakeError(SaveAttempt& attempt, const grpc::Status& status);
  SaveAttempt* FindUnknown();
  void Fail(const std::string& what);
  bool Chance(int percent) { return static_cast<int>(random_() % 100) < percent; }

  World& world_;
  SessionModel& session_;
  std::mt19937_64 random_;
};

}  // namespace uow::crash
