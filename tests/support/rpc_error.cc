#include "tests/support/rpc_error.h"

#include "absl/strings/str_cat.h"
#include "uow/wire/v1/status.pb.h"

namespace uow {

v1::ErrorDetail DetailOfCall(const grpc::Status& status) {
  wire::v1::Status wire;
  v1::ErrorDetail detail;
  if (!wire.ParseFromString(status.error_details())) return detail;
  for (const google::protobuf::Any& any : wire.details()) {
    if (any.Is<v1::ErrorDetail>() && any.UnpackTo(&detail)) return detail;
  }
  return detail;
}

std::string Describe(const grpc::Status& status) {
  v1::ErrorDetail detail = DetailOfCall(status);
  std::string text = absl::StrCat("code ", static_cast<int>(status.error_code()), " ", v1::ErrorReason_Name(detail.reason()), ": ",
                                  status.error_message());
  if (detail.has_sequence()) absl::StrAppend(&text, " (sequence ", detail.sequence(), ")");
  return text;
}

}  // namespace uow
