#include "adapters/plan/insert_order.h"

#include <string>
#include <utility>

#include "adapters/plan/handle_owners.h"
#include "adapters/plan/row_graph.h"
#include "adapters/plan/row_values.h"
#include "journal/errors.h"

namespace uow {
namespace {

// Collects the edges among inserted rows.
class InsertEdges {
 public:
  InsertEdges(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const std::vector<size_t>& inserts,
              const PlanTraits& traits)
      : schema_(schema),
        changes_(changes),
        inserts_(inserts),
        traits_(traits),
        owners_(schema, changes, inserts),
        referenced_(schema, changes, inserts, RowState::kNew),
        places_(inserts.size()),
        graph_(inserts.size()) {}

  absl::Status Collect() {
    UOW_RETURN_IF_ERROR(owners_.Find());
    for (uint32_t row = 0; row < inserts_.size(); ++row) {
      places_[row].generated = owners_.generated(row);
      UOW_RETURN_IF_ERROR(AddHandles(row));
      AddForeignKeys(row);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<InsertPlace>> Places() && {
    std::vector<uint32_t> levels, cycle;
    if (!graph_.Levels(levels, cycle)) return Cycle(cycle);
    for (size_t row = 0; row < places_.size(); ++row) places_[row].level = levels[row];
    return std::move(places_);
  }

 private:
  absl::Status AddHandles(uint32_t row) {
    const v1::NetChange& change = changes_[inserts_[row]];
    for (int k = 0; k < change.key_size(); ++k) {
      if (k == places_[row].generated || !change.key(k).has_handle_value()) continue;
      UOW_RETURN_IF_ERROR(AddHandle(row, change.key(k).handle_value()));
    }
    for (const v1::Field& field : change.fields()) {
      if (field.value().has_handle_value()) UOW_RETURN_IF_ERROR(AddHandle(row, field.value().handle_value()));
    }
    return absl::OkStatus();
  }

  absl::Status AddHandle(uint32_t row, const v1::Handle& handle) {
    const uint32_t owner = owners_.OwnerOf(handle);
    if (owner != row) {
      graph_.AddEdge(owner, row);
    } else if (!traits_.keys_ahead) {
      return Cycle({row});
    }
    return absl::OkStatus();
  }

  void AddForeignKeys(uint32_t row) {
    const v1::NetChange& change = changes_[inserts_[row]];
    for (const v1::ForeignKey& key : schema_.table(change.table()).foreign_keys()) {
      if (key.columns_size() == 1) {
        // The handle's edge is there already.
        const v1::Value* value = ColumnOf(schema_, change, key.columns(0), RowState::kNew);
        if (value == nullptr || value->has_handle_value()) continue;
      }
      if (TupleOf(schema_, change, key.columns(), RowState::kNew, bytes_) != TupleKind::kKnown) continue;
      int64_t parent = referenced_.Find(key, bytes_);
      if (parent >= 0 && parent != row) graph_.AddEdge(static_cast<uint32_t>(parent), row);
    }
  }

  absl::Status Cycle(const std::vector<uint32_t>& rows) const {
    std::vector<size_t> changes;
    for (uint32_t row : rows) changes.push_back(inserts_[row]);
    return CycleError(schema_, changes_, changes, "create one with NULL, save up to there, then set the reference");
  }

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const std::vector<size_t>& inserts_;
  const PlanTraits& traits_;
  HandleOwners owners_;
  ReferencedRows referenced_;
  std::vector<InsertPlace> places_;
  RowGraph graph_;
  std::string bytes_;
};

}  // namespace

absl::StatusOr<std::vector<InsertPlace>> PlaceInserts(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes,
                                                      const std::vector<size_t>& inserts, const PlanTraits& traits) {
  InsertEdges edges(schema, changes, inserts, traits);
  UOW_RETURN_IF_ERROR(edges.Collect());
  return std::move(edges).Places();
}

}  // namespace uow
