#pragma once

#include <memory>

#include "absl/time/time.h"
#include "service/page_stream.h"
#include "service/runtime.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

// The messages of BeginSave: the attempt is begun first, then sent. One that isn't sent to its end is abandoned.
std::unique_ptr<PageSource<v1::BeginSaveResponse>> MakeBeginSource(Runtime& runtime, v1::BeginSaveRequest request,
                                                                   absl::Time deadline);

}  // namespace uow
