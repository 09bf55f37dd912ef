#include "tests/crash/journal_reader.h"

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "journal/errors.h"
#include "tests/support/rpc_error.h"
#include "uow/v1/journal_service.grpc.pb.h"
#include "uow/v1/save_service.grpc.pb.h"
#include "uow/v1/session_service.grpc.pb.h"

namespace uow::crash {
namespace {

absl::Status ToStatus(const char* call, const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), absl::StrCat(call, ": ", Describe(status)));
}

class Reader {
 public:
  Reader(const std::shared_ptr<grpc::Channel>& channel, const std::string& session_id)
      : sessions_(v1::SessionService::NewStub(channel)),
        journal_(v1::JournalService::NewStub(channel)),
        saves_(v1::SaveService::NewStub(channel)),
        session_id_(session_id) {}

  absl::StatusOr<v1::Session> GetSession() {
    grpc::ClientContext context;
    v1::GetSessionRequest request;
    v1::GetSessionResponse response;
    request.set_session_id(session_id_);
    UOW_RETURN_IF_ERROR(ToStatus("GetSession", sessions_->GetSession(&context, request, &response)));
    return response.session();
  }

  absl::StatusOr<v1::Attached> Attach(const std::string& writer) {
    grpc::ClientContext context;
    auto stream = journal_->Record(&context);
    v1::RecordRequest request;
    request.mutable_attach()->set_session_id(session_id_);
    request.mutable_attach()->set_writer(writer);
    stream->Write(request);
    stream->WritesDone();
    v1::RecordResponse response;
    bool attached = stream->Read(&response);
    v1::RecordResponse more;
    while (stream->Read(&more)) {
    }
    UOW_RETURN_IF_ERROR(ToStatus("Record", stream->Finish()));
    if (!attached || !response.has_attached()) return absl::InternalError("Record: no answer to Attach");
    return response.attached();
  }

  absl::Status ReadEntries(std::vector<v1::JournalEntry>& entries) {
    grpc::ClientContext context;
    v1::ReadJournalRequest request;
    request.set_session_id(session_id_);
    auto reader = journal_->ReadJournal(&context, request);
    v1::ReadJournalResponse response;
    while (reader->Read(&response)) {
      for (v1::JournalEntry& entry : *response.mutable_entries()) entries.push_back(std::move(entry));
    }
    return ToStatus("ReadJournal", reader->Finish());
  }

  absl::Status ListCheckpoints(std::vector<v1::Checkpoint>& checkpoints) {
    v1::ListCheckpointsRequest request;
    v1::ListCheckpointsResponse response;
    request.set_session_id(session_id_);
    request.set_page_size(37);
    do {
      grpc::ClientContext context;
      UOW_RETURN_IF_ERROR(ToStatus("ListCheckpoints", journal_->ListCheckpoints(&context, request, &response)));
      for (v1::Checkpoint& checkpoint : *response.mutable_checkpoints()) checkpoints.push_back(std::move(checkpoint));
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return absl::OkStatus();
  }

  absl::Status ListSaves(std::vector<v1::Save>& saves) {
    v1::ListSavesRequest request;
    v1::ListSavesResponse response;
    request.set_session_id(session_id_);
    request.set_include_generated(true);
    request.set_page_size(23);
    do {
      grpc::ClientContext context;
      UOW_RETURN_IF_ERROR(ToStatus("ListSaves", saves_->ListSaves(&context, request, &response)));
      for (v1::Save& save : *response.mutable_saves()) saves.push_back(std::move(save));
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return absl::OkStatus();
  }

 private:
  std::unique_ptr<v1::SessionService::Stub> sessions_;
  std::unique_ptr<v1::JournalService::Stub> journal_;
  std::unique_ptr<v1::SaveService::Stub> saves_;
  const std::string session_id_;
};

bool Same(const v1::Session& a, const v1::Session& b) {
  return a.head() == b.head() && a.saved() == b.saved() && a.epoch() == b.epoch() && a.pending_save_id() == b.pending_save_id();
}

}  // namespace

absl::StatusOr<SessionView> ReadSession(const std::shared_ptr<grpc::Channel>& channel, const std::string& session_id,
                                        const std::vector<std::string>& writers) {
  Reader reader(channel, session_id);
  // The server may be settling a save of its own accord: then look again.
  for (int tries = 0; tries < 100; ++tries) {
    SessionView view;
    UOW_ASSIGN_OR_RETURN(view.session, reader.GetSession());
    for (const std::string& writer : writers) {
      UOW_ASSIGN_OR_RETURN(view.attached[writer], reader.Attach(writer));
    }
    UOW_RETURN_IF_ERROR(reader.ReadEntries(view.entries));
    UOW_RETURN_IF_ERROR(reader.ListCheckpoints(view.checkpoints));
    UOW_RETURN_IF_ERROR(reader.ListSaves(view.saves));
    UOW_ASSIGN_OR_RETURN(v1::Session after, reader.GetSession());
    if (Same(view.session, after)) return view;
  }
  return absl::InternalError("the session never comes to rest");
}

}  // namespace uow::crash
