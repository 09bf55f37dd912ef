#pragma once

#include <grpcpp/server_context.h>

#include <memory>

#include "absl/time/time.h"
#include "service/page_stream.h"
#include "service/runtime.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

// The messages of GetChanges: the net changes are folded first, then sent.
std::unique_ptr<PageSource<v1::GetChangesResponse>> MakeChangesSource(Runtime& runtime, v1::GetChangesRequest request,
                                                                      absl::Time deadline);
// The messages of ReadJournal: a few at a time are read from the journal. A rollback in between ends the call with STALE_EPOCH.
std::unique_ptr<PageSource<v1::ReadJournalResponse>> MakeJournalSource(Runtime& runtime, v1::ReadJournalRequest request,
                                                                       absl::Time deadline);
// The messages of PlanSave: folded and planned first, then sent.
std::unique_ptr<PageSource<v1::PlanSaveResponse>> MakePlanSource(Runtime& runtime, v1::PlanSaveRequest request,
                                                                 absl::Time deadline);

// When the call has to be over; infinite where the client set no deadline.
absl::Time DeadlineOf(const grpc::ServerContextBase& context);

}  // namespace uow
