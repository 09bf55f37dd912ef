#include "adapters/plan/full_plan.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "adapters/plan/cycle_breaks.h"
#include "adapters/plan/handle_owners.h"
#include "adapters/plan/op_graph.h"
#include "adapters/plan/row_edges.h"
#include "adapters/plan/row_values.h"
#include "adapters/plan/step_groups.h"
#include "adapters/plan/table_order.h"
#include "adapters/plan/taken_rows.h"
#include "adapters/plan/updates_ahead.h"
#include "journal/errors.h"
#include "journal/reference_index.h"

namespace uow {
namespace {

class FullPlanner {
 public:
  FullPlanner(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits,
              const RowShapes& shapes)
      : schema_(schema),
        changes_(changes),
        traits_(traits),
        shapes_(shapes),
        ops_(changes.size()),
        together_(changes.size(), false) {}

  absl::StatusOr<Plan> Build() {
    MakeOperations();
    HandleOwners owners(schema_, changes_, inserts_);
    UOW_RETURN_IF_ERROR(owners.Find());
    OpGraph graph(static_cast<uint32_t>(kinds_.size()));
    for (const ChangeOps& ops : ops_) {
      if (ops.removal != kNoOp) graph.AddEdge({ops.removal, ops.main, EdgeKind::kSame});
    }
    RowEdges edges(schema_, changes_, traits_, ops_, graph);
    edges.AddHandles(owners, inserts_, traits_.keys_ahead);
    edges.AddForeignKeys();
    edges.AddUniques();
    edges.AddCascades();
    CycleBreaks breaks(schema_, changes_, traits_, ops_, kinds_, graph, edges.may_be_gone());
    std::vector<OpEdge> broken;
    std::vector<uint32_t> cycle;
    if (!graph.BreakCycles([&](const OpEdge& edge) { return breaks.CostOf(edge); }, broken, cycle)) return Refuse(cycle);
    breaks.Replace(broken);
    const CycleBreaks::Extras extras = std::move(breaks).TakeExtras();
    return MakeSteps(owners, extras, graph.Places(Phases(graph, extras)));
  }

 private:
  uint32_t AddOp(StepKind kind, uint32_t change) {
    kinds_.push_back(kind);
    rows_.push_back(change);
    return static_cast<uint32_t>(kinds_.size()) - 1;
  }

  void MakeOperations() {
    const std::vector<bool> unordered = UnorderedDeletes();
    TakenRows taken(schema_, changes_);
    std::vector<uint32_t> shared(schema_.table_count(), kNoOp);
    RowShape shape;
    for (uint32_t c = 0; c < changes_.size(); ++c) {
      const uint32_t table = changes_[c].table();
      ChangeOps& ops = ops_[c];
      switch (changes_[c].kind()) {
        case v1::CHANGE_KIND_INSERT:
          ops.main = AddOp(StepKind::kInsert, c);
          inserts_.push_back(c);
          break;
        case v1::CHANGE_KIND_REPLACE:
          if (shapes_.OfReplace(changes_[c], shape) && !taken.Contains(changes_[c])) {
            ops.main = AddOp(StepKind::kUpdate, c);
            break;
          }
          ops.removal = AddOp(StepKind::kDelete, c);
          ops.main = AddOp(StepKind::kInsert, c);
          inserts_.push_back(c);
          break;
        case v1::CHANGE_KIND_DELETE:
          if (unordered[table]) {
            if (shared[table] == kNoOp) shared[table] = AddOp(StepKind::kDelete, c);
            ops.main = shared[table];
            together_[c] = true;
            break;
          }
          ops.main = AddOp(StepKind::kDelete, c);
          break;
        default:
          ops.main = AddOp(StepKind::kUpdate, c);
      }
    }
  }

  // The tables whose deleted rows may refer to one another, and nothing says how: those rows go in one statement.
  std::vector<bool> UnorderedDeletes() const {
    const TableOrder tables(schema_);
    std::vector<bool> unordered_groups(schema_.table_count(), false);
    std::string bytes;
    for (const v1::NetChange& change : changes_) {
      if (change.kind() != v1::CHANGE_KIND_DELETE || !tables.cyclic(change.table())) continue;
      for (const v1::ForeignKey& key : schema_.table(change.table()).foreign_keys()) {
        if (tables.group(key.referenced_table()) != tables.group(change.table())) continue;
        const bool known = TupleOf(schema_, change, key.columns(), RowState::kOld, bytes) != TupleKind::kUnknown;
        if (!known) unordered_groups[tables.group(change.table())] = true;
      }
    }
    std::vector<bool> unordered(schema_.table_count());
    for (uint32_t table = 0; table < schema_.table_count(); ++table) unordered[table] = unordered_groups[tables.group(table)];
    return unordered;
  }

  // Unless something waits.
  enum Phase : uint32_t { kUpdatesAhead, kInserts, kUpdates, kDeletes };

  std::vector<uint32_t> Phases(const OpGraph& graph, const CycleBreaks::Extras& extras) const {
    std::vector<uint32_t> phases(graph.size(), kDeletes);
    for (size_t op = 0; op < kinds_.size(); ++op) {
      if (kinds_[op] != StepKind::kDelete) phases[op] = kinds_[op] == StepKind::kInsert ? kInserts : kUpdates;
    }
    for (const auto& [change, op] : extras.late) phases[op] = kUpdates;
    for (const auto& [change, op] : extras.early) phases[op] = kUpdates;
    for (uint32_t op : UpdatesGoingAhead(graph)) phases[op] = kUpdatesAhead;
    return phases;
  }

  // Rows of one shape stay together: if one of them waits for a new row, or for an update that does, all come after the inserts.
  std::vector<uint32_t> UpdatesGoingAhead(const OpGraph& graph) const {
    std::vector<size_t> updates;
    for (size_t c = 0; c < changes_.size(); ++c) {
      if (kinds_[ops_[c].main] == StepKind::kUpdate) updates.push_back(c);
    }
    const UpdatesAhead order(schema_, changes_, inserts_, updates);
    if (!order.Wanted()) return {};
    std::vector<uint32_t> waiting;
    for (size_t c : inserts_) waiting.push_back(ops_[c].main);
    using Group = std::vector<uint32_t>;
    std::map<std::pair<uint32_t, RowShape>, Group> groups;
    std::vector<Group*> group_of(graph.size(), nullptr);
    RowShape shape;
    for (size_t c : updates) {
      const uint32_t op = ops_[c].main;
      ShapeOfUpdate(c, shape);
      group_of[op] = &groups[{changes_[c].table(), shape}];
      group_of[op]->push_back(op);
      if (order.MayNeedInsert(changes_[c])) waiting.push_back(op);
    }
    const std::vector<bool> late = graph.After(
        std::move(waiting), [&](uint32_t op) { return group_of[op] == nullptr ? Group() : std::exchange(*group_of[op], Group()); });
    std::vector<uint32_t> ahead;
    for (size_t c : updates) {
      if (!late[ops_[c].main]) ahead.push_back(ops_[c].main);
    }
    return ahead;
  }

  void ShapeOfUpdate(size_t c, RowShape& shape) const {
    if (changes_[c].kind() == v1::CHANGE_KIND_REPLACE) {
      shapes_.OfReplace(changes_[c], shape);
    } else {
      shapes_.OfUpdate(changes_[c], shape);
    }
  }

  Plan MakeSteps(const HandleOwners& owners, const CycleBreaks::Extras& extras, const std::vector<uint64_t>& places) const {
    StepGroups groups(schema_, changes_, traits_, &extras.edits);
    RowShape shape;
    size_t insert = 0;
    for (size_t c = 0; c < changes_.size(); ++c) {
      const v1::NetChange& change = changes_[c];
      auto early = extras.early.find(c);
      auto late = extras.late.find(c);
      const bool checked = early != extras.early.end();
      if (checked) {
        shapes_.OfDelete(change, shape);  // what is checked, is checked by the row's first statement
        AddPart(extras, c, RowPart::kEarly, places[early->second], shape, groups);
      }
      auto add = [&](StepKind kind, uint32_t op) {
        if (checked) shape.check_columns.clear();
        shape.may_be_gone = kind == StepKind::kDelete && extras.may_be_gone.contains(c);
        groups.Add(kind, c, places[op], shape, together_[c]);
      };
      if (ops_[c].removal != kNoOp) {
        shapes_.OfDelete(change, shape);
        add(StepKind::kDelete, ops_[c].removal);
      }
      switch (kinds_[ops_[c].main]) {
        case StepKind::kInsert:
          shapes_.OfInsert(change, owners.generated(insert++), shape);
          break;
        case StepKind::kUpdate:
          ShapeOfUpdate(c, shape);
          break;
        case StepKind::kDelete:
          shapes_.OfDelete(change, shape);
          break;
      }
      add(kinds_[ops_[c].main], ops_[c].main);
      if (late == extras.late.end()) continue;
      // Whatever the database makes of a version, it makes anew.
      const VersionMove move = shape.version_move == VersionMove::kDatabase ? VersionMove::kDatabase : VersionMove::kNone;
      shape.Clear();
      shape.version_move = move;
      AddPart(extras, c, RowPart::kLate, places[late->second], shape, groups);
    }
    Plan plan;
    plan.deferred.assign(extras.deferred.begin(), extras.deferred.end());
    groups.AppendTo(plan.steps);
    if (traits_.reuses_keys) NoteFirstNewKeys(plan);
    return plan;
  }

  static void NoteFirstNewKeys(Plan& plan) {
    std::map<uint32_t, const v1::Handle*> first;
    for (Step& step : plan.steps) {
      if (step.kind == StepKind::kInsert && step.generated >= 0) {
        first.try_emplace(step.table, &step.rows[0].values[static_cast<size_t>(step.generated)].handle_value());
      } else if (auto found = first.find(step.table); step.may_be_gone && step.key_columns.size() == 1 && found != first.end()) {
        step.first_new_key = *found->second;
      }
    }
  }

  // An early or late statement writes what its edit says.
  static void AddPart(const CycleBreaks::Extras& extras, size_t change, RowPart part, uint64_t place, RowShape& shape,
                      StepGroups& groups) {
    shape.part = part;
    for (const auto& [column, value] : extras.edits.at({change, part}).values) shape.columns.push_back(column);
    groups.Add(StepKind::kUpdate, change, place, shape);
  }

  absl::Status Refuse(const std::vector<uint32_t>& cycle) const {
    std::vector<size_t> rows;
    for (uint32_t op : cycle) {
      if (op >= rows_.size()) continue;
      if (std::find(rows.begin(), rows.end(), rows_[op]) == rows.end()) rows.push_back(rows_[op]);
    }
    if (rows.empty()) return InternalError("the plan has a cycle without rows");
    return CycleError(schema_, changes_, rows,
                      "save up to a point in between, or let a foreign key of theirs be deferrable or a column of it nullable");
  }

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const PlanTraits& traits_;
  const RowShapes& shapes_;
  std::vector<ChangeOps> ops_;
  std::vector<bool> together_;   // by change
  std::vector<StepKind> kinds_;  // by operation
  std::vector<uint32_t> rows_;   // by operation: a change
  std::vector<size_t> inserts_;
};

}  // namespace

bool NeedsFullPlan(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits,
                   const RowShapes& shapes) {
  constexpr uint8_t kGives = 1, kTakes = 2;
  struct TableUse {
    uint8_t unique_values = 0;
    bool known = false;
    std::vector<bool> in_unique;
  };
  std::vector<TableUse> uses(schema.table_count());
  for (const v1::NetChange& change : changes) {
    if (!change.new_key().empty()) return true;
    const bool removes = change.kind() == v1::CHANGE_KIND_DELETE || change.kind() == v1::CHANGE_KIND_REPLACE;
    if (removes && shapes.acts_on_delete(change.table())) return true;
    const v1::Table& table = schema.table(change.table());
    if (removes && traits.keeps_self_references &&
        std::any_of(table.foreign_keys().begin(), table.foreign_keys().end(),
                    [&](const v1::ForeignKey& key) { return !ActsOnDelete(key) && ReferredToItself(schema, change, key); })) {
      return true;
    }
    if (table.uniques().empty()) continue;
    TableUse& use = uses[change.table()];
    uint8_t values = removes ? kGives : 0;
    if (change.kind() == v1::CHANGE_KIND_INSERT || change.kind() == v1::CHANGE_KIND_REPLACE) values |= kTakes;
    if (change.kind() == v1::CHANGE_KIND_UPDATE) {
      if (!use.known) {
        use.known = true;
        use.in_unique.assign(table.columns_size(), false);
        for (const v1::UniqueConstraint& unique : table.uniques()) {
          for (uint32_t column : unique.columns()) use.in_unique[column] = true;
        }
      }
      for (const v1::Field& field : change.fields()) {
        if (use.in_unique[field.column()]) values = kGives | kTakes;
      }
    }
    // One row alone has nobody to take values from, but a second one may come.
    if (((use.unique_values | values) == (kGives | kTakes)) && use.unique_values != 0 && values != 0) return true;
    use.unique_values |= values;
  }
  return false;
}

absl::StatusOr<Plan> BuildFullPlan(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits,
                                   const RowShapes& shapes) {
  return FullPlanner(schema, changes, traits, shapes).Build();
}

}  // namespace uow
