#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "journal/journal.h"

namespace uow {

// What the marker keeps of a committed outcome: its counts and generated keys, as a serialised v1::SaveResult. NOT_SUPPORTED where
// that is more than a marker holds (256 MiB).
absl::StatusOr<std::string> EncodeSaveResult(const SaveOutcome& outcome);

// The outcome that a marker keeps, `executed` and OK. The entities come grouped by table and writer. INTERNAL for bytes that
// EncodeSaveResult, or a client that keeps to the contract of v1::SaveResult, can't have written.
absl::StatusOr<SaveOutcome> DecodeSaveResult(absl::string_view bytes);

}  // namespace uow
