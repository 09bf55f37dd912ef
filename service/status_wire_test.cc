#include "service/status_wire.h"

#include <gtest/gtest.h>

#include "journal/errors.h"
#include "uow/wire/v1/status.pb.h"

namespace uow {
namespace {

struct Read {
  wire::v1::Status status;
  wire::v1::ErrorInfo info;
  v1::ErrorDetail detail;
};

Read ReadDetails(const grpc::Status& status) {
  Read read;
  EXPECT_TRUE(read.status.ParseFromString(status.error_details()));
  EXPECT_EQ(read.status.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(read.status.message(), status.error_message());
  EXPECT_EQ(read.status.details_size(), 2);
  EXPECT_EQ(read.status.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
  EXPECT_EQ(read.status.details(1).type_url(), "type.googleapis.com/uow.v1.ErrorDetail");
  EXPECT_TRUE(read.info.ParseFromString(read.status.details(0).value()));
  EXPECT_TRUE(read.detail.ParseFromString(read.status.details(1).value()));
  return read;
}

TEST(StatusWireTest, CarriesReasonAndDetail) {
  v1::ErrorDetail detail;
  detail.set_offset(7);
  Read read = ReadDetails(ToGrpc(MakeError(v1::ERROR_REASON_STALE_EPOCH, "rolled back", detail)));
  EXPECT_EQ(read.status.code(), static_cast<int>(grpc::StatusCode::ABORTED));
  EXPECT_EQ(read.info.reason(), "STALE_EPOCH");
  EXPECT_EQ(read.info.domain(), "uow.v1");
  EXPECT_EQ(read.info.metadata().at("offset"), "7");
  EXPECT_EQ(read.detail.reason(), v1::ERROR_REASON_STALE_EPOCH);
  EXPECT_EQ(read.detail.offset(), 7u);
}

TEST(StatusWireTest, AFaultWithoutReasonIsInternal) {
  EXPECT_EQ(ReadDetails(ToGrpc(absl::InternalError("oops"))).info.reason(), "INTERNAL");
}

TEST(StatusWireTest, AStatusWithoutReasonKeepsItsCode) {
  EXPECT_EQ(ToGrpc(absl::DeadlineExceededError("late")).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
}

TEST(StatusWireTest, FitsIntoTheHeadersThatClientsAccept) {
  v1::ErrorDetail detail;
  for (int i = 0; i < 100; ++i) {
    v1::EntityRef& entity = *detail.add_entities();
    entity.set_table("a table");
    entity.add_key()->set_text_value(std::string(100, 'k'));
  }
  std::string message;
  for (int i = 0; i < 1000; ++i) message += "\xc3\xa4";
  grpc::Status status = ToGrpc(MakeError(v1::ERROR_REASON_STALE_ENTITY, message, detail));
  EXPECT_LE(status.error_details().size() * 4 / 3 + status.error_message().size() * 3, 8000u);
  EXPECT_EQ(ReadDetails(status).info.reason(), "STALE_ENTITY");
  status = ToGrpc(MakeError(v1::ERROR_REASON_STALE_ENTITY, "gone", detail));
  EXPECT_GT(ReadDetails(status).detail.entities_size(), 30);
  EXPECT_LT(status.error_details().size(), 6000u);
}

}  // namespace
}  // namespace uow
