#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "uow/v1/schema.pb.h"
#include "uow/v1/schema_service.pb.h"

namespace uow::test {

// How a table's rows are named.
enum class KeyStyle { kGenerated, kNatural, kComposite };

struct RandomColumn {
  std::string name;
  bool nullable = true;
  bool unique = false;
};

struct RandomReference {
  std::vector<size_t> columns;  // of the table
  size_t parent = 0;            // a table
  v1::ReferentialAction on_delete = v1::REFERENTIAL_ACTION_UNSPECIFIED;
  v1::ReferentialAction on_update = v1::REFERENTIAL_ACTION_UNSPECIFIED;
  bool deferrable = false;
  bool by_itself = true;  // whether a row may refer to itself
};

// Columns: the key's first ("id", or "k", or "k1" and "k2"), then the others. All values are integers.
struct RandomTable {
  std::string name;
  KeyStyle key = KeyStyle::kGenerated;
  std::vector<RandomColumn> columns;
  std::vector<RandomReference> references;
  std::vector<std::vector<size_t>> uniques;  // of several columns

  size_t key_columns() const { return key == KeyStyle::kComposite ? 2 : 1; }
};

struct RandomSchema {
  std::vector<RandomTable> tables;

  // CREATE TABLE statements; "{key}" stands for a generated key. With `apart` the foreign keys are added once all tables are there.
  std::string Ddl(bool apart) const;
};

// One to four tables that refer to one another and themselves in whatever way that the dialect knows. The same seed gives the same
// schema.
RandomSchema MakeRandomSchema(uint32_t seed, v1::Dialect dialect);

}  // namespace uow::test
