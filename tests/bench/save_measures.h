#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/save_databases.h"
#include "tests/bench/table.h"

namespace uow::bench {

// Another unit of work, to compare with.
struct Rival {
  std::string name;  // "SQLAlchemy" or "MikroORM"
  // What to run, followed by a DSN, the name of the work ("insert", "update", "versioned", "delete", "mix") and the number of
  // rounds. The last line that it prints is the median of the seconds of its flush.
  std::vector<std::string> program;
};

// Saves beside the same rows by hand, one after the other in each round; medians. SQLite has no budget: there the same prepared
// statements run row by row on both sides, and what is compared is everything else that a save does. Beside rivals right after
// that, in the databases for which they have a budget. Only of work that has `only` in its name.
absl::StatusOr<std::vector<Row>> MeasureSaves(SaveDatabases& databases, Database& database, const std::vector<Rival>& rivals,
                                              const std::string& only, int rounds);

// Time per change of saves of 10,000, 100,000 and 1,000,000 new rows. Takes minutes.
absl::StatusOr<std::vector<Row>> MeasureGrowth(SaveDatabases& databases, Database& database);

}  // namespace uow::bench
