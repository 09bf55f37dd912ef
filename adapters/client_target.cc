#include "adapters/client_target.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/client_plan.h"
#include "adapters/client_renderer.h"
#include "adapters/marker.h"
#include "adapters/row_errors.h"
#include "adapters/sqlite/result_codes.h"
#include "journal/errors.h"

namespace uow::test {
namespace {

bool IsConstraint(v1::ErrorReason reason) {
  return reason >= v1::ERROR_REASON_CONSTRAINT_UNIQUE && reason <= v1::ERROR_REASON_CONSTRAINT_CHECK;
}

// The columns of a constraint of the table, which PostgreSQL and MySQL only name.
void AddColumns(const v1::Table& table, v1::ErrorDetail& detail) {
  if (detail.constraint() == "PRIMARY") {
    for (uint32_t column : table.primary_key()) detail.add_columns(table.columns(static_cast<int>(column)).name());
    return;
  }
  auto add = [&](const auto& constraint) {
    if (constraint.name() != detail.constraint() || detail.columns_size() > 0) return;
    for (uint32_t column : constraint.columns()) detail.add_columns(table.columns(static_cast<int>(column)).name());
  };
  for (const v1::UniqueConstraint& unique : table.uniques()) add(unique);
  for (const v1::ForeignKey& key : table.foreign_keys()) add(key);
}

// A client's save, told in the words of a Connection. Where a client would begin another attempt, it runs the transaction anew.
class ClientConnection final : public Connection {
 public:
  ClientConnection(v1::Dialect dialect, v1::MysqlServer mysql_server, std::unique_ptr<ClientDriver> driver)
      : dialect_(dialect), mysql_server_(std::move(mysql_server)), driver_(std::move(driver)) {}

  absl::Status EnsureMarkerTable() override {
    Reset();
    return executor_->RunStep(renderer_->MarkerTable());
  }
  // How its transaction runs is the client's affair.
  absl::Status Begin(const TransactionOptions&) override {
    Reset();
    ran_.clear();
    return driver_->Begin();
  }
  absl::Status Commit() override {
    if (plan_ == nullptr) return driver_->Commit();
    std::vector<v1::SaveStep> after;
    renderer_->AppendAfter(after);
    for (const v1::SaveStep& step : after) UOW_RETURN_IF_ERROR(executor_->RunStep(step));
    absl::Status status = driver_->Commit();
    return IsConstraint(ReasonOf(status)) ? Narrow(status) : status;
  }
  void Rollback() override { driver_->Rollback(); }

  absl::Status TakeFence(const std::string& session, uint64_t fence, const std::string& executed_save_id) override {
    intent_ = SaveIntent{.save_id = "", .attempt = fence, .executed_save_id = executed_save_id};
    session_ = session;
    absl::Status status = RaiseOwnFence();
    if (!executor_->fence_refused()) return status;
    return MarkerError(session, fence, executed_save_id, Found());
  }
  absl::Status WriteMarker(const std::string& session, const Marker& marker) override {
    SaveIntent intent = intent_;
    intent.save_id = marker.save_id;
    intent.to = marker.saved;
    v1::SaveStep step = renderer_->WriteMarker(session, intent);
    executor_->result().ParseFromString(marker.result);
    return executor_->RunStep(step);
  }
  absl::StatusOr<Marker> Settle(const std::string& session, uint64_t fence) override {
    UOW_RETURN_IF_ERROR(Begin({}));
    plan_ = nullptr;
    const SaveIntent intent{.attempt = fence};
    absl::Status status = MakeMarker(session);
    if (status.ok()) status = executor_->RunStep(renderer_->RaiseFence(session, intent));
    if (status.ok()) status = executor_->RunStep(renderer_->ReadMarker(session));
    if (status.ok()) status = driver_->Commit();
    if (status.ok()) return *Found();
    driver_->Rollback();
    return MakeError(v1::ERROR_REASON_FENCED, "a higher fence is there");
  }
  void RemoveOldMarkers(size_t limit, const std::function<bool(const std::string& session)>& alive) override {
    Reset();
    if (!executor_->RunStep(renderer_->FindOldMarkers("")).ok()) return;
    std::vector<std::string> gone;
    for (const std::string& session : executor_->old_markers()) {
      if (!alive(session)) gone.push_back(session);
    }
    if (!gone.empty()) executor_->RunStep(renderer_->RemoveOldMarkers(gone)).IgnoreError();
  }

  absl::Status AllocateKeys(const SchemaIndex& schema, const Plan& plan, HandleMap& keys) override {
    plan_ = &plan;
    keys_ = &keys;
    return RunBefore(schema);
  }
  absl::Status RunStep(const SchemaIndex& schema, const Step& step, HandleMap& keys) override {
    schema_ = &schema;
    ran_.push_back(&step);
    absl::Status status = RunRendered(schema, step);
    if (!status.ok() && executor_->without_sequence()) {
      without_sequence_.push_back(*executor_->without_sequence());
      status = RunAgain(schema, ran_);
    }
    if (ReasonOf(status) == v1::ERROR_REASON_STALE_ENTITY) return NameStale(schema, status);
    if (status.ok() || !executor_->several_rows() || single_) return status.ok() ? Copied(step) : NameRow(schema, step, status);
    return Narrow(status);
  }
  // A client has said it already.
  absl::StatusOr<std::vector<const StepRow*>> FindMissing(const SchemaIndex&, const Step&, HandleMap&) override {
    return std::vector<const StepRow*>();
  }
  bool healthy() const override { return true; }

 private:
  void Reset() {
    save_ = ClientSave();
    save_.dialect = dialect_;
    save_.single_rows = single_;
    save_.tables_without_sequence = without_sequence_;
    save_.mysql_server = mysql_server_;
    renderer_ = MakeClientRenderer(save_);
    executor_.emplace(*driver_);
    plan_ = nullptr;
  }

  absl::Status MakeMarker(const std::string& session) {
    const std::optional<v1::SaveStep> make = renderer_->MakeMarker(session);
    return make ? executor_->RunStep(*make) : absl::OkStatus();
  }
  absl::Status RaiseOwnFence() {
    if (intent_.executed_save_id.empty()) UOW_RETURN_IF_ERROR(MakeMarker(session_));
    return executor_->RunStep(renderer_->TakeFence(session_, intent_, /*result=*/nullptr));
  }

  absl::Status RunBefore(const SchemaIndex& schema) {
    std::vector<v1::SaveStep> steps;
    renderer_->AppendBefore(schema, *plan_, steps);
    for (const v1::SaveStep& step : steps) {
      absl::Status status = executor_->RunStep(step);
      if (status.ok()) continue;
      if (!executor_->without_sequence()) return status;
      without_sequence_.push_back(*executor_->without_sequence());
      return RunAgain(schema, {});
    }
    return absl::OkStatus();
  }

  absl::Status RunRendered(const SchemaIndex& schema, const Step& step) {
    Step copy = step;
    std::vector<v1::SaveStep> steps;
    UOW_RETURN_IF_ERROR(renderer_->AppendStep(schema, copy, steps));
    for (const v1::SaveStep& rendered : steps) UOW_RETURN_IF_ERROR(executor_->RunStep(rendered));
    return absl::OkStatus();
  }

  // The transaction from its beginning: fence, keys, and the steps.
  absl::Status RunAgain(const SchemaIndex& schema, const std::vector<const Step*>& steps) {
    const Plan* plan = plan_;
    driver_->Rollback();
    Reset();
    plan_ = plan;
    UOW_RETURN_IF_ERROR(driver_->Begin());
    UOW_RETURN_IF_ERROR(RaiseOwnFence());
    UOW_RETURN_IF_ERROR(RunBefore(schema));
    for (const Step* step : steps) {
      absl::Status status = RunRendered(schema, *step);
      if (!status.ok()) return NameRow(schema, *step, status);
    }
    return absl::OkStatus();
  }

  absl::Status Narrow(const absl::Status& error) {
    single_ = true;
    absl::Status status = RunAgain(*schema_, ran_);
    single_ = false;
    return status.ok() ? error : status;
  }

  const StepRow* RowAt(const Step& step, uint64_t offset) const {
    auto row = std::find_if(step.rows.begin(), step.rows.end(), [offset](const StepRow& r) { return r.offset == offset; });
    return row == step.rows.end() ? nullptr : &*row;
  }
  absl::Status NameRow(const SchemaIndex& schema, const Step& step, const absl::Status& error) const {
    v1::ErrorDetail detail = DetailOf(error).value_or(v1::ErrorDetail());
    if (!detail.has_offset() || detail.entities_size() != 1 || !detail.entities(0).table().empty()) return error;
    const StepRow* row = RowAt(step, detail.offset());
    detail.clear_entities();
    if (dialect_ == v1::DIALECT_SQLITE) {
      const std::string message(error.message());
      const size_t what = message.rfind(": ", message.find(" constraint failed"));
      sqlite::AddConstraint(schema.table(step.table), absl::string_view(message).substr(what == std::string::npos ? 0 : what + 2),
                            detail);
    } else {
      AddColumns(schema.table(step.table), detail);
    }
    return row == nullptr ? error : WithRow(error, schema, step, *row, detail);
  }
  absl::Status NameStale(const SchemaIndex& schema, const absl::Status& error) {
    driver_->Rollback();
    std::vector<v1::SaveStep> steps;
    for (const Step& planned : plan_->steps) {
      Step copy = planned;
      if (planned.kind != StepKind::kInsert) UOW_RETURN_IF_ERROR(renderer_->AppendStep(schema, copy, steps));
    }
    const v1::ErrorDetail detail = *DetailOf(executor_->NameAllStale(steps, error));
    std::vector<StaleRow> rows;
    for (const v1::EntityRef& entity : detail.entities()) {
      for (const Step& planned : plan_->steps) {
        const StepRow* row = planned.kind == StepKind::kInsert ? nullptr : RowAt(planned, entity.offset());
        if (row == nullptr) continue;
        rows.push_back({&planned, row});
        break;
      }
    }
    return StaleRows(schema, rows);
  }

  // What the client knows by now, in the suite's own words.
  absl::Status Copied(const Step& step) {
    for (const StepRow& row : step.rows) {
      for (const v1::Value& value : row.values) {
        if (!value.has_handle_value()) continue;
        if (const v1::Value* key = executor_->keys().Find(value.handle_value())) keys_->Set(value.handle_value(), *key);
      }
    }
    for (const v1::GeneratedEntity& entity : executor_->result().entities()) {
      if (entity.fields().empty() || entity.table() != step.table) continue;
      for (const StepRow& row : step.rows) {
        bool same = true;
        int k = 0;
        for (uint32_t column : schema_->table(step.table).primary_key()) {
          const v1::Value* value = ValueOf(step, row, column);
          same = same && value != nullptr && value->SerializeAsString() == entity.key(k).SerializeAsString();
          ++k;
        }
        if (same && step.version_column >= 0) keys_->SetVersion(row.change, entity.fields(0).value());
      }
    }
    return absl::OkStatus();
  }

  std::optional<Marker> Found() const {
    if (!executor_->marker() || !executor_->marker()->exists()) return std::nullopt;
    Marker marker;
    marker.fence = executor_->marker()->fence();
    marker.save_id = executor_->marker()->save_id();
    marker.result = executor_->marker_result();
    return marker;
  }

  const v1::Dialect dialect_;
  const v1::MysqlServer mysql_server_;
  std::unique_ptr<ClientDriver> driver_;
  ClientSave save_;
  std::unique_ptr<ClientRenderer> renderer_;
  std::optional<ClientExecutor> executor_;
  bool single_ = false;
  std::vector<uint32_t> without_sequence_;
  SaveIntent intent_;
  std::string session_;
  const Plan* plan_ = nullptr;
  HandleMap* keys_ = nullptr;
  const SchemaIndex* schema_ = nullptr;
  std::vector<const Step*> ran_;
};

class ClientTarget final : public Target {
 public:
  ClientTarget(std::unique_ptr<Target> described, std::function<absl::StatusOr<std::unique_ptr<ClientDriver>>()> connect,
               v1::MysqlServer mysql_server)
      : described_(std::move(described)), connect_(std::move(connect)), mysql_server_(std::move(mysql_server)) {}

  const std::string& name() const override { return described_->name(); }
  v1::Dialect dialect() const override { return described_->dialect(); }
  PlanTraits traits() const override { return described_->traits(); }
  RenderedStep Render(const SchemaIndex& schema, const Step& step) const override { return described_->Render(schema, step); }
  std::vector<v1::PlannedStatement> RenderKeyAllocation(const SchemaIndex& schema, const Plan& plan) const override {
    return described_->RenderKeyAllocation(schema, plan);
  }
  absl::StatusOr<TargetDescription> Describe() override { return described_->Describe(); }
  absl::StatusOr<std::unique_ptr<Connection>> Acquire() override {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<ClientDriver> driver, connect_());
    return std::make_unique<ClientConnection>(dialect(), mysql_server_, std::move(driver));
  }
  void Release(std::unique_ptr<Connection> connection) override { connection->Rollback(); }

 private:
  const std::unique_ptr<Target> described_;
  const std::function<absl::StatusOr<std::unique_ptr<ClientDriver>>()> connect_;
  const v1::MysqlServer mysql_server_;
};

}  // namespace

std::unique_ptr<Target> MakeClientTarget(std::unique_ptr<Target> described,
                                         std::function<absl::StatusOr<std::unique_ptr<ClientDriver>>()> connect,
                                         v1::MysqlServer mysql_server) {
  return std::make_unique<ClientTarget>(std::move(described), std::move(connect), std::move(mysql_server));
}

}  // namespace uow::test
