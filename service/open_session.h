#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/map.h"
#include "journal/journal.h"
#include "service/runtime.h"
#include "uow/v1/session_service.pb.h"

namespace uow {

// Opens a session, or finds the one that was opened by the same request before. Waits for the journal's disk; without a schema_id
// also for the target. The errors of SessionService.OpenSession.
absl::StatusOr<SessionInfo> OpenSession(Runtime& runtime, const v1::OpenSessionRequest& request);

// INVALID_REQUEST where there are too many labels, or too long ones.
absl::Status CheckLabels(const google::protobuf::Map<std::string, std::string>& labels);

}  // namespace uow
