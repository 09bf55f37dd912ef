#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"
#include "journal/mutex.h"
#include "tests/crash/model.h"
#include "tests/crash/workload.h"
#include "uow/v1/journal_service.grpc.pb.h"

namespace uow::crash {

// One writer of a session: attaches, resends what isn't acknowledged with the same sequences and bytes, records more, and notes
// what it learns in its log. Lives as long as its session, over many ends of the server.
class Writer {
 public:
  Writer(World& world, SessionModel& session, WriterLog& log, uint64_t seed)
      : world_(world), session_(session), log_(log), random_(seed), workload_(session, log, seed + 1) {}

  // Works until the server goes away; after `stop` ends as soon as everything is acknowledged. Returns false where the server went
  // away.
  bool Run(const std::shared_ptr<grpc::Channel>& channel, const std::atomic<bool>& stop);

 private:
  using Stub = v1::JournalService::Stub;
  using Stream = grpc::ClientReaderWriter<v1::RecordRequest, v1::RecordResponse>;
  // A checkpoint of this writer's own, and its entities as they were then.
  struct OwnCheckpoint {
    uint64_t sequence;
    EntitySet state;
  };

  // Each returns false where the server went away.
  bool RunStream(Stub& stub, const std::atomic<bool>& stop);
  bool RunUnary(Stub& stub);
  bool AfterStream(const grpc::Status& status, bool cancelled);

  // The stream's phases.
  void TakeAttached(const v1::Attached& attached);
  void Resend(Stream& stream);
  void Produce(Stream& stream, const std::atomic<bool>& stop);
  void ReadAcks(Stream& stream);
  // Reads the writer's entities back from the journal as it stood at the attachment. False where it has moved on.
  bool Rebuild(Stub& stub, const v1::Attached& attached);

  // Makes the next command, with its sequence, and notes it in the log.
  const v1::Command& NextCommand();
  void AddCheckpoint(v1::Command& command);
  bool AddRollbackToCheckpoint(Sent& sent);
  bool AddRollbackToOffset(Sent& sent);
  grpc::Status CallUnary(Stub& stub, const v1::Command& command, v1::Ack& ack);

  void TakeAck(const v1::Ack& ack);
  // The server refused a command: notes it, or reports that it had no right to. False where it was no refusal but a lost
  // connection.
  bool TakeRefusal(const grpc::Status& status, std::optional<uint64_t> sequence);
  void Fail(const std::string& what);
  bool Chance(int percent) { return static_cast<int>(random_() % 100) < percent; }

  World& world_;
  SessionModel& session_;
  WriterLog& log_;
  std::mt19937_64 random_;
  Workload workload_;
  uint64_t next_epoch_ = 0;   // of the next command, own unacknowledged rollbacks counted
  uint64_t known_epoch_ = 0;  // as the server last said
  bool rebuild_ = true;       // the entities aren't known: read them back before making changes
  uint64_t checkpoints_ = 0;  // ever set
  std::vector<OwnCheckpoint> own_checkpoints_;

  // Of the running stream. Guards the log as well, while a stream runs.
  Mutex mutex_;
  CondVar moved_;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace uow::crash
