#include "uow/errors.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/cpp/status.h"
#include "uow/wire/v1/status.pb.h"

namespace uow::inline client {
namespace {

constexpr absl::string_view kDetailUrl = "type.googleapis.com/uow.v1.ErrorDetail";
constexpr absl::string_view kInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";

// The detail in a google.rpc.Status; from its ErrorInfo alone where the typed message is missing.
std::optional<v1::ErrorDetail> ParseDetail(const std::string& bytes) {
  wire::v1::Status wire;
  if (bytes.empty() || !wire.ParseFromString(bytes)) return std::nullopt;
  std::optional<v1::ErrorDetail> from_info;
  for (const google::protobuf::Any& any : wire.details()) {
    v1::ErrorDetail detail;
    wire::v1::ErrorInfo info;
    if (any.type_url() == kDetailUrl && detail.ParseFromString(any.value())) return detail;
    if (any.type_url() == kInfoUrl && info.ParseFromString(any.value())) {
      v1::ErrorReason reason;
      if (v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", info.reason()), &reason)) {
        from_info.emplace().set_reason(reason);
      }
    }
  }
  return from_info;
}

}  // namespace

std::optional<v1::ErrorDetail> DetailOf(const absl::Status& status) {
  auto payload = status.GetPayload(kDetailUrl);
  v1::ErrorDetail detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  std::optional<v1::ErrorDetail> detail = DetailOf(status);
  return detail ? detail->reason() : v1::ERROR_REASON_UNSPECIFIED;
}

absl::string_view ReasonName(v1::ErrorReason reason) {
  return absl::StripPrefix(v1::ErrorReason_Name(v1::ErrorReason_IsValid(reason) ? reason : v1::ERROR_REASON_UNSPECIFIED),
                           "ERROR_REASON_");
}

namespace internal {

absl::Status LocalError(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message, v1::ErrorDetail detail) {
  absl::Status status(code, message);
  detail.set_reason(reason);
  status.SetPayload(kDetailUrl, absl::Cord(detail.SerializeAsString()));
  return status;
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (std::optional<v1::ErrorDetail> detail = ParseDetail(status.error_details())) {
    result.SetPayload(kDetailUrl, absl::Cord(detail->SerializeAsString()));
  }
  return result;
}

absl::Status Prefixed(const absl::Status& status, absl::string_view words) {
  absl::Status result(status.code(), absl::StrCat(words, status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) { result.SetPayload(url, payload); });
  return result;
}

bool IsTransient(const absl::Status& status) {
  switch (ReasonOf(status)) {
    case v1::ERROR_REASON_OVERLOADED:
    case v1::ERROR_REASON_DISK_FULL:
    case v1::ERROR_REASON_SHUTTING_DOWN:
      return true;
    case v1::ERROR_REASON_UNSPECIFIED:
      // Not the service's word: the transport's. It reports a connection that breaks as any of these.
      return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kInternal ||
             status.code() == absl::StatusCode::kUnknown || status.code() == absl::StatusCode::kCancelled;
    default:
      return false;
  }
}

}  // namespace internal
}  // namespace uow::inline client
