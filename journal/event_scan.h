#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "journal/schema_index.h"

namespace uow {

// What the journal notes of an append's events.
struct ScannedEvents {
  uint64_t events = 0;       // at least 1
  uint64_t last_handle = 0;  // as AppendAction's
};

// Checks the events of a serialised AppendEvents without parsing them into messages, which costs several times as much. It knows
// good events in the form that clients send: fields in order, tables and columns by position, no new key. They would parse, and
// pass CheckEvent without a change. Of all others it returns nothing, and says nothing about them: parse those, and check them.
std::optional<ScannedEvents> ScanEvents(const SchemaIndex& schema, size_t max_value_bytes, absl::string_view writer,
                                        absl::string_view append);

}  // namespace uow
