#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/save_schema.h"
#include "tests/support/uowd_process.h"

namespace uow::bench {

// Seconds.
struct SaveTimes {
  double record = 0;  // from the first command to the last acknowledgement
  double save = 0;    // from the call of Save to its answer, with all generated keys
};

// Records the commands in a new session and saves it. An error where the save doesn't write `rows` rows, or doesn't tell the key of
// each new one.
absl::StatusOr<SaveTimes> RecordAndSave(const UowdProcess& uowd, const std::string& schema_id, const std::string& target,
                                        const Commands& commands, uint64_t rows);

}  // namespace uow::bench
