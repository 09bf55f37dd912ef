#include "adapters/plan/insert_order.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/plan/row_graph.h"
#include "adapters/plan/row_values.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow {
namespace {

constexpr int kMaxEntities = 100;

using HandleKey = std::pair<absl::string_view, uint64_t>;

HandleKey KeyOf(const v1::Handle& handle) { return {handle.writer(), handle.counter()}; }

std::string Describe(const SchemaIndex& schema, const v1::NetChange& change) {
  return absl::StrCat(
      schema.TableLabel(change.table()), " (",
      absl::StrJoin(change.key(), ", ", [](std::string* out, const v1::Value& v) { absl::StrAppend(out, DebugString(v)); }), ")");
}

absl::Status ChangeError(v1::ErrorReason reason, const SchemaIndex& schema, const v1::NetChange& change,
                         absl::string_view message) {
  v1::ErrorDetail detail;
  *detail.add_entities() = EntityOf(schema, change);
  detail.set_offset(change.last_offset());
  return MakeError(reason, message, detail);
}

// Collects the edges among inserted rows.
class InsertEdges {
 public:
  InsertEdges(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const std::vector<size_t>& inserts,
              const PlanTraits& traits)
      : schema_(schema),
        changes_(changes),
        inserts_(inserts),
        traits_(traits),
        referenced_(schema, changes, inserts, RowState::kNew),
        places_(inserts.size()),
        graph_(inserts.size()) {}

  absl::Status Collect() {
    UOW_RETURN_IF_ERROR(FindOwners());
    for (uint32_t row = 0; row < inserts_.size(); ++row) {
      UOW_RETURN_IF_ERROR(AddHandles(row));
      AddForeignKeys(row);
    }
    return CheckOtherHandles();
  }

  absl::StatusOr<std::vector<InsertPlace>> Places() && {
    std::vector<uint32_t> levels, cycle;
    if (!graph_.Levels(levels, cycle)) return CycleError(cycle);
    for (size_t row = 0; row < places_.size(); ++row) places_[row].level = levels[row];
    return std::move(places_);
  }

 private:
  // The row that generates each handle. A key column that is also part of a foreign key owns its handle only where no other row
  // does.
  absl::Status FindOwners() {
    owners_.reserve(inserts_.size());
    std::vector<uint32_t> referring;
    for (uint32_t row = 0; row < inserts_.size(); ++row) {
      const v1::NetChange& change = changes_[inserts_[row]];
      const v1::Table& table = schema_.table(change.table());
      for (int k = 0; k < change.key_size(); ++k) {
        if (!change.key(k).has_handle_value() || table.columns(table.primary_key(k)).generation() != v1::GENERATION_KEY) continue;
        if (Refers(table, table.primary_key(k))) {
          referring.push_back(row);
        } else {
          UOW_RETURN_IF_ERROR(Own(row, k, true));
        }
      }
    }
    for (uint32_t row : referring) {
      const v1::NetChange& change = changes_[inserts_[row]];
      const v1::Table& table = schema_.table(change.table());
      for (int k = 0; k < change.key_size(); ++k) {
        if (!change.key(k).has_handle_value() || table.columns(table.primary_key(k)).generation() != v1::GENERATION_KEY) continue;
        if (Refers(table, table.primary_key(k))) UOW_RETURN_IF_ERROR(Own(row, k, false));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Own(uint32_t row, int key, bool alone) {
    const v1::NetChange& change = changes_[inserts_[row]];
    auto [owner, added] = owners_.try_emplace(KeyOf(change.key(key).handle_value()), row);
    if (!added) {
      if (!alone) return absl::OkStatus();
      return ChangeError(v1::ERROR_REASON_ENTITY_EXISTS, schema_, change,
                         absl::StrCat(DebugString(change.key(key)), " stands for two entities, ",
                                      Describe(schema_, changes_[inserts_[owner->second]]), " and ", Describe(schema_, change),
                                      "; use a handle for one entity only"));
    }
    if (places_[row].generated >= 0) {
      return ChangeError(
          v1::ERROR_REASON_NOT_SUPPORTED, schema_, change,
          absl::StrCat(Describe(schema_, change), " has two key columns for the database to generate; give one of them a value"));
    }
    places_[row].generated = key;
    return absl::OkStatus();
  }

  static bool Refers(const v1::Table& table, uint32_t column) {
    for (const v1::ForeignKey& key : table.foreign_keys()) {
      if (std::find(key.columns().begin(), key.columns().end(), column) != key.columns().end()) return true;
    }
    return false;
  }

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
    auto owner = owners_.find(KeyOf(handle));
    if (owner == owners_.end()) return UnknownHandle(changes_[inserts_[row]], handle);
    if (owner->second != row) {
      graph_.AddEdge(owner->second, row);
    } else if (!traits_.keys_ahead) {
      return CycleError({row});
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

  // Handles in rows that aren't inserted: those resolve while the inserts run.
  absl::Status CheckOtherHandles() const {
    for (const v1::NetChange& change : changes_) {
      if (change.kind() == v1::CHANGE_KIND_INSERT) continue;
      for (const v1::Value& value : change.key()) {
        if (value.has_handle_value() && !owners_.contains(KeyOf(value.handle_value()))) {
          return UnknownHandle(change, value.handle_value());
        }
      }
      for (const v1::Field& field : change.fields()) {
        if (field.value().has_handle_value() && !owners_.contains(KeyOf(field.value().handle_value()))) {
          return UnknownHandle(change, field.value().handle_value());
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status UnknownHandle(const v1::NetChange& change, const v1::Handle& handle) const {
    v1::Value value;
    *value.mutable_handle_value() = handle;
    return ChangeError(
        v1::ERROR_REASON_HANDLE_UNKNOWN, schema_, change,
        absl::StrCat(Describe(schema_, change), " uses ", DebugString(value),
                     ", which no created entity of the range has; create the entity first, or roll the change back"));
  }

  absl::Status CycleError(const std::vector<uint32_t>& rows) const {
    v1::ErrorDetail detail;
    std::string names;
    for (size_t i = 0; i < rows.size() && i < kMaxEntities; ++i) {
      const v1::NetChange& change = changes_[inserts_[rows[i]]];
      *detail.add_entities() = EntityOf(schema_, change);
      if (i < 5) absl::StrAppend(&names, i == 0 ? "" : ", ", Describe(schema_, change));
    }
    if (rows.size() > 5) absl::StrAppend(&names, " and ", rows.size() - 5, " more");
    detail.set_offset(changes_[inserts_[rows.front()]].last_offset());
    return MakeError(v1::ERROR_REASON_ROW_CYCLE,
                     absl::StrCat("new rows refer to one another in a cycle, so that none can be inserted first: ", names,
                                  "; create one with NULL, save up to there, then set the reference"),
                     detail);
  }

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const std::vector<size_t>& inserts_;
  const PlanTraits& traits_;
  absl::flat_hash_map<HandleKey, uint32_t> owners_;
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
