#pragma once

#include <libpq-fe.h>
#include <sqlite3.h>

#include "absl/status/statusor.h"
#include "tests/bench/save_schema.h"

namespace uow::bench {

// What an application would write by hand to save a shop: seconds for one transaction, the keys of all rows read back.

// One INSERT … SELECT FROM unnest … RETURNING id a table.
absl::StatusOr<double> SaveByHand(PGconn* connection, const Shop& shop);
// Prepared inserts, one row each.
absl::StatusOr<double> SaveByHand(sqlite3* database, const Shop& shop);

// Updates one field of the items with the keys [from, to], or deletes them, set-based, in one transaction. Seconds.
absl::StatusOr<double> UpdateByHand(PGconn* connection, int from, int to);
absl::StatusOr<double> DeleteByHand(PGconn* connection, int from, int to);

}  // namespace uow::bench
