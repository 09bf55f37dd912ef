#pragma once

#include "service/runtime.h"
#include "uow/v1/save_service.grpc.pb.h"

namespace uow {

// CallbackService, except that Save takes and gives bytes.
using SaveCallbackService = v1::SaveService::WithRawCallbackMethod_Save<
    v1::SaveService::WithCallbackMethod_PlanSave<v1::SaveService::WithCallbackMethod_BeginSave<
        v1::SaveService::WithCallbackMethod_FinishSave<v1::SaveService::WithCallbackMethod_ListSaves<v1::SaveService::Service>>>>>;

class SaveHandlers final : public SaveCallbackService {
 public:
  explicit SaveHandlers(Runtime& runtime) : runtime_(runtime) {}

  grpc::ServerWriteReactor<v1::PlanSaveResponse>* PlanSave(grpc::CallbackServerContext* context,
                                                           const v1::PlanSaveRequest* request) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Save(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override;
  grpc::ServerWriteReactor<v1::BeginSaveResponse>* BeginSave(grpc::CallbackServerContext* context,
                                                             const v1::BeginSaveRequest* request) override;
  grpc::ServerReadReactor<v1::FinishSaveRequest>* FinishSave(grpc::CallbackServerContext* context,
                                                             v1::FinishSaveResponse* response) override;
  grpc::ServerUnaryReactor* ListSaves(grpc::CallbackServerContext* context, const v1::ListSavesRequest* request,
                                      v1::ListSavesResponse* response) override;

 private:
  Runtime& runtime_;
};

}  // namespace uow
