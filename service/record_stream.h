#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/slice.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/arena.h"
#include "journal/journal.h"
#include "journal/mutex.h"
#include "service/command_builder.h"
#include "service/runtime.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// One Record call: a writer's stream of commands.
//
// One message at a time is read into `request_`, checked and submitted; the next is read at once while less than a window of bytes
// waits for the disk. Whoever changes the state under the mutex then calls Advance, which starts what can be started: the write of
// the newest acknowledgement, the next read, or the end. The end waits until every submitted command has its outcome, so that
// nothing of this stream is applied after it is over.
//
// Threads: gRPC's (OnReadDone, OnWriteDone, OnCancel), the journal's committer (acknowledgements), the pools (attaching, settling,
// submitting again). Keeps itself alive until gRPC and the journal let go of it.
//
// It takes and gives bytes rather than messages: gRPC would report a message that can't be parsed as the end of the stream, and the
// client would be told that all is well.
class RecordStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                           public std::enable_shared_from_this<RecordStream> {
 public:
  static RecordStream* Start(Runtime& runtime, grpc::CallbackServerContext* context);

  explicit RecordStream(Runtime& runtime);

  // Another stream of the writer takes over: ends this one, then calls `settled`, when no command of this stream waits any more.
  void Replace(const std::function<void()>& settled);
  // Ends the stream once its commands are acknowledged.
  void End(const absl::Status& status);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { End(absl::CancelledError("the client went away")); }
  void OnDone() override;

 private:
  class Source;

  // What keeps the next read from starting.
  enum class Parked {
    kNo,         // a read is under way, or its message is being handled
    kWindow,     // enough bytes wait for the disk
    kHeld,       // `request_` holds a command that must not be submitted before the others have their outcome
    kAlone,      // a rollback is submitted, and may have to be submitted again
    kElsewhere,  // a pool or the journal will call back
  };

  struct Pending {
    uint64_t sequence;
    size_t bytes;
  };

  void Attach();
  void LoadAndAnswer();
  absl::Status Load(v1::Attached& attached);
  std::shared_ptr<Source> NewSource();

  // Parses what was read into `request_`, or checks it as it is.
  bool ParseRequest();
  void HandleCommand();
  // Builds the command of `request_` and gives it to the journal.
  void Submit();
  void SubmitLater();
  void SettleAndSubmit(const absl::Status& refusal);

  void OnCommitted(const v1::Ack& ack);
  void OnFailed(uint64_t sequence, const absl::Status& status);

  // Starts whatever the state allows. Call without the mutex.
  void Advance();
  // Fills in the next write.
  void Serialise(const v1::RecordResponse& response) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayFinish() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndLocked(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Leaves a section in which gRPC operations may have been started.
  void LeaveStarting();
  void FinishNow();

  Runtime& runtime_;
  std::shared_ptr<RecordStream> self_;

  // The reading side: touched by one thread at a time, whoever handles the message.
  grpc::ByteBuffer incoming_;
  grpc::Slice bytes_;                     // what `request_` was parsed from
  absl::string_view append_bytes_;        // the append in there; empty where it has to be serialised
  std::optional<ScannedEvents> scanned_;  // of `append_bytes_`: `request_` has the command without its events
  // Holds one message; emptied before each, since clearing a message with oneofs would free and allocate every part of it.
  google::protobuf::Arena arena_;
  v1::RecordRequest* request_ = nullptr;
  bool attached_ = false;
  uint64_t last_submitted_ = 0;
  SessionId session_;
  std::string writer_;
  std::optional<uint64_t> client_epoch_;
  std::optional<CommandBuilder> builder_;
  std::shared_ptr<Source> source_;
  // The session's durable events when the journal last called; touched on its committer thread alone, once the stream is attached.
  uint64_t durable_ = 0;

  Mutex mutex_;
  Parked parked_ ABSL_GUARDED_BY(mutex_) = Parked::kNo;
  std::deque<Pending> pending_ ABSL_GUARDED_BY(mutex_);
  size_t pending_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Threads that are about to start a read: Finish has to wait for them.
  int starting_ ABSL_GUARDED_BY(mutex_) = 0;
  // The older stream of the writer isn't settled yet, or the session is being loaded.
  bool attaching_ ABSL_GUARDED_BY(mutex_) = false;
  bool settled_once_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ack_waits_ ABSL_GUARDED_BY(mutex_) = false;
  v1::Ack ack_ ABSL_GUARDED_BY(mutex_);
  grpc::ByteBuffer outgoing_;  // owned by the write that is under way
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::function<void()>> on_settled_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace uow
