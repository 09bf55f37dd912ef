#pragma once

#include <functional>
#include <string>
#include <vector>

#include "adapters/client_plan.h"
#include "journal/schema_index.h"
#include "uow/v1/save_service.pb.h"

namespace uow::test {

// A plan as a file that people read: each statement with what it is there for, its parameters as @p1, @p2 and so on with their
// values below. Of many rows and parameters only the first and the last are shown. A key that an earlier statement yields is shown
// as "key of" its handle.
std::string ShowSteps(const std::vector<v1::SaveStep>& steps);

// Checks that a file below adapters/, such as "mssql/golden/delete.sql", has exactly this text behind the lines of its heading.
// With UOW_WRITE_GOLDEN=1 in the environment it is written instead.
void ExpectGolden(const std::string& file, const std::string& about, const std::string& text);

// A save that is planned for a golden file.
struct GoldenSave {
  explicit GoldenSave(v1::Schema schema) : schema(std::move(schema)) {}

  v1::Schema schema;
  std::vector<v1::NetChange> changes;
  ClientSave save;
};

// Plans the save; a plan that can't be made fails the test.
std::string ShowSave(const GoldenSave& save);

// Short ways to spell schemas and changes. Columns and tables are named by their positions.
v1::Table& AddTable(v1::Schema& schema, const std::string& name,
                    const std::vector<std::pair<std::string, v1::Type::Kind>>& columns);
void AddForeignKey(v1::Table& table, uint32_t column, uint32_t referenced_table, v1::ReferentialAction on_delete = {});
v1::NetChange& AddChange(GoldenSave& save, v1::ChangeKind kind, uint32_t table, std::vector<v1::Value> key,
                         const std::vector<std::pair<uint32_t, v1::Value>>& fields = {});
// What the change's column held before.
void SetOld(v1::NetChange& change, uint32_t column, const v1::Value& old);

}  // namespace uow::test
