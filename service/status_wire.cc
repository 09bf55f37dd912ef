#include "service/status_wire.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "uow/wire/v1/status.pb.h"

namespace uow {
namespace {

constexpr size_t kMaxMessageBytes = 1500;
// Of the 8 KiB that clients accept, what message and details may take; the rest is for the other trailers.
constexpr size_t kMaxTrailerBytes = 7000;

// The message goes over the wire with every byte outside of printable ASCII as three.
size_t EncodedSize(absl::string_view message) {
  size_t size = 0;
  for (char c : message) size += (c >= 0x20 && c < 0x7f && c != '%') ? 1 : 3;
  return size;
}

size_t Base64Size(size_t bytes) { return (bytes + 2) / 3 * 4; }

// Cuts at a character's boundary.
std::string CutMessage(absl::string_view message) {
  if (message.size() <= kMaxMessageBytes) return std::string(message);
  size_t end = kMaxMessageBytes - 3;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xc0) == 0x80) --end;
  return absl::StrCat(message.substr(0, end), "...");
}

std::string Serialise(int code, const std::string& message, const v1::ErrorDetail& detail) {
  wire::v1::Status wire;
  wire.set_code(code);
  wire.set_message(message);
  wire::v1::ErrorInfo info;
  info.set_reason(std::string(ReasonName(detail.reason())));
  info.set_domain("uow.v1");
  if (detail.has_offset()) (*info.mutable_metadata())["offset"] = absl::StrCat(detail.offset());
  if (detail.has_sequence()) (*info.mutable_metadata())["sequence"] = absl::StrCat(detail.sequence());
  google::protobuf::Any* any = wire.add_details();
  any->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  any->set_value(info.SerializeAsString());
  any = wire.add_details();
  any->set_type_url("type.googleapis.com/uow.v1.ErrorDetail");
  any->set_value(detail.SerializeAsString());
  return wire.SerializeAsString();
}

// Leaves out what makes the trailers too large: entities first, then the names.
void Shrink(size_t budget, int code, const std::string& message, v1::ErrorDetail& detail) {
  auto fits = [&] { return Base64Size(Serialise(code, message, detail).size()) <= budget; };
  if (fits()) return;
  google::protobuf::RepeatedPtrField<v1::EntityRef> entities;
  entities.Swap(detail.mutable_entities());
  if (!fits()) detail.clear_columns();
  if (!fits()) detail.clear_constraint();
  for (v1::EntityRef& entity : entities) {
    *detail.add_entities() = std::move(entity);
    if (fits()) continue;
    detail.mutable_entities()->RemoveLast();
    break;
  }
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  int code = static_cast<int>(status.code());
  std::string message = CutMessage(status.message());
  std::optional<v1::ErrorDetail> detail = DetailOf(status);
  if (!detail) {
    if (status.code() != absl::StatusCode::kInternal) return grpc::Status(static_cast<grpc::StatusCode>(code), message);
    detail.emplace().set_reason(v1::ERROR_REASON_INTERNAL);
  }
  size_t used = EncodedSize(message);
  Shrink(kMaxTrailerBytes - std::min(used, kMaxTrailerBytes), code, message, *detail);
  return grpc::Status(static_cast<grpc::StatusCode>(code), message, Serialise(code, message, *detail));
}

}  // namespace uow
