#include "clients/cpp/saver.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cpp/status.h"
#include "proto/grouped_values.h"

namespace uow::inline client::internal {
namespace {

v1::IsolationLevel ToProto(IsolationLevel level) {
  switch (level) {
    case IsolationLevel::kDefault:
      return v1::ISOLATION_LEVEL_UNSPECIFIED;
    case IsolationLevel::kReadCommitted:
      return v1::ISOLATION_LEVEL_READ_COMMITTED;
    case IsolationLevel::kRepeatableRead:
      return v1::ISOLATION_LEVEL_REPEATABLE_READ;
    case IsolationLevel::kSerializable:
      return v1::ISOLATION_LEVEL_SERIALIZABLE;
  }
  return v1::ISOLATION_LEVEL_UNSPECIFIED;
}

absl::Status SaveOnce(const Service& service, const v1::SaveRequest& request, const SaveOptions& options, CommittedSave& result) {
  grpc::ClientContext context;
  service.Authenticate(context);
  auto reader = service.saves->Save(&context, request);
  v1::SaveResponse response;
  bool committed = false;
  result = CommittedSave();
  while (reader->Read(&response)) {
    if (response.has_grouped()) {
      if (!UngroupEntities(*response.mutable_grouped(), result.generated)) {
        return absl::InternalError("the service sent generated values that contradict themselves");
      }
    } else if (response.has_committed()) {
      result.save = std::move(*response.mutable_committed());
      committed = true;
    } else if (response.has_progress() && options.progress) {
      const v1::SaveProgress& progress = response.progress();
      options.progress({progress.statements_done(), progress.statements_total(), progress.rows_done(), progress.rows_total()});
    }
  }
  absl::Status status = FromGrpc(reader->Finish());
  if (status.ok() && !committed) return absl::UnavailableError("the service ended a save without a result");
  return status;
}

}  // namespace

absl::StatusOr<CommittedSave> RunSave(const Service& service, absl::string_view session_id, const SaveAttempt& attempt,
                                      const SaveOptions& options, bool& unknown) {
  v1::SaveRequest request;
  request.set_session_id(std::string(session_id));
  request.set_save_id(attempt.save_id);
  request.set_group_generated(true);
  if (!attempt.pinned) *request.mutable_to() = attempt.to;
  request.set_isolation_level(ToProto(options.isolation_level));
  if (options.statement_timeout != absl::InfiniteDuration()) {
    absl::Duration rest;
    request.mutable_statement_timeout()->set_seconds(absl::IDivDuration(options.statement_timeout, absl::Seconds(1), &rest));
    request.mutable_statement_timeout()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  }

  unknown = attempt.pinned;
  absl::Time give_up = absl::InfiniteFuture();
  Backoff backoff;
  while (true) {
    CommittedSave result;
    absl::Status status = SaveOnce(service, request, options, result);
    if (status.ok()) return result;
    v1::ErrorReason reason = ReasonOf(status);
    // SAVE_IN_PROGRESS is our own earlier call, if there was one; otherwise it is somebody else's save.
    bool again =
        IsTransient(status) || reason == v1::ERROR_REASON_SAVE_IN_DOUBT || (unknown && reason == v1::ERROR_REASON_SAVE_IN_PROGRESS);
    if (!again) {
      unknown = false;
      return status;
    }
    unknown = true;
    absl::Time now = absl::Now();
    if (give_up == absl::InfiniteFuture()) give_up = now + service.options.retry_for;
    absl::Duration wait = backoff.Next();
    if (now + wait >= give_up) {
      return Prefixed(status,
                      absl::StrCat("whether save ", attempt.save_id, " is committed isn't known; save again to find out: "));
    }
    service.Wait(wait);
  }
}

}  // namespace uow::inline client::internal
