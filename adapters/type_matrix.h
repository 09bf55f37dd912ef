#pragma once

#include <optional>
#include <string>

#include "adapters/adapter_conformance.h"

namespace uow {

// A value that a save writes into a column, and what the database's own client then reads.
struct MatrixCase {
  std::string item;      // what it is an example of
  std::string declared;  // the column's type, as CREATE TABLE spells it, nullable
  v1::Value value;
  std::string expected;    // what `read` gives
  std::string read = "v";  // an expression of the column v
  // Where it is given, the save fails with this reason instead, naming the row.
  v1::ErrorReason refused = v1::ERROR_REASON_UNSPECIFIED;
  // What the client says the column is, where the catalog can't know.
  std::optional<v1::Type::Kind> kind = {};
};

// Every value goes through every way into the database: inserted and updated, alone and in a batch with NULLs; keys also as foreign
// keys. Prints the matrix. A test binary instantiates it for its dialects, through all ways to save.
class TypeMatrix : public AdapterConformance {
 protected:
  // Makes a table for each case: t0, t1, …
  void CreateTablesFor(const std::vector<MatrixCase>& cases);
  // "ok", or what is wrong.
  std::string Try(const MatrixCase& test, const std::string& table, const std::string& way);

 private:
  std::vector<v1::NetChange> Changes(const MatrixCase& test, const std::string& table, const std::string& way);
};

}  // namespace uow
