#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "adapters/plan/row_values.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// Which replaced rows go with a row that they refer to before and after. What the session did to them in between isn't known any
// more: they may have moved away and back. They can't be updated then, for a cascade takes them, but deleted and inserted.
class TakenRows {
 public:
  // Both outlive this object.
  TakenRows(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes);

  // Whether the row of a change of kind REPLACE is one of those.
  bool Contains(const v1::NetChange& change);

 private:
  const SchemaIndex& schema_;
  const std::vector<size_t> removed_;  // changes that delete or replace their rows
  ReferencedRows rows_;
  std::string old_bytes_, bytes_;
};

}  // namespace uow
