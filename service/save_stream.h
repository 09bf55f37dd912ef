#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <optional>

#include "journal/mutex.h"
#include "service/runtime.h"
#include "service/save_coordinator.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

// One Save call: follows a save and tells the client. The newest progress wins; then come the generated values in pages, and last
// the committed save. Works on serialised messages, for generated values are serialised before the save commits. Keeps itself alive
// until gRPC and the coordinator let go of it.
class SaveStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public SaveObserver,
                         public std::enable_shared_from_this<SaveStream> {
 public:
  // `message` is a serialised SaveRequest.
  static SaveStream* Start(Runtime& runtime, grpc::CallbackServerContext* context, const grpc::ByteBuffer& message);

  void OnProgress(const v1::SaveProgress& progress) override;
  void OnDone(const absl::StatusOr<SaveResultRef>& result) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void Advance();
  // Fills in the next message; false where there is none now.
  bool NextMessage() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The next part of the generated values; false at their end.
  bool NextPage(const SaveResult& result) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool NextEntities(const SaveResult& result) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::shared_ptr<SaveStream> self_;
  Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<v1::SaveProgress> progress_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::StatusOr<SaveResultRef>> result_ ABSL_GUARDED_BY(mutex_);
  bool grouped_ = false;  // how the client wants generated values; set before anything is sent
  size_t sent_pages_ ABSL_GUARDED_BY(mutex_) = 0;
  // What is left of a page that is sent by entity.
  std::deque<v1::GeneratedEntity> left_ ABSL_GUARDED_BY(mutex_);
  bool sent_committed_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ByteBuffer response_;  // a serialised SaveResponse, owned by the write that is under way
};

}  // namespace uow
