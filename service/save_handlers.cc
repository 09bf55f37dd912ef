#include "service/save_handlers.h"

#include <utility>

#include "journal/errors.h"
#include "service/begin_source.h"
#include "service/finish_stream.h"
#include "service/page_stream.h"
#include "service/read_sources.h"
#include "service/requests.h"
#include "service/save_stream.h"
#include "service/unary_call.h"

namespace uow {

grpc::ServerWriteReactor<v1::PlanSaveResponse>* SaveHandlers::PlanSave(grpc::CallbackServerContext* context,
                                                                       const v1::PlanSaveRequest* request) {
  return PageStream<v1::PlanSaveResponse>::Start(runtime_, context, "PlanSave",
                                                 MakePlanSource(runtime_, *request, DeadlineOf(*context)));
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* SaveHandlers::Save(grpc::CallbackServerContext* context,
                                                               const grpc::ByteBuffer* request) {
  return SaveStream::Start(runtime_, context, *request);
}

grpc::ServerWriteReactor<v1::BeginSaveResponse>* SaveHandlers::BeginSave(grpc::CallbackServerContext* context,
                                                                         const v1::BeginSaveRequest* request) {
  return PageStream<v1::BeginSaveResponse>::Start(runtime_, context, "BeginSave",
                                                  MakeBeginSource(runtime_, *request, DeadlineOf(*context)));
}

grpc::ServerReadReactor<v1::FinishSaveRequest>* SaveHandlers::FinishSave(grpc::CallbackServerContext* context,
                                                                         v1::FinishSaveResponse* response) {
  return FinishStream::Start(runtime_, context, response);
}

grpc::ServerUnaryReactor* SaveHandlers::ListSaves(grpc::CallbackServerContext* context, const v1::ListSavesRequest* request,
                                                  v1::ListSavesResponse* response) {
  return RunUnary(runtime_, runtime_.calls, context, "ListSaves", [this, request, response]() -> absl::Status {
    UOW_ASSIGN_OR_RETURN(SessionId id, SessionId::Parse(request->session_id()));
    UOW_ASSIGN_OR_RETURN(size_t limit, PageSize(request->page_size()));
    // Generated values can be large: one save at a time until there is a message's worth.
    size_t step = request->include_generated() ? 1 : limit;
    size_t bytes = 0;
    std::string token = request->page_token();
    do {
      UOW_ASSIGN_OR_RETURN(SavePage page, runtime_.journal.ListSaves(id, token, step, request->include_generated()));
      for (v1::Save& save : page.saves) {
        bytes += save.ByteSizeLong();
        *response->add_saves() = std::move(save);
      }
      token = page.next;
    } while (!token.empty() && static_cast<size_t>(response->saves_size()) < limit && bytes < kPageBytes);
    response->set_next_page_token(token);
    return absl::OkStatus();
  });
}

}  // namespace uow
