#include "uow/client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cpp/binding.h"
#include "clients/cpp/service.h"
#include "clients/cpp/status.h"
#include "clients/cpp/unit_of_work.h"
#include "google/protobuf/duration.pb.h"

namespace uow::inline client {
namespace {

using internal::Service;

// A schema that the service knows, and its id.
struct RegisteredSchema {
  std::string id;
  v1::Schema schema;
};

absl::StatusOr<RegisteredSchema> DescribeTarget(const Service& service, const std::string& target) {
  v1::DescribeTargetRequest request;
  request.set_target(target);
  v1::DescribeTargetResponse response;
  UOW_CLIENT_RETURN_IF_ERROR(service.Call("describing the target", [&](grpc::ClientContext& context) {
    return service.schemas->DescribeTarget(&context, request, &response);
  }));
  return RegisteredSchema{response.schema_id(), std::move(*response.mutable_schema())};
}

absl::StatusOr<RegisteredSchema> RegisterDeclared(const Service& service, const TableSet& tables) {
  absl::StatusOr<v1::Schema> schema = internal::DeclaredSchema(tables);
  if (!schema.ok()) return schema.status();
  v1::RegisterSchemaRequest request;
  *request.mutable_schema() = *schema;
  v1::RegisterSchemaResponse response;
  UOW_CLIENT_RETURN_IF_ERROR(service.Call("registering the schema", [&](grpc::ClientContext& context) {
    return service.schemas->RegisterSchema(&context, request, &response);
  }));
  return RegisteredSchema{response.schema_id(), *std::move(schema)};
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration result;
  result.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  result.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return result;
}

// The schema of a session: the answer to an attach has it. The stream ends with this function; nothing was written.
absl::StatusOr<v1::Schema> ReadSchema(const Service& service, const std::string& session_id) {
  v1::Schema schema;
  UOW_CLIENT_RETURN_IF_ERROR(service.Call("attaching to the session", [&](grpc::ClientContext& context) {
    auto stream = service.journal->Record(&context);
    v1::RecordRequest request;
    request.mutable_attach()->set_session_id(session_id);
    request.mutable_attach()->set_writer(Uuid::random().text());
    v1::RecordResponse response;
    bool attached = stream->Write(request) && stream->Read(&response) && response.has_attached();
    if (attached) schema = std::move(*response.mutable_attached()->mutable_schema());
    stream->WritesDone();
    grpc::Status status = stream->Finish();
    return attached ? grpc::Status::OK : status;
  }));
  return schema;
}

}  // namespace

absl::StatusOr<Client> Client::connect(absl::string_view address, const ConnectOptions& options) {
  if (address.empty()) return absl::InvalidArgumentError("an address is wanted: unix:/path or host:port");
  return Client(std::make_shared<Service>(address, options));
}

absl::StatusOr<std::unique_ptr<Session>> Client::open(const OpenOptions& options) {
  absl::StatusOr<RegisteredSchema> schema = options.schema == SchemaSource::kTarget ? DescribeTarget(*service_, options.target)
                                                                                    : RegisterDeclared(*service_, options.tables);
  if (!schema.ok()) return schema.status();
  absl::StatusOr<internal::Binding> binding = internal::Binding::Make(options.tables, schema->schema);
  if (!binding.ok()) return binding.status();

  v1::OpenSessionRequest request;
  request.set_target(options.target);
  request.set_schema_id(schema->id);
  request.mutable_labels()->insert(options.labels.begin(), options.labels.end());
  if (options.idle_ttl > absl::ZeroDuration()) *request.mutable_idle_ttl() = ToProto(options.idle_ttl);
  v1::OpenSessionResponse response;
  UOW_CLIENT_RETURN_IF_ERROR(service_->Call("opening a session", [&](grpc::ClientContext& context) {
    return service_->sessions->OpenSession(&context, request, &response);
  }));
  const v1::Session& session = response.session();
  return std::unique_ptr<Session>(
      new Session(std::make_unique<internal::UnitOfWork>(service_, session.session_id(), *std::move(binding), session.epoch())));
}

absl::StatusOr<std::unique_ptr<Session>> Client::resume(absl::string_view session_id, const TableSet& tables) {
  std::string id(session_id);
  absl::StatusOr<v1::Schema> schema = ReadSchema(*service_, id);
  if (!schema.ok()) return schema.status();
  absl::StatusOr<internal::Binding> binding = internal::Binding::Make(tables, *schema);
  if (!binding.ok()) return binding.status();
  auto unit = std::make_unique<internal::UnitOfWork>(service_, id, *std::move(binding), 0);
  UOW_CLIENT_RETURN_IF_ERROR(unit->LoadHistory());
  return std::unique_ptr<Session>(new Session(std::move(unit)));
}

}  // namespace uow::inline client
