#pragma once

#include "service/runtime.h"
#include "uow/v1/save_service.grpc.pb.h"

namespace uow {

class SaveHandlers final : public v1::SaveService::CallbackService {
 public:
  explicit SaveHandlers(Runtime& runtime) : runtime_(runtime) {}

  grpc::ServerWriteReactor<v1::PlanSaveResponse>* PlanSave(grpc::CallbackServerContext* context,
                                                           const v1::PlanSaveRequest* request) override;
  grpc::ServerWriteReactor<v1::SaveResponse>* Save(grpc::CallbackServerContext* context, const v1::SaveRequest* request) override;
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
