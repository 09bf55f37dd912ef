#include "adapters/marker.h"

#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow {
namespace {

std::string Quoted(const std::string& save_id) { return save_id.empty() ? "no save" : absl::StrCat("save ", save_id); }

}  // namespace

absl::Status MarkerError(const std::string& session, uint64_t fence, const std::string& executed_save_id,
                         const std::optional<Marker>& found) {
  if (found.has_value() && found->fence >= fence) {
    return MakeError(v1::ERROR_REASON_FENCED, absl::StrCat("session ", session, ": another saver holds fence ", found->fence,
                                                           ", this one has ", fence, "; read the session again"));
  }
  if (!found.has_value()) {
    return MakeError(v1::ERROR_REASON_MARKER_LOST,
                     absl::StrCat("session ", session, ": its row in uow_saves is gone, but save ", executed_save_id,
                                  " left one; nothing was written. Was the database restored from a backup?"));
  }
  return MakeError(
      v1::ERROR_REASON_MARKER_LOST,
      absl::StrCat("session ", session, ": its row in uow_saves holds ", Quoted(found->save_id), ", but ", Quoted(executed_save_id),
                   " was the last; nothing was written. Was the database restored from a backup?"));
}

}  // namespace uow
