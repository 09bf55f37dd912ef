#pragma once

#include "service/runtime.h"
#include "uow/v1/schema_service.grpc.pb.h"

namespace uow {

// Reads a target's schema and stores it in the journal. For DescribeTarget, and for OpenSession without a schema.
absl::StatusOr<SchemaRef> DescribeAndRegister(Runtime& runtime, absl::string_view target, v1::DescribeTargetResponse* response);

class SchemaHandlers final : public v1::SchemaService::CallbackService {
 public:
  explicit SchemaHandlers(Runtime& runtime) : runtime_(runtime) {}

  grpc::ServerUnaryReactor* RegisterSchema(grpc::CallbackServerContext* context, const v1::RegisterSchemaRequest* request,
                                           v1::RegisterSchemaResponse* response) override;
  grpc::ServerUnaryReactor* DescribeTarget(grpc::CallbackServerContext* context, const v1::DescribeTargetRequest* request,
                                           v1::DescribeTargetResponse* response) override;
  grpc::ServerUnaryReactor* ListTargets(grpc::CallbackServerContext* context, const v1::ListTargetsRequest* request,
                                        v1::ListTargetsResponse* response) override;

 private:
  Runtime& runtime_;
};

}  // namespace uow
