#include "adapters/save_result.h"

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "proto/grouped_values.h"
#include "uow/v1/save_service.pb.h"

namespace uow {
namespace {

// Well below the limits of a blob in SQLite (1 GB) and PostgreSQL (1 GB, in hexadecimal on the wire).
constexpr size_t kMaxBytes = 256 << 20;

}  // namespace

absl::StatusOr<std::string> EncodeSaveResult(const SaveOutcome& outcome) {
  v1::SaveResult result;
  result.set_inserted(outcome.inserted);
  result.set_updated(outcome.updated);
  result.set_deleted(outcome.deleted);
  GroupEntities(outcome.generated.data(), outcome.generated.data() + outcome.generated.size(), result);
  if (result.ByteSizeLong() <= kMaxBytes) return result.SerializeAsString();
  return MakeError(v1::ERROR_REASON_NOT_SUPPORTED,
                   absl::StrCat("the save generates ", outcome.generated.size(), " keys, more than the marker holds (",
                                kMaxBytes >> 20, " MiB); save up to a checkpoint in between"));
}

absl::StatusOr<SaveOutcome> DecodeSaveResult(absl::string_view bytes) {
  const absl::Status damaged = InternalError("the bytes are no result of a save");
  v1::SaveResult result;
  if (!result.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return damaged;
  SaveOutcome outcome;
  outcome.executed = true;
  outcome.inserted = result.inserted();
  outcome.updated = result.updated();
  outcome.deleted = result.deleted();
  if (outcome.inserted + outcome.updated + outcome.deleted == 0) return damaged;
  if (!UngroupEntities(result, outcome.generated)) return damaged;
  return outcome;
}

}  // namespace uow
