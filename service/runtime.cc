#include "service/runtime.h"

#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow {

absl::Status Overloaded(absl::string_view what) {
  return MakeError(v1::ERROR_REASON_OVERLOADED, absl::StrCat(what, "; try again with back-off"));
}

absl::Status ShuttingDown() {
  return MakeError(v1::ERROR_REASON_SHUTTING_DOWN, "the server is shutting down; connect again: the session is still there");
}

}  // namespace uow
