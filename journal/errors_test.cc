#include "journal/errors.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace uow {
namespace {

// The code that errors.proto names first in the comment of each reason.
std::map<std::string, std::string> DocumentedCodes() {
  std::ifstream file(absl::StrCat(UOW_SOURCE_DIR, "/proto/uow/v1/errors.proto"));
  std::map<std::string, std::string> codes;
  std::string line, comment;
  std::smatch match;
  while (std::getline(file, line)) {
    if (std::regex_match(line, match, std::regex(R"(\s*// (.*))"))) {
      if (comment.empty()) comment = match[1];
    } else {
      if (std::regex_search(line, match, std::regex(R"(ERROR_REASON_(\w+) = \d+;)"))) {
        codes[match[1]] = comment.substr(0, comment.find('.'));
      }
      comment.clear();
    }
  }
  return codes;
}

std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

TEST(Errors, EveryReasonHasTheCodeThatItsCommentNames) {
  std::map<std::string, std::string> documented = DocumentedCodes();
  const google::protobuf::EnumDescriptor& reasons = *v1::ErrorReason_descriptor();
  ASSERT_GT(reasons.value_count(), 40);
  for (int i = 0; i < reasons.value_count(); ++i) {
    auto reason = static_cast<v1::ErrorReason>(reasons.value(i)->number());
    if (reason == v1::ERROR_REASON_UNSPECIFIED) continue;
    std::string name(ReasonName(reason));
    EXPECT_EQ(CodeName(CodeOf(reason)), documented[name]) << name;
  }
}

TEST(Errors, AReasonsWireNameHasNoPrefix) {
  EXPECT_EQ(ReasonName(v1::ERROR_REASON_STALE_EPOCH), "STALE_EPOCH");
  EXPECT_EQ(ReasonName(static_cast<v1::ErrorReason>(9999)), "INTERNAL");
}

TEST(Errors, AnErrorKeepsItsReasonAndDetail) {
  v1::ErrorDetail detail;
  detail.set_offset(7);
  absl::Status status = MakeError(v1::ERROR_REASON_OFFSET_BEYOND_HEAD, "beyond", detail);
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(status.message(), "beyond");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_OFFSET_BEYOND_HEAD);
  EXPECT_EQ(DetailOf(status)->offset(), 7u);
  EXPECT_EQ(DetailOf(status)->reason(), v1::ERROR_REASON_OFFSET_BEYOND_HEAD);
}

TEST(Errors, ADetailCanBeReplacedByOneThatKnowsMore) {
  absl::Status status = MakeError(v1::ERROR_REASON_STALE_EPOCH, "stale");
  v1::ErrorDetail detail = DetailOf(status).value();
  detail.set_sequence(3);
  absl::Status better = WithDetail(status, detail);
  EXPECT_EQ(DetailOf(better)->sequence(), 3u);
  EXPECT_FALSE(DetailOf(status)->has_sequence());
  EXPECT_EQ(better.code(), absl::StatusCode::kAborted);
}

TEST(Errors, OkHasNoReasonAndAForeignErrorIsInternal) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(absl::UnavailableError("gone")), v1::ERROR_REASON_INTERNAL);
  EXPECT_FALSE(DetailOf(absl::UnavailableError("gone")).has_value());
  EXPECT_EQ(ReasonOf(InternalError("bug")), v1::ERROR_REASON_INTERNAL);
}

absl::StatusOr<int> Half(int number) {
  if (number % 2 != 0) return MakeError(v1::ERROR_REASON_INVALID_REQUEST, "odd");
  return number / 2;
}

absl::StatusOr<int> Quarter(int number) {
  UOW_ASSIGN_OR_RETURN(int half, Half(number));
  UOW_RETURN_IF_ERROR(Half(half).status());
  return half / 2;
}

TEST(Errors, TheMacrosReturnTheFirstError) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(ReasonOf(Quarter(7).status()), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(ReasonOf(Quarter(6).status()), v1::ERROR_REASON_INVALID_REQUEST);
}

}  // namespace
}  // namespace uow
