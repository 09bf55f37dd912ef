#include "service/schema_handlers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "journal/schema_check.h"
#include "service/unary_call.h"

namespace uow {

namespace {

// Databases allow foreign keys that no schema may have, such as between a number and a text. They cost their own place only.
void SkipForeignKeys(TargetDescription& description) {
  v1::Schema& schema = description.schema;
  for (int t = 0; t < schema.tables_size(); ++t) {
    v1::Table& table = *schema.mutable_tables(t);
    google::protobuf::RepeatedPtrField<v1::ForeignKey> kept;
    for (int i = 0; i < table.foreign_keys_size(); ++i) {
      absl::Status fault = CheckForeignKey(schema, t, i);
      if (fault.ok()) {
        *kept.Add() = table.foreign_keys(i);
        continue;
      }
      v1::SkippedTable& skipped = description.skipped.emplace_back();
      skipped.set_namespace_(table.namespace_());
      skipped.set_name(table.name());
      skipped.set_foreign_key(table.foreign_keys(i).name().empty() ? absl::StrCat(i) : table.foreign_keys(i).name());
      skipped.set_why(std::string(fault.message()));
    }
    table.mutable_foreign_keys()->Swap(&kept);
  }
}

}  // namespace

absl::StatusOr<SchemaRef> DescribeAndRegister(Runtime& runtime, absl::string_view target, v1::DescribeTargetResponse* response) {
  UOW_ASSIGN_OR_RETURN(Target * found, runtime.targets.Find(target));
  UOW_ASSIGN_OR_RETURN(TargetDescription description, found->Describe());
  SkipForeignKeys(description);
  UOW_ASSIGN_OR_RETURN(SchemaRef schema, SchemaIndex::Create(std::move(description.schema)));
  UOW_RETURN_IF_ERROR(runtime.journal.PutSchema(schema));
  if (response != nullptr) {
    response->set_schema_id(schema->id());
    *response->mutable_schema() = schema->proto();
    for (v1::SkippedTable& skipped : description.skipped) *response->add_skipped() = std::move(skipped);
  }
  return schema;
}

grpc::ServerUnaryReactor* SchemaHandlers::RegisterSchema(grpc::CallbackServerContext* context,
                                                         const v1::RegisterSchemaRequest* request,
                                                         v1::RegisterSchemaResponse* response) {
  return RunUnary(runtime_, runtime_.calls, context, "RegisterSchema", [this, request, response]() -> absl::Status {
    if (!request->has_schema()) return MakeError(v1::ERROR_REASON_INVALID_REQUEST, "schema is missing");
    if (size_t size = request->ByteSizeLong(); size > runtime_.config.max_message_bytes) {
      return MakeError(v1::ERROR_REASON_MESSAGE_TOO_LARGE,
                       absl::StrCat("the schema has ", size, " bytes and the server takes ", runtime_.config.max_message_bytes));
    }
    UOW_ASSIGN_OR_RETURN(SchemaRef schema, SchemaIndex::Create(request->schema()));
    UOW_RETURN_IF_ERROR(runtime_.journal.PutSchema(schema));
    response->set_schema_id(schema->id());
    for (uint32_t i = 0; i < schema->table_count(); ++i) {
      const v1::Table& table = schema->table(i);
      v1::TablePosition& position = *response->add_tables();
      position.set_namespace_(table.namespace_());
      position.set_name(table.name());
      position.set_table(i);
      for (const v1::Column& column : table.columns()) position.add_columns(column.name());
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SchemaHandlers::DescribeTarget(grpc::CallbackServerContext* context,
                                                         const v1::DescribeTargetRequest* request,
                                                         v1::DescribeTargetResponse* response) {
  return RunUnary(runtime_, runtime_.saves, context, "DescribeTarget",
                  [this, request, response] { return DescribeAndRegister(runtime_, request->target(), response).status(); });
}

grpc::ServerUnaryReactor* SchemaHandlers::ListTargets(grpc::CallbackServerContext* context, const v1::ListTargetsRequest* request,
                                                      v1::ListTargetsResponse* response) {
  return RunUnary(runtime_, runtime_.calls, context, "ListTargets", [this, response] {
    for (const auto& [name, target] : runtime_.targets.all()) {
      v1::Target& out = *response->add_targets();
      out.set_name(name);
      out.set_dialect(target->dialect());
    }
    return absl::OkStatus();
  });
}

}  // namespace uow
