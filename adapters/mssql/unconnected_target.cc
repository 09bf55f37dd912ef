#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/mssql/client_render.h"
#include "adapters/mssql/client_statements.h"
#include "adapters/segments.h"
#include "journal/errors.h"

namespace uow::mssql {
namespace {

absl::Status OnlyClients() {
  return MakeError(v1::ERROR_REASON_NOT_SUPPORTED, "the server holds no targets in MS SQL Server: clients save there themselves");
}

// A statement as for one row, with the placeholders @p1, @p2 and so on. What the insert generates has none, so that the ones after
// it are one less.
std::string ForOneRow(const Segments& segments, int generated) {
  std::string sql;
  for (const v1::Segment& segment : segments) {
    if (segment.has_text()) {
      sql += segment.text();
    } else if (segment.has_row_value()) {
      const int value = static_cast<int>(segment.row_value());
      absl::StrAppend(&sql, "@p", generated >= 0 && value > generated ? value : value + 1);
    } else if (segment.has_row_number()) {
      sql += "0";
    } else if (segment.has_each_row()) {
      sql += ForOneRow(segment.each_row().segments(), generated);
    }
  }
  return sql;
}

class UnconnectedTarget final : public Target {
 public:
  const std::string& name() const override { return name_; }
  v1::Dialect dialect() const override { return v1::DIALECT_MSSQL; }
  PlanTraits traits() const override {
    PlanTraits traits;
    traits.keys_ahead = false;
    traits.nulls_are_equal = true;
    return traits;
  }

  RenderedStep Render(const SchemaIndex& schema, const Step& step) const override {
    Segments segments;
    if (step.generated >= 0) {
      WriteGeneratingInsert(schema, step, segments);
    } else if (step.kind == StepKind::kInsert) {
      WriteInsert(schema, step, segments);
    } else {
      WriteChange(schema, step, segments);
    }
    return {.sql = ForOneRow(segments, step.generated), .style = v1::PARAMETER_STYLE_ROW};
  }
  std::vector<v1::PlannedStatement> RenderKeyAllocation(const SchemaIndex&, const Plan&) const override { return {}; }

  absl::StatusOr<TargetDescription> Describe() override { return OnlyClients(); }
  absl::StatusOr<std::unique_ptr<Connection>> Acquire() override { return OnlyClients(); }
  void Release(std::unique_ptr<Connection>) override {}

 private:
  const std::string name_;
};

}  // namespace

std::unique_ptr<Target> MakeUnconnectedTarget() { return std::make_unique<UnconnectedTarget>(); }

}  // namespace uow::mssql
