#pragma once

#include <vector>

#include "adapters/plan/plan.h"
#include "adapters/plan/step_groups.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// What statements write, select and check for a change. Each sets `shape`, whatever was in it.
class RowShapes {
 public:
  // Both outlive the shapes.
  RowShapes(const SchemaIndex& schema, const PlanTraits& traits);

  // `generated` is the place in the primary key of the column that the database generates, or -1. The key's columns come first, so
  // that a place in the key is a place among the columns.
  void OfInsert(const v1::NetChange& change, int generated, RowShape& shape) const;
  void OfUpdate(const v1::NetChange& change, RowShape& shape) const;
  void OfDelete(const v1::NetChange& change, RowShape& shape) const;
  // An update of all columns in place of a delete and an insert; false where that isn't the same.
  bool OfReplace(const v1::NetChange& change, RowShape& shape) const;

  // Whether deleting a row of the table changes rows that refer to it.
  bool acts_on_delete(uint32_t table) const { return acts_on_delete_[table]; }

 private:
  // Has the columns of a changed key written.
  void AddNewKey(const v1::NetChange& change, RowShape& shape) const;
  // Has the version column written or moved.
  void AddVersion(const v1::NetChange& change, StepKind kind, RowShape& shape) const;

  const SchemaIndex& schema_;
  const PlanTraits& traits_;
  std::vector<bool> acts_on_delete_;
};

}  // namespace uow
