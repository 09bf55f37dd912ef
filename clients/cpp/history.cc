#include "clients/cpp/history.h"

#include <utility>

#include "clients/cpp/status.h"

namespace uow::inline client::internal {
namespace {

constexpr int kAttempts = 10;

absl::Status ReadSession(const Service& service, const std::string& id, History& history) {
  v1::GetSessionRequest request;
  request.set_session_id(id);
  v1::GetSessionResponse response;
  UOW_CLIENT_RETURN_IF_ERROR(service.Call("reading the session", [&](grpc::ClientContext& context) {
    return service.sessions->GetSession(&context, request, &response);
  }));
  history.session = std::move(*response.mutable_session());
  if (history.session.state() != v1::SESSION_STATE_OPEN) {
    return LocalError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_SESSION_CLOSED,
                      "the session is closed; open a new one");
  }
  return absl::OkStatus();
}

absl::Status ReadEntries(const Service& service, const std::string& id, History& history) {
  if (history.session.head() == 0) return absl::OkStatus();
  v1::ReadJournalRequest request;
  request.set_session_id(id);
  request.mutable_to()->set_offset(history.session.head());
  request.mutable_to()->set_epoch(history.session.epoch());
  return service.Call("reading the journal", [&](grpc::ClientContext& context) {
    history.entries.clear();
    auto reader = service.journal->ReadJournal(&context, request);
    v1::ReadJournalResponse response;
    while (reader->Read(&response)) {
      for (v1::JournalEntry& entry : *response.mutable_entries()) history.entries.push_back(std::move(entry));
    }
    return reader->Finish();
  });
}

absl::Status ReadCheckpoints(const Service& service, const std::string& id, History& history) {
  v1::ListCheckpointsRequest request;
  request.set_session_id(id);
  request.set_page_size(1000);
  do {
    v1::ListCheckpointsResponse response;
    UOW_CLIENT_RETURN_IF_ERROR(service.Call("reading the checkpoints", [&](grpc::ClientContext& context) {
      return service.journal->ListCheckpoints(&context, request, &response);
    }));
    for (v1::Checkpoint& checkpoint : *response.mutable_checkpoints()) history.checkpoints.push_back(std::move(checkpoint));
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status ReadSaves(const Service& service, const std::string& id, History& history) {
  v1::ListSavesRequest request;
  request.set_session_id(id);
  request.set_include_generated(true);
  request.set_page_size(1000);
  do {
    v1::ListSavesResponse response;
    UOW_CLIENT_RETURN_IF_ERROR(service.Call(
        "reading the saves", [&](grpc::ClientContext& context) { return service.saves->ListSaves(&context, request, &response); }));
    for (v1::Save& save : *response.mutable_saves()) {
      if (save.state() == v1::SAVE_STATE_PENDING) history.pending_save_to = save.to();
      if (save.state() != v1::SAVE_STATE_COMMITTED) continue;
      for (v1::GeneratedEntity& entity : *save.mutable_generated()) history.generated.push_back(std::move(entity));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<History> ReadHistory(const Service& service, absl::string_view session_id) {
  std::string id(session_id);
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    History history;
    UOW_CLIENT_RETURN_IF_ERROR(ReadSession(service, id, history));
    status = ReadEntries(service, id, history);
    if (ReasonOf(status) == v1::ERROR_REASON_STALE_EPOCH) continue;
    UOW_CLIENT_RETURN_IF_ERROR(status);
    UOW_CLIENT_RETURN_IF_ERROR(ReadCheckpoints(service, id, history));
    UOW_CLIENT_RETURN_IF_ERROR(ReadSaves(service, id, history));
    return history;
  }
  return status;
}

}  // namespace uow::inline client::internal
