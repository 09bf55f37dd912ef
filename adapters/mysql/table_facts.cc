#include "adapters/mysql/table_facts.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

constexpr char kFacts[] =
    "SELECT t.ENGINE, e.TRANSACTIONS, (SELECT c.COLUMN_NAME FROM information_schema.COLUMNS AS c "
    "WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME AND c.EXTRA LIKE '%auto_increment%') "
    "FROM information_schema.TABLES AS t LEFT JOIN information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE "
    "WHERE t.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND t.TABLE_NAME = ?";

}  // namespace

absl::Status TableFacts::Load(Link& link, const SchemaIndex& schema, const Plan& plan) {
  std::set<uint32_t> tables;
  for (const Step& step : plan.steps) tables.insert(step.table);
  for (uint32_t t : tables) {
    const v1::Table& table = schema.table(t);
    if (auto_increment_.contains(Name(table.namespace_(), table.name()))) continue;
    v1::Value space, name;
    if (!table.namespace_().empty()) space.set_text_value(table.namespace_());
    name.set_text_value(table.name());
    Parameters parameters(2);
    parameters.Add(space);
    parameters.Add(name);
    UOW_ASSIGN_OR_RETURN(Result found, link.Run(kFacts, std::move(parameters)));
    if (found.rows.empty()) continue;  // its statement will say so
    const Row& row = found.rows[0];
    if (row[1] == "NO") {
      return MakeError(
          v1::ERROR_REASON_TARGET_REJECTED,
          absl::StrCat(link.where(), ": table ", schema.TableLabel(t), " has the engine ", row[0].value_or("?"),
                       ", which knows no transactions: a save could not be undone; convert it: ALTER TABLE … ENGINE=InnoDB"));
    }
    auto_increment_.emplace(Name(table.namespace_(), table.name()), row[2].value_or(""));
  }
  return absl::OkStatus();
}

const std::string& TableFacts::AutoIncrementOf(const v1::Table& table) const {
  static const std::string kNone;
  auto found = auto_increment_.find(Name(table.namespace_(), table.name()));
  return found == auto_increment_.end() ? kNone : found->second;
}

}  // namespace uow::mysql
