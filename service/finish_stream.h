#pragma once

#include <grpcpp/support/server_callback.h>

#include <string>

#include "absl/status/status.h"
#include "service/runtime.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

// One FinishSave call: gathers the outcome and the bytes of the result, then tells ClientSaves. Deletes itself.
class FinishStream final : public grpc::ServerReadReactor<v1::FinishSaveRequest> {
 public:
  static FinishStream* Start(Runtime& runtime, grpc::CallbackServerContext* context, v1::FinishSaveResponse* response);

  void OnReadDone(bool ok) override;
  void OnDone() override { delete this; }

 private:
  FinishStream(Runtime& runtime, v1::FinishSaveResponse* response) : runtime_(runtime), response_(response) {}
  // Takes the message in.
  absl::Status Take();
  void End(const absl::Status& status);

  Runtime& runtime_;
  v1::FinishSaveResponse* const response_;
  v1::FinishSaveRequest request_;
  v1::AttemptOutcome outcome_;
  bool has_outcome_ = false;
  std::string result_;
};

}  // namespace uow
