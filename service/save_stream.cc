#include "service/save_stream.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/slice.h>

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "journal/coding.h"
#include "journal/errors.h"
#include "journal/generated_pages.h"
#include "service/log.h"
#include "service/page_stream.h"
#include "service/read_sources.h"
#include "service/requests.h"
#include "service/status_wire.h"

namespace uow {
namespace {

grpc::ByteBuffer ToMessage(const v1::SaveResponse& response) {
  const grpc::Slice slice(response.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// A SaveResponse with a GroupedValues that is serialised already.
grpc::ByteBuffer GroupedMessage(absl::string_view values) {
  constexpr uint64_t kTag = v1::SaveResponse::kGroupedFieldNumber << 3 | 2;
  std::string head;
  PutVarint(kTag, head);
  PutVarint(values.size(), head);
  const grpc::Slice slices[] = {grpc::Slice(head), grpc::Slice(values.data(), values.size())};
  return grpc::ByteBuffer(slices, std::size(slices));
}

absl::StatusOr<TransactionOptions> TransactionOf(const v1::SaveRequest& request) {
  TransactionOptions options;
  if (!v1::IsolationLevel_IsValid(request.isolation_level())) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST,
                     absl::StrCat("isolation_level is ", request.isolation_level(), ", which is none of IsolationLevel's"));
  }
  options.isolation_level = request.isolation_level();
  if (request.has_statement_timeout()) {
    UOW_ASSIGN_OR_RETURN(options.statement_timeout,
                         CheckDuration("statement_timeout", request.statement_timeout(), absl::Milliseconds(1), absl::Hours(24)));
  }
  return options;
}

}  // namespace

SaveStream* SaveStream::Start(Runtime& runtime, grpc::CallbackServerContext* context, const grpc::ByteBuffer& message) {
  auto stream = std::make_shared<SaveStream>();
  stream->self_ = stream;
  auto start = [&]() -> absl::Status {
    UOW_RETURN_IF_ERROR(runtime.authenticator.Check(*context));
    v1::SaveRequest request;
    grpc::ByteBuffer bytes(message);
    if (!grpc::SerializationTraits<v1::SaveRequest>::Deserialize(&bytes, &request).ok()) {
      return MakeError(v1::ERROR_REASON_INVALID_REQUEST, "the message isn't a SaveRequest");
    }
    stream->grouped_ = request.group_generated();
    SaveCall call;
    UOW_ASSIGN_OR_RETURN(call.session, SessionId::Parse(request.session_id()));
    call.save_id = request.save_id();
    if (!call.save_id.empty()) UOW_RETURN_IF_ERROR(CheckPrintable("save_id", call.save_id));
    if (request.has_to() && request.to().at_case() != v1::Position::AT_NOT_SET) call.to = request.to();
    UOW_ASSIGN_OR_RETURN(call.transaction, TransactionOf(request));
    call.deadline = DeadlineOf(*context);
    call.gone = [stream] {
      MutexLock lock(stream->mutex_);
      return stream->gone_;
    };
    call.observer = stream;
    runtime.coordinator.Save(std::move(call));
    return absl::OkStatus();
  };
  if (absl::Status status = start(); !status.ok()) stream->OnDone(status);
  return stream.get();
}

void SaveStream::OnProgress(const v1::SaveProgress& progress) {
  {
    MutexLock lock(mutex_);
    progress_ = progress;
  }
  Advance();
}

void SaveStream::OnDone(const absl::StatusOr<SaveResultRef>& result) {
  {
    MutexLock lock(mutex_);
    result_ = result;
  }
  Advance();
}

void SaveStream::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) gone_ = true;
  }
  Advance();
}

// The save goes on; only this client doesn't hear of it.
void SaveStream::OnCancel() {
  {
    MutexLock lock(mutex_);
    gone_ = true;
  }
  Advance();
}

bool SaveStream::NextMessage() {
  if (!result_) {
    if (!progress_) return false;
    v1::SaveResponse response;
    *response.mutable_progress() = *std::exchange(progress_, std::nullopt);
    response_ = ToMessage(response);
    return true;
  }
  if (!result_->ok()) return false;
  const SaveResult& result = ***result_;
  if (grouped_ ? NextPage(result) : NextEntities(result)) return true;
  if (sent_committed_) return false;
  sent_committed_ = true;
  v1::SaveResponse response;
  *response.mutable_committed() = result.save;
  response_ = ToMessage(response);
  return true;
}

bool SaveStream::NextPage(const SaveResult& result) {
  if (sent_pages_ == result.generated.size()) return false;
  response_ = GroupedMessage(GroupedValuesOf(result.generated[sent_pages_++]));
  return true;
}

bool SaveStream::NextEntities(const SaveResult& result) {
  if (left_.empty() && sent_pages_ < result.generated.size()) {
    std::vector<v1::GeneratedEntity> page;
    if (!DecodeGeneratedPage(result.generated[sent_pages_++], page)) return false;
    left_.assign(std::make_move_iterator(page.begin()), std::make_move_iterator(page.end()));
  }
  if (left_.empty()) return false;
  v1::SaveResponse response;
  v1::GeneratedValues& values = *response.mutable_generated();
  for (size_t bytes = 0; !left_.empty() && values.entities_size() < kPageRows && bytes < kPageBytes; left_.pop_front()) {
    bytes += left_.front().ByteSizeLong();
    *values.add_entities() = std::move(left_.front());
  }
  response_ = ToMessage(response);
  return true;
}

void SaveStream::Advance() {
  bool write = false;
  absl::Status end;
  {
    MutexLock lock(mutex_);
    if (finished_ || writing_) return;
    if (gone_) {
      end = absl::CancelledError("the client went away");
      finished_ = true;
    } else if (NextMessage()) {
      writing_ = write = true;
    } else if (result_) {
      end = result_->status();
      finished_ = true;
    } else {
      return;
    }
  }
  if (write) return StartWrite(&response_);
  LogCallEnd("Save", end);
  Finish(ToGrpc(end));
}

void SaveStream::OnDone() { std::shared_ptr<SaveStream> last = std::move(self_); }

}  // namespace uow
