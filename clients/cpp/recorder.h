#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cpp/command_queue.h"
#include "clients/cpp/mutex.h"
#include "clients/cpp/service.h"

namespace uow::inline client::internal {

// Streams a session's changes to the journal in the background, as one writer: sends, takes acknowledgements, and attaches again
// after a lost connection. One thread sends, another one receives while a stream stands; both begin with the first change.
//
// Called by the session's thread.
class Recorder {
 public:
  // What keeps the stream from going on by itself.
  enum class Trouble {
    kNone,
    kRefused,   // the journal refused a command; a rollback past it resolves that
    kStale,     // another writer rolled the session back; Restart resolves that
    kDiverged,  // the journal refused a rollback; Restart resolves that
    kFatal,     // the session is gone or closed, the token is wrong, …; nothing resolves that
  };

  // `epoch` is the session's as far as the client has seen.
  Recorder(std::shared_ptr<const Service> service, std::string session_id, std::string writer, uint64_t epoch);
  // Goes on sending for ConnectOptions::linger, then ends the stream.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Makes sure that there is room for a change of that size, or says why not: RESOURCE_EXHAUSTED, UNAVAILABLE, or the trouble.
  // Waits for room where ConnectOptions::block_when_full is set.
  absl::Status Admit(size_t bytes);
  void AddEvent(v1::Event event, size_t bytes);
  // Both return the command's ticket.
  uint64_t AddCheckpoint(absl::string_view name);
  uint64_t AddRollback(absl::string_view checkpoint, uint64_t target);

  // Waits until everything added so far is durable. The trouble, or the error of the last attempt once the service couldn't be
  // reached for ConnectOptions::retry_for; calling again goes on trying.
  absl::Status WaitDurable();
  // Whether the command of that ticket is durable, without waiting.
  bool IsDurable(uint64_t ticket) const;
  // Attaches anew and waits for that: finds out whether another writer has rolled the session back.
  absl::Status Reattach();

  Trouble trouble() const;
  // Its error; OK for kNone.
  absl::Status trouble_status() const;
  // While a command is refused: whether a rollback to the checkpoint of that ticket would take it back.
  bool WouldResolve(uint64_t target) const;
  // Drops everything that isn't durable and goes on in another epoch.
  void Restart(uint64_t epoch);

  // The last durable command and the epoch after it; sequence 0 where there was none since the beginning or Restart.
  struct Position {
    uint64_t sequence;
    uint64_t epoch;
  };
  Position durable() const;
  const std::string& writer() const { return writer_; }

 private:
  using Stream = grpc::ClientReaderWriter<v1::RecordRequest, v1::RecordResponse>;

  void Start() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The sending thread.
  void Run();
  // One stream from its beginning to its end.
  absl::Status RunStream();
  absl::Status Attach(Stream& stream);
  void Send(Stream& stream);
  void Receive(Stream& stream);
  // Decides what the end of a stream means.
  void HandleEnd(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void HandleRefusal(uint64_t sequence, const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Retry(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetTrouble(Trouble trouble, const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes a stream that has given up try again.
  void Kick() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<const Service> service_;
  const std::string session_id_;
  const std::string writer_;

  mutable Mutex mutex_;
  CondVar changed_;
  CommandQueue queue_ ABSL_GUARDED_BY(mutex_);
  Trouble trouble_ ABSL_GUARDED_BY(mutex_) = Trouble::kNone;
  absl::Status trouble_status_ ABSL_GUARDED_BY(mutex_);
  // The stream that stands, if any, for cancelling it.
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;    // the receiving thread saw the stream's end
  uint64_t attached_ ABSL_GUARDED_BY(mutex_) = 0;  // how often the stream was attached
  bool reattach_ ABSL_GUARDED_BY(mutex_) = false;
  // Failing since when, and the last error; not failing: the infinite future.
  absl::Time failing_since_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
  bool gave_up_ ABSL_GUARDED_BY(mutex_) = false;
  Backoff backoff_ ABSL_GUARDED_BY(mutex_);
  bool running_ ABSL_GUARDED_BY(mutex_) = false;   // the sending thread
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;  // it ends once there is nothing left to send
  bool cut_off_ ABSL_GUARDED_BY(mutex_) = false;   // it ends now
  std::thread thread_;
};

}  // namespace uow::inline client::internal
