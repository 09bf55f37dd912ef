#include "adapters/plan/taken_rows.h"

namespace uow {
namespace {

std::vector<size_t> RemovedRows(const std::vector<v1::NetChange>& changes) {
  std::vector<size_t> removed;
  for (size_t c = 0; c < changes.size(); ++c) {
    const v1::ChangeKind kind = changes[c].kind();
    if (kind == v1::CHANGE_KIND_DELETE || kind == v1::CHANGE_KIND_REPLACE) removed.push_back(c);
  }
  return removed;
}

}  // namespace

TakenRows::TakenRows(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes)
    : schema_(schema), removed_(RemovedRows(changes)), rows_(schema, changes, removed_, RowState::kOld) {}

bool TakenRows::Contains(const v1::NetChange& change) {
  for (const v1::ForeignKey& key : schema_.table(change.table()).foreign_keys()) {
    if (key.on_delete() != v1::REFERENTIAL_ACTION_CASCADE) continue;
    if (TupleOf(schema_, change, key.columns(), RowState::kOld, old_bytes_) != TupleKind::kKnown) continue;
    if (TupleOf(schema_, change, key.columns(), RowState::kNew, bytes_) != TupleKind::kKnown || bytes_ != old_bytes_) continue;
    if (rows_.Find(key, old_bytes_) >= 0) return true;
  }
  return false;
}

}  // namespace uow
