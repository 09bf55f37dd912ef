#include "adapters/client_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/client_batch.h"
#include "adapters/client_renderer.h"
#include "adapters/mssql/client_render.h"
#include "adapters/mysql/client_render.h"
#include "adapters/mysql/mysql_target.h"
#include "adapters/plan/plan.h"
#include "adapters/postgres/client_render.h"
#include "adapters/row_errors.h"
#include "adapters/sqlite/client_render.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow {
namespace {

// Gives steps their place and phase.
class StepList {
 public:
  explicit StepList(std::vector<v1::SaveStep>& steps) : steps_(steps) {}

  void Add(v1::StepPhase phase, v1::SaveStep step) {
    steps_.push_back(std::move(step));
    Seal(phase);
  }
  // What was added to the list behind its back.
  void Seal(v1::StepPhase phase) {
    for (; sealed_ < steps_.size(); ++sealed_) {
      steps_[sealed_].set_index(static_cast<uint32_t>(sealed_));
      steps_[sealed_].set_phase(phase);
    }
  }

 private:
  std::vector<v1::SaveStep>& steps_;
  size_t sealed_ = 0;
};

void AddMakeMarker(const ClientRenderer& renderer, const std::string& session, StepList& steps) {
  if (std::optional<v1::SaveStep> make = renderer.MakeMarker(session)) steps.Add(v1::STEP_PHASE_TRANSACTION, *std::move(make));
}

// What the marker is to hold, where it is known ahead: the counts alone.
std::optional<v1::Value> ResultAhead(const SchemaIndex& schema, const Plan& plan, const ClientPlan& out) {
  const bool adds = std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    return step.generated >= 0 || (step.kind != StepKind::kDelete && schema.version_column(step.table) >= 0);
  });
  if (adds || out.new_keys > 0) return std::nullopt;
  v1::Value result;
  result.set_bytes_value(out.result.SerializeAsString());
  return result;
}

void CountRows(const SchemaIndex& schema, const Plan& plan, ClientPlan& out) {
  uint64_t inserted = 0, updated = 0, deleted = 0;
  for (const Step& step : plan.steps) {
    uint64_t& count = step.kind == StepKind::kInsert ? inserted : step.kind == StepKind::kUpdate ? updated : deleted;
    count += step.rows.size();
    if (step.kind != StepKind::kInsert) continue;
    for (const StepRow& row : step.rows) {
      const auto& key = schema.table(step.table).primary_key();
      out.new_keys += std::any_of(key.begin(), key.end(), [&](uint32_t column) {
        const v1::Value* value = ValueOf(step, row, column);
        return value != nullptr && value->has_handle_value();
      });
    }
  }
  out.result.set_inserted(inserted);
  out.result.set_updated(updated);
  out.result.set_deleted(deleted);
  out.rows = inserted + updated + deleted;
}

}  // namespace

std::unique_ptr<ClientRenderer> MakeClientRenderer(const ClientSave& save) {
  switch (save.dialect) {
    case v1::DIALECT_POSTGRESQL:
      return postgres::MakeClientRenderer(save);
    case v1::DIALECT_MYSQL:
      return mysql::MakeClientRenderer(save);
    case v1::DIALECT_MSSQL:
      return mssql::MakeClientRenderer(save);
    case v1::DIALECT_SQLITE:
      return sqlite::MakeClientRenderer(save);
    default:
      return nullptr;
  }
}

absl::Status CheckClientDialect(v1::Dialect dialect) {
  ClientSave save;
  save.dialect = dialect;
  if (MakeClientRenderer(save) != nullptr) return absl::OkStatus();
  return MakeError(v1::ERROR_REASON_NOT_SUPPORTED, absl::StrCat("clients can't execute saves in ", v1::Dialect_Name(dialect),
                                                                " yet; let the server hold the target"));
}

std::unique_ptr<Target> MakeUnconnectedTarget(v1::Dialect dialect) {
  if (dialect == v1::DIALECT_MSSQL) return mssql::MakeUnconnectedTarget();
  TargetConfig config;
  if (dialect == v1::DIALECT_MYSQL) {
    config.dsn = "mysql://nobody@localhost/nothing";
    absl::StatusOr<std::unique_ptr<Target>> target = mysql::MakeTargetFor(config, mysql::Product::kMySql);
    return target.ok() ? *std::move(target) : nullptr;
  }
  config.dsn = dialect == v1::DIALECT_POSTGRESQL ? "postgresql:" : dialect == v1::DIALECT_SQLITE ? "sqlite:none" : "";
  absl::StatusOr<std::unique_ptr<Target>> target = MakeTarget(config);
  return target.ok() ? *std::move(target) : nullptr;
}

absl::StatusOr<ClientPlan> MakeClientPlan(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes,
                                          const ClientSave& save) {
  std::unique_ptr<ClientRenderer> renderer = MakeClientRenderer(save);
  if (renderer == nullptr) return CheckClientDialect(save.dialect);
  if (save.atomic_batch && (save.dialect == v1::DIALECT_MYSQL || save.dialect == v1::DIALECT_MSSQL)) {
    return MakeError(v1::ERROR_REASON_NOT_SUPPORTED,
                     absl::StrCat("there are no atomic batches for ", v1::Dialect_Name(save.dialect), "; use a transaction"));
  }
  UOW_ASSIGN_OR_RETURN(Plan plan, BuildPlan(schema, changes, MakeUnconnectedTarget(save.dialect)->traits()));
  ClientPlan out;
  if (plan.steps.empty()) return out;
  CountRows(schema, plan, out);
  StepList steps(out.steps);
  const bool marker = !save.without_marker;
  // One statement less, and so one round trip.
  const std::optional<v1::Value> ahead = ResultAhead(schema, plan, out);
  if (marker) {
    steps.Add(v1::STEP_PHASE_SETUP, renderer->MarkerTable());
    if (save.intent.executed_save_id.empty()) AddMakeMarker(*renderer, save.session, steps);
    steps.Add(v1::STEP_PHASE_TRANSACTION, renderer->TakeFence(save.session, save.intent, ahead ? &*ahead : nullptr));
  }
  renderer->AppendBefore(schema, plan, out.steps);
  for (Step& step : plan.steps) {
    UOW_RETURN_IF_ERROR(renderer->AppendStep(schema, step, out.steps));
    std::vector<StepRow>().swap(step.rows);
    step.values.reset();
  }
  renderer->AppendAfter(out.steps);
  steps.Seal(v1::STEP_PHASE_TRANSACTION);
  if (marker && !ahead) steps.Add(v1::STEP_PHASE_TRANSACTION, renderer->WriteMarker(save.session, save.intent));
  if (marker && save.find_old_markers) steps.Add(v1::STEP_PHASE_AFTER, renderer->FindOldMarkers(save.session));
  if (save.atomic_batch) MakeBatch(save.dialect, out.steps);
  return out;
}

std::vector<v1::SaveStep> MakeSettlePlan(v1::Dialect dialect, const std::string& session, const SaveIntent& intent,
                                         bool atomic_batch) {
  ClientSave save;
  save.dialect = dialect;
  std::unique_ptr<ClientRenderer> renderer = MakeClientRenderer(save);
  std::vector<v1::SaveStep> list;
  StepList steps(list);
  steps.Add(v1::STEP_PHASE_SETUP, renderer->MarkerTable());
  AddMakeMarker(*renderer, session, steps);
  steps.Add(v1::STEP_PHASE_TRANSACTION, renderer->RaiseFence(session, intent));
  steps.Add(v1::STEP_PHASE_TRANSACTION, renderer->ReadMarker(session));
  if (atomic_batch) MakeBatch(dialect, list);
  return list;
}

v1::SaveStep MakeRemovalOfMarkers(v1::Dialect dialect, const std::vector<std::string>& sessions) {
  ClientSave save;
  save.dialect = dialect;
  v1::SaveStep step = MakeClientRenderer(save)->RemoveOldMarkers(sessions);
  step.set_phase(v1::STEP_PHASE_AFTER);
  return step;
}

v1::SaveStep BeginStep(const SchemaIndex& schema, const Step& step) {
  v1::SaveStep out;
  out.set_kind(step.kind == StepKind::kInsert   ? v1::STEP_KIND_INSERT
               : step.kind == StepKind::kUpdate ? v1::STEP_KIND_UPDATE
                                                : v1::STEP_KIND_DELETE);
  out.set_table(step.table);
  auto place = [](const std::vector<uint32_t>& columns, uint32_t column) {
    return static_cast<size_t>(std::find(columns.begin(), columns.end(), column) - columns.begin());
  };
  for (uint32_t column : schema.table(step.table).primary_key()) {
    const size_t key = place(step.key_columns, column);
    const bool selects = key < step.key_columns.size();
    out.add_key_values(static_cast<uint32_t>(selects ? step.columns.size() + key : place(step.columns, column)));
  }
  const int version = schema.version_column(step.table);
  if (version < 0 || step.kind == StepKind::kDelete) return out;
  const uint32_t column = static_cast<uint32_t>(version);
  const size_t written = place(step.columns, column);
  if (step.version_column < 0 && written == step.columns.size()) return out;
  v1::StepVersions& versions = *out.mutable_versions();
  versions.set_column(column);
  versions.set_kind(schema.table(step.table).columns(version).type().kind());
  if (step.version_column < 0) versions.set_written_value(static_cast<uint32_t>(written));
  const size_t checked = place(step.check_columns, column);
  if (checked < step.check_columns.size()) {
    versions.set_old_value(static_cast<uint32_t>(step.columns.size() + step.key_columns.size() + checked));
  }
  return out;
}

bool ExplainsMismatch(const Step& step) { return step.kind != StepKind::kInsert && !step.may_be_gone && !step.keys_moved; }

void MoveRows(Step& step, size_t begin, size_t end, v1::SaveStep& out) {
  out.mutable_rows()->Reserve(static_cast<int>(end - begin));
  for (size_t r = begin; r < end; ++r) {
    v1::PlannedRow& row = *out.add_rows();
    row.set_offset(step.rows[r].offset);
    row.mutable_values()->Reserve(static_cast<int>(step.rows[r].values.size()));
    for (const v1::Value& value : step.rows[r].values) *row.add_values() = value;
  }
}

v1::SaveStep BeginReadVersions(const v1::SaveStep& written, size_t begin, size_t end) {
  v1::SaveStep out;
  out.set_kind(v1::STEP_KIND_READ_VERSIONS);
  out.set_table(written.table());
  out.set_returns_rows(true);
  v1::StepVersions& versions = *out.mutable_versions();
  versions.set_column(written.versions().column());
  versions.set_kind(written.versions().kind());
  const bool has_old = written.versions().has_old_value();
  for (int k = 0; k < written.key_values_size(); ++k) out.add_key_values(static_cast<uint32_t>(k));
  if (has_old) versions.set_old_value(static_cast<uint32_t>(written.key_values_size()));
  for (size_t r = begin; r < end; ++r) {
    const v1::PlannedRow& row = written.rows(static_cast<int>(r));
    v1::PlannedRow& key = *out.add_rows();
    key.set_offset(row.offset());
    for (uint32_t index : written.key_values()) *key.add_values() = row.values(static_cast<int>(index));
    if (has_old) *key.add_values() = row.values(static_cast<int>(written.versions().old_value()));
  }
  return out;
}

void AddHandle(const v1::Handle& handle, v1::StepKeys& keys) {
  const int lists = keys.handles_size();
  v1::HandleList* list = lists == 0 ? nullptr : keys.mutable_handles(lists - 1);
  if (list == nullptr || list->writer() != handle.writer()) {
    list = keys.add_handles();
    list->set_writer(handle.writer());
  }
  list->add_counters(handle.counter());
}

absl::Status UnstorableValue(const SchemaIndex& schema, const Step& step, const StepRow& row, size_t value, v1::ErrorReason reason,
                             absl::string_view why) {
  const size_t keys = step.columns.size(), checks = keys + step.key_columns.size();
  const uint32_t column = value < keys     ? step.columns[value]
                          : value < checks ? step.key_columns[value - keys]
                                           : step.check_columns[value - checks];
  const std::string& name = schema.table(step.table).columns(static_cast<int>(column)).name();
  v1::ErrorDetail detail;
  detail.add_columns(name);
  return WithRow(MakeError(reason, absl::StrCat("column ", name, ": ", DebugString(row.values[value]), ": ", why)), schema, step,
                 row, detail);
}

bool IsWithoutSequence(const ClientSave& save, const Step& step) {
  return std::count(save.tables_without_sequence.begin(), save.tables_without_sequence.end(), step.table) > 0;
}

}  // namespace uow
