#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "journal/saved_version.h"
#include "journal/session_id.h"
#include "uow/v1/save_service.pb.h"
#include "uow/v1/value.pb.h"

namespace uow {

// The versions that saves gave to rows, as format.md stores them: one record a row, in the handles family.

// The key of a row's record. The row's key has no handles.
std::string RowVersionKey(const SessionId& id, uint32_t table, absl::Span<const v1::Value> key);
std::string EncodeSavedVersion(const SavedVersion& saved);
bool DecodeSavedVersion(absl::string_view value, SavedVersion& saved);

// Takes note of a save that gave the row the version `field.value`, in place of `field.old` where that is known. `saved` is the
// row's record before, or empty. The last 16 replaced versions are kept.
void NoteVersion(const v1::Field& field, SavedVersion& saved);

}  // namespace uow
