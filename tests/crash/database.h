#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace uow::crash {

// A database that uowd saves into, as the test reads it: on a connection of its own, past uowd.
class Database {
 public:
  using Row = std::vector<std::optional<std::string>>;

  virtual ~Database() = default;

  // The name and the DSN for uowd.
  virtual std::string name() const = 0;
  virtual std::string dsn() const = 0;
  // Creates the tables and their triggers.
  virtual absl::Status CreateTables() = 0;
  // Names are quoted as in standard SQL.
  virtual absl::StatusOr<std::vector<Row>> Query(const std::string& sql) const = 0;
};

// Triggers that note every row touched in the table `applied`; `begin` and `end` stand around each one's statement.
std::string AppliedTriggers(const char* begin, const char* end);

std::unique_ptr<Database> NewSqliteDatabase(const std::string& file);

}  // namespace uow::crash
