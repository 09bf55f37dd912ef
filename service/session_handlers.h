#pragma once

#include "service/runtime.h"
#include "uow/v1/session_service.grpc.pb.h"

namespace uow {

class SessionHandlers final : public v1::SessionService::CallbackService {
 public:
  explicit SessionHandlers(Runtime& runtime) : runtime_(runtime) {}

  grpc::ServerUnaryReactor* OpenSession(grpc::CallbackServerContext* context, const v1::OpenSessionRequest* request,
                                        v1::OpenSessionResponse* response) override;
  grpc::ServerUnaryReactor* GetSession(grpc::CallbackServerContext* context, const v1::GetSessionRequest* request,
                                       v1::GetSessionResponse* response) override;
  grpc::ServerUnaryReactor* ListSessions(grpc::CallbackServerContext* context, const v1::ListSessionsRequest* request,
                                         v1::ListSessionsResponse* response) override;
  grpc::ServerUnaryReactor* RenewSession(grpc::CallbackServerContext* context, const v1::RenewSessionRequest* request,
                                         v1::RenewSessionResponse* response) override;
  grpc::ServerUnaryReactor* CloseSession(grpc::CallbackServerContext* context, const v1::CloseSessionRequest* request,
                                         v1::CloseSessionResponse* response) override;

 private:
  Runtime& runtime_;
};

}  // namespace uow
