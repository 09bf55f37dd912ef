#pragma once

#include "service/runtime.h"
#include "uow/v1/journal_service.grpc.pb.h"

namespace uow {

// CallbackService, except that Record takes bytes.
using JournalCallbackService = v1::JournalService::WithRawCallbackMethod_Record<v1::JournalService::WithCallbackMethod_Append<
    v1::JournalService::WithCallbackMethod_SetCheckpoint<v1::JournalService::WithCallbackMethod_Rollback<
        v1::JournalService::WithCallbackMethod_ListCheckpoints<v1::JournalService::WithCallbackMethod_GetChanges<
            v1::JournalService::WithCallbackMethod_ReadJournal<v1::JournalService::Service>>>>>>>;

class JournalHandlers final : public JournalCallbackService {
 public:
  explicit JournalHandlers(Runtime& runtime) : runtime_(runtime) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Record(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Append(grpc::CallbackServerContext* context, const v1::AppendRequest* request,
                                   v1::AppendResponse* response) override;
  grpc::ServerUnaryReactor* SetCheckpoint(grpc::CallbackServerContext* context, const v1::SetCheckpointRequest* request,
                                          v1::SetCheckpointResponse* response) override;
  grpc::ServerUnaryReactor* Rollback(grpc::CallbackServerContext* context, const v1::RollbackRequest* request,
                                     v1::RollbackResponse* response) override;
  grpc::ServerUnaryReactor* ListCheckpoints(grpc::CallbackServerContext* context, const v1::ListCheckpointsRequest* request,
                                            v1::ListCheckpointsResponse* response) override;
  grpc::ServerWriteReactor<v1::GetChangesResponse>* GetChanges(grpc::CallbackServerContext* context,
                                                               const v1::GetChangesRequest* request) override;
  grpc::ServerWriteReactor<v1::ReadJournalResponse>* ReadJournal(grpc::CallbackServerContext* context,
                                                                 const v1::ReadJournalRequest* request) override;

 private:
  Runtime& runtime_;
};

}  // namespace uow
