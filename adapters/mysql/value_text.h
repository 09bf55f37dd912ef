#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"
#include "uow/v1/value.pb.h"

namespace uow::mysql {

// A key or version that the server gave a row, from its text; bytes as they are. Canonical. INTERNAL where the text isn't of that
// kind, NOT_SUPPORTED for kinds that are never generated.
absl::StatusOr<v1::Value> ParseText(const v1::Type& type, absl::string_view text);

}  // namespace uow::mysql
