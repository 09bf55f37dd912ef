#include "service/finish_stream.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "service/client_saves.h"
#include "service/log.h"
#include "service/status_wire.h"

namespace uow {
namespace {

// What a marker holds.
constexpr size_t kMaxResultBytes = 256 << 20;

absl::Status Bad(absl::string_view message) { return MakeError(v1::ERROR_REASON_INVALID_REQUEST, message); }

}  // namespace

FinishStream* FinishStream::Start(Runtime& runtime, grpc::CallbackServerContext* context, v1::FinishSaveResponse* response) {
  auto* stream = new FinishStream(runtime, response);
  if (absl::Status status = runtime.authenticator.Check(*context); !status.ok()) {
    stream->End(status);
  } else {
    stream->StartRead(&stream->request_);
  }
  return stream;
}

absl::Status FinishStream::Take() {
  if (request_.has_outcome()) {
    if (std::exchange(has_outcome_, true)) return Bad("only the first message may be the outcome");
    outcome_ = std::move(*request_.mutable_outcome());
    return absl::OkStatus();
  }
  if (!has_outcome_) return Bad("the first message must be the outcome");
  if (request_.request_case() != v1::FinishSaveRequest::kResult) return Bad("a message is empty");
  if (result_.size() + request_.result().size() > kMaxResultBytes) return Bad("the result is larger than 256 MiB");
  result_ += request_.result();
  return absl::OkStatus();
}

void FinishStream::OnReadDone(bool ok) {
  if (ok) {
    if (absl::Status status = Take(); !status.ok()) return End(status);
    return StartRead(&request_);
  }
  if (!has_outcome_) return End(Bad("the outcome is missing"));
  // A call that is cancelled ends here as well.
  if (result_.size() != outcome_.result_size()) {
    return End(Bad(absl::StrCat("the result has ", result_.size(), " bytes, and should have ", outcome_.result_size())));
  }
  const bool posted = runtime_.calls.TryPost([this] {
    absl::StatusOr<v1::FinishSaveResponse> response = runtime_.client_saves.Finish(outcome_, result_);
    if (!response.ok()) return End(response.status());
    *response_ = *std::move(response);
    End(absl::OkStatus());
  });
  if (!posted) End(Overloaded("too many calls are waiting"));
}

void FinishStream::End(const absl::Status& status) {
  LogCallEnd("FinishSave", status);
  Finish(ToGrpc(status));
}

}  // namespace uow
