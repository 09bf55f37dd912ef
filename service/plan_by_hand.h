#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

// The statements of PlanSave, whose parts belong together, as wholes.
std::vector<v1::PlannedStatement> JoinParts(const std::vector<v1::PlannedStatement>& parts);

// Runs a plan in one transaction as its messages describe it, by nothing but the database's own client library: libpq,
// libmariadb or SQLite. An error says which statement failed, or affected another number of rows than expected.
absl::Status RunByHandInPostgres(const std::string& dsn, const v1::Schema& schema, const std::vector<v1::PlannedStatement>& plan);
absl::Status RunByHandInMariadb(const std::string& host, int port, const std::string& database,
                                const std::vector<v1::PlannedStatement>& plan);

absl::Status RunByHandInSqlite(const std::string& path, const std::vector<v1::PlannedStatement>& plan);

}  // namespace uow
