#include "tests/bench/bench_session.h"

#include <atomic>

#include "absl/strings/str_cat.h"
#include "echo.pb.h"
#include "grpcpp/client_context.h"
#include "tests/support/rpc_error.h"
#include "uow/v1/schema_service.grpc.pb.h"
#include "uow/v1/session_service.grpc.pb.h"

namespace uow::bench {
namespace {

absl::Status ToStatus(const char* call, const grpc::Status& status) {
  return status.ok() ? absl::OkStatus() : absl::UnknownError(absl::StrCat(call, ": ", Describe(status)));
}

void AddColumn(v1::Table& table, const std::string& name, v1::Type::Kind kind) {
  v1::Column& column = *table.add_columns();
  column.set_name(name);
  column.mutable_type()->set_kind(kind);
}

}  // namespace

absl::StatusOr<std::string> RegisterSchema(const std::shared_ptr<grpc::Channel>& channel, const v1::Schema& schema) {
  grpc::ClientContext context;
  v1::RegisterSchemaRequest request;
  v1::RegisterSchemaResponse response;
  *request.mutable_schema() = schema;
  absl::Status status =
      ToStatus("RegisterSchema", v1::SchemaService::NewStub(channel)->RegisterSchema(&context, request, &response));
  if (!status.ok()) return status;
  return response.schema_id();
}

absl::StatusOr<std::string> OpenSession(const std::shared_ptr<grpc::Channel>& channel, const std::string& target,
                                        const std::string& schema_id) {
  grpc::ClientContext context;
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse response;
  request.set_target(target);
  request.set_schema_id(schema_id);
  absl::Status status = ToStatus("OpenSession", v1::SessionService::NewStub(channel)->OpenSession(&context, request, &response));
  if (!status.ok()) return status;
  return response.session().session_id();
}

v1::Schema PersonSchema() {
  v1::Schema schema;
  v1::Table& person = *schema.add_tables();
  person.set_name("person");
  AddColumn(person, "id", v1::Type::KIND_INT64);
  AddColumn(person, "email", v1::Type::KIND_TEXT);
  AddColumn(person, "name", v1::Type::KIND_TEXT);
  AddColumn(person, "visits", v1::Type::KIND_INT32);
  person.add_primary_key(0);
  return schema;
}

v1::RecordRequest SmallUpdates(int events) {
  v1::RecordRequest request;
  for (int i = 0; i < events; ++i) {
    v1::Event& event = *request.mutable_command()->mutable_append()->add_events();
    event.set_kind(v1::EVENT_KIND_UPDATED);
    event.add_key()->set_int64_value(100000 + i * 7919);
    v1::Field& name = *event.add_fields();
    name.set_column(2);
    name.mutable_value()->set_text_value(absl::StrCat("Ada King-Noel ", i));
    name.mutable_old()->set_text_value(absl::StrCat("Augusta Ada Byron ", i));
  }
  return request;
}

Stream JournalStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& session, const v1::RecordRequest& command,
                     uint64_t messages, uint64_t window) {
  static std::atomic<uint64_t> writers{0};
  Stream stream;
  stream.channel = channel;
  stream.method = "/uow.v1.JournalService/Record";
  v1::RecordRequest attach;
  attach.mutable_attach()->set_session_id(session);
  attach.mutable_attach()->set_writer(absl::StrCat("writer-", ++writers));
  stream.attach = ToBuffer(attach);
  stream.message = [request = command](uint64_t number) mutable {
    request.mutable_command()->set_sequence(number);
    return ToBuffer(request);
  };
  stream.acknowledged = [response = v1::RecordResponse()](grpc::ByteBuffer& buffer) mutable {
    return FromBuffer(buffer, response) ? response.ack().sequence() : 0;
  };
  stream.messages = messages;
  stream.window = window;
  return stream;
}

Stream EchoStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const v1::RecordRequest& command,
                  uint64_t messages, uint64_t window) {
  Stream stream;
  stream.channel = channel;
  stream.method = absl::StrCat("/uow.echo.v1.EchoService/", method);
  // The client serialises the very message that uowd gets, and puts the payload's tag and length in front: no copy that uowd's
  // client doesn't make.
  stream.message = [request = command](uint64_t number) mutable {
    request.mutable_command()->set_sequence(number);
    size_t size = request.ByteSizeLong();
    std::string head = "\x0a";
    for (size_t rest = size;; rest >>= 7) {
      head.push_back(static_cast<char>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
      if (rest <= 0x7f) break;
    }
    grpc::Slice slice(head.size() + size);
    uint8_t* bytes = const_cast<uint8_t*>(slice.begin());
    std::copy(head.begin(), head.end(), bytes);
    request.SerializeWithCachedSizesToArray(bytes + head.size());
    return grpc::ByteBuffer(&slice, 1);
  };
  stream.acknowledged = [response = echo::v1::StoreResponse()](grpc::ByteBuffer& buffer) mutable {
    return FromBuffer(buffer, response) ? response.messages() : 0;
  };
  stream.messages = messages;
  stream.window = window;
  return stream;
}

}  // namespace uow::bench
