#pragma once

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "adapters/mysql/link.h"
#include "adapters/plan/plan.h"
#include "journal/schema_index.h"

namespace uow::mysql {

// What a save has to know of tables beyond its session's schema. Asked once a connection.
class TableFacts {
 public:
  // Asks for the plan's tables that aren't known yet. TARGET_REJECTED where one can't take part in a transaction.
  absl::Status Load(Link& link, const SchemaIndex& schema, const Plan& plan);

  // The name of the table's AUTO_INCREMENT column; empty where there is none, or the table wasn't there.
  const std::string& AutoIncrementOf(const v1::Table& table) const;

 private:
  using Name = std::pair<std::string, std::string>;

  absl::flat_hash_map<Name, std::string> auto_increment_;
};

}  // namespace uow::mysql
