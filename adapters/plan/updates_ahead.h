#pragma once

#include <cstddef>
#include <vector>

#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// Whether updates go ahead of the inserts. A new row shares the lock of the row that it refers to. Where two saves each insert
// below the same row and then update it, each waits for the other to let go of it; if they update it first, one just waits for the
// other.
class UpdatesAhead {
 public:
  // `inserts` and `updates` are indexes into `changes`; all outlive this object.
  UpdatesAhead(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const std::vector<size_t>& inserts,
               const std::vector<size_t>& updates);

  // Whether a new row refers to a row that is updated. Linear.
  bool Wanted() const;

  // Whether an update may need a new row: it has its handle, or comes to refer to a row of a table that has new ones.
  bool MayNeedInsert(const v1::NetChange& update) const;

 private:
  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const std::vector<size_t>& inserts_;
  const std::vector<size_t>& updates_;
  std::vector<bool> inserted_;  // by table: whether it has new rows
};

}  // namespace uow
