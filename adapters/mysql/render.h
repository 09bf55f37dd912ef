#pragma once

#include <cstddef>
#include <string>

#include "adapters/plan/plan.h"
#include "adapters/target.h"
#include "journal/schema_index.h"
#include "uow/v1/schema.pb.h"

namespace uow::mysql {

// The server's make, where SQL depends on it.
enum class Product {
  kMySql,    // and whatever doesn't say that it is MariaDB
  kMariaDb,  // from 10.5 on: INSERT … RETURNING, and lists of VALUES as a table
};

// The statement that does `rows` rows of a step. Its parameters are the rows' values, row after row, without a generated one. Where
// an insert generates its key and the product can return it, it does.
std::string RenderRows(const SchemaIndex& schema, const Step& step, Product product, size_t rows);

// What is read of rows that a statement selects as the step does.
enum class Read {
  kPlace,       // that they are there
  kVersion,     // their version (Step::version_column)
  kReferences,  // for each foreign key to the table itself: its columns, and the columns that it refers to, as comparable bytes
  kChanged,     // that they are there by their keys, but don't hold what the step checks
};

// The query for `rows` rows of a step, by its keys and checks: each result has a row's place among them, from 0, and what is read.
// Its parameters are the rows' keys and checks, row after row; for kVersion the keys alone, in the order of the primary key. Where
// `lock` is set the rows are locked, and read as they are now.
std::string RenderRead(const SchemaIndex& schema, const Step& step, Product product, Read read, size_t rows, bool lock);

// What Target::Render says of a step.
RenderedStep RenderStep(const SchemaIndex& schema, const Step& step, Product product);

}  // namespace uow::mysql
