#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/save_databases.h"
#include "tests/bench/table.h"

namespace uow::bench {

// Saves beside the same rows by hand, one after the other in each round; medians. SQLite has no budget: there the same prepared
// statements run row by row on both sides, and what is compared is everything else that a save does. Only of work that has `only`
// in its name.
absl::StatusOr<std::vector<Row>> MeasureSaves(SaveDatabases& databases, Database& database, const std::string& only, int rounds);

// Time per change of saves of 10,000, 100,000 and 1,000,000 new rows. Takes minutes.
absl::StatusOr<std::vector<Row>> MeasureGrowth(SaveDatabases& databases, Database& database);

// The work of MeasureSaves in PostgreSQL beside another program's flush of it. The program gets the DSN and the number of rounds,
// and prints a line each of "insert", "update", "delete" with the median of seconds.
absl::StatusOr<std::vector<Row>> CompareSaves(SaveDatabases& databases, Database& database, const std::vector<std::string>& program,
                                              int rounds);

}  // namespace uow::bench
