#include "adapters/client_executor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/postgres/value_text.h"
#include "journal/errors.h"

namespace uow::test {
namespace {

Bound Text(std::string text) { return {.kind = Bound::Kind::kText, .text = std::move(text)}; }

Bound BindTyped(const v1::Value& value, v1::Dialect dialect) {
  const bool mysql = dialect == v1::DIALECT_MYSQL;
  switch (value.kind_case()) {
    case v1::Value::kBoolValue:
      return {.kind = Bound::Kind::kInteger, .integer = value.bool_value()};
    case v1::Value::kInt64Value:
      return {.kind = Bound::Kind::kInteger, .integer = value.int64_value()};
    case v1::Value::kUint64Value:
      if (mysql) return {.kind = Bound::Kind::kUnsigned, .integer = static_cast<int64_t>(value.uint64_value())};
      return {.kind = Bound::Kind::kInteger, .integer = static_cast<int64_t>(value.uint64_value())};
    case v1::Value::kDoubleValue:
      return {.kind = Bound::Kind::kReal, .real = value.double_value()};
    case v1::Value::kDecimalValue:
      return Text(value.decimal_value());
    case v1::Value::kTextValue:
      return Text(value.text_value());
    case v1::Value::kTimeValue:
      return Text(std::string(mysql ? absl::StripSuffix(value.time_value(), "Z") : absl::string_view(value.time_value())));
    case v1::Value::kJsonValue:
      return Text(value.json_value());
    case v1::Value::kBytesValue:
      return {.kind = Bound::Kind::kBytes, .text = value.bytes_value()};
    default:
      return {};
  }
}

Bound BindText(const v1::Value& value) {
  if (value.has_null_value()) return {};
  std::string text;
  postgres::AppendText(value, text);
  return Text(std::move(text));
}

// A key or version that came as text.
v1::Value ValueOf(v1::Type::Kind kind, const std::string& text) {
  v1::Value value;
  int64_t number = 0;
  uint64_t unsigned_number = 0;
  switch (kind) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
      (void)absl::SimpleAtoi(text, &number);
      value.set_int64_value(number);
      break;
    case v1::Type::KIND_UINT64:
      (void)absl::SimpleAtoi(text, &unsigned_number);
      value.set_uint64_value(unsigned_number);
      break;
    case v1::Type::KIND_DECIMAL:
      value.set_decimal_value(text);
      break;
    case v1::Type::KIND_TIMESTAMP:
    case v1::Type::KIND_TIMESTAMPTZ:
      value.set_time_value(text);
      break;
    case v1::Type::KIND_BYTES:
      value.set_bytes_value(absl::HexStringToBytes(text));
      break;
    default:
      value.set_text_value(text);
  }
  return value;
}

std::vector<std::string> CountUp(uint64_t first, uint64_t distance, size_t count) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < count; ++i) keys.push_back(absl::StrCat(first + i * distance));
  return keys;
}

// Sorts keys; false where they have no common distance.
bool SortSteady(std::vector<std::string>& keys) {
  std::sort(keys.begin(), keys.end(), [](const std::string& a, const std::string& b) { return std::stoull(a) < std::stoull(b); });
  const std::vector<std::string> steady =
      CountUp(std::stoull(keys[0]), keys.size() < 2 ? 1 : std::stoull(keys[1]) - std::stoull(keys[0]), keys.size());
  return keys == steady && (keys.size() < 2 || keys[0] != keys[1]);
}

absl::Status AtRows(const absl::Status& error, const std::vector<const v1::PlannedRow*>& rows) {
  v1::ErrorDetail detail = DetailOf(error).value_or(v1::ErrorDetail());
  for (const v1::PlannedRow* row : rows) detail.add_entities()->set_offset(row->offset());
  if (!rows.empty()) detail.set_offset(rows[0]->offset());
  return WithDetail(error, detail);
}

bool IsAboutARow(v1::ErrorReason reason) {
  return (reason >= v1::ERROR_REASON_CONSTRAINT_UNIQUE && reason <= v1::ERROR_REASON_CONSTRAINT_CHECK) ||
         reason == v1::ERROR_REASON_TARGET_REJECTED;
}

}  // namespace

absl::Status ClientExecutor::RunPhase(const std::vector<v1::SaveStep>& steps, v1::StepPhase phase,
                                      const std::function<absl::Status(const v1::SaveStep&)>& before) {
  for (const v1::SaveStep& step : steps) {
    if (step.phase() != phase) continue;
    if (before) UOW_RETURN_IF_ERROR(before(step));
    absl::Status status = RunStep(step);
    if (ReasonOf(status) == v1::ERROR_REASON_STALE_ENTITY) {
      driver_.Rollback();
      return NameAllStale(steps, status);
    }
    UOW_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::Status ClientExecutor::NameAllStale(const std::vector<v1::SaveStep>& steps, const absl::Status& error) {
  v1::ErrorDetail detail = DetailOf(error).value_or(v1::ErrorDetail());
  std::set<uint64_t> named;
  for (const v1::EntityRef& entity : detail.entities()) named.insert(entity.offset());
  for (const v1::SaveStep& step : steps) {
    const bool writes = step.kind() == v1::STEP_KIND_UPDATE || step.kind() == v1::STEP_KIND_DELETE;
    if ((!writes && step.kind() != v1::STEP_KIND_CHECK_ROWS) || step.find_mismatch().empty() || step.once_per_row()) continue;
    Rows rows;
    for (const v1::PlannedRow& row : step.rows()) rows.push_back(&row);
    absl::StatusOr<Answer> answer = driver_.Run(Bind(step.find_mismatch(), rows));
    if (!answer.ok()) return error;
    for (const auto& row : answer->rows) {
      const uint64_t offset = rows.at(std::stoul(*row[0]))->offset();
      if (named.insert(offset).second) detail.add_entities()->set_offset(offset);
    }
  }
  return WithDetail(error, detail);
}

absl::Status ClientExecutor::RunStep(const v1::SaveStep& step) {
  if (!step.unless().empty() && driver_.Run(Bind(step.unless(), {})).ok()) return absl::OkStatus();
  Answer answer;
  std::vector<Rows> runs(1);
  if (step.once_per_row()) runs.clear();
  for (const v1::PlannedRow& row : step.rows()) {
    if (step.once_per_row()) runs.emplace_back();
    runs.back().push_back(&row);
  }
  for (const Rows& rows : runs) {
    absl::StatusOr<Answer> once = RunOnce(step, rows);
    if (!once.ok()) {
      several_rows_ = rows.size() > 1;
      return rows.size() == 1 && IsAboutARow(ReasonOf(once.status())) ? AtRows(once.status(), rows) : once.status();
    }
    if (step.has_expected_rows() && once->affected != step.expected_rows()) return Mismatch(step, rows);
    if (step.keys().insert_id()) {
      if (once->insert_id == 0) return NoKeys(step);
      for (std::string& key : CountUp(once->insert_id, step.keys().distance(), rows.size()))
        answer.rows.push_back({std::move(key)});
    }
    std::move(once->rows.begin(), once->rows.end(), std::back_inserter(answer.rows));
  }
  UOW_RETURN_IF_ERROR(TakeRows(step, answer));
  if (step.kind() == v1::STEP_KIND_INSERT) AddInserted(step);
  if (step.versions().has_written_value()) {
    for (const v1::PlannedRow& row : step.rows()) {
      AddVersion(step, row, row.values(static_cast<int>(step.versions().written_value())));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Answer> ClientExecutor::RunOnce(const v1::SaveStep& step, const Rows& rows) {
  return driver_.Run(Bind(step.segments(), rows));
}

absl::Status ClientExecutor::Mismatch(const v1::SaveStep& step, const Rows& rows) {
  driver_.Rollback();
  if (step.find_mismatch().empty()) return MakeError(v1::ERROR_REASON_TARGET_REJECTED, "fewer rows than expected");
  UOW_ASSIGN_OR_RETURN(Answer answer, driver_.Run(Bind(step.find_mismatch(), rows)));
  if (step.kind() == v1::STEP_KIND_FENCE) {
    fence_refused_ = true;
    TakeMarker(answer);
    return MakeError(v1::ERROR_REASON_FENCED, "the fence was refused");
  }
  Rows stale;
  for (const auto& row : answer.rows) stale.push_back(rows.at(std::stoul(*row[0])));
  if (stale.empty()) return MakeError(v1::ERROR_REASON_TARGET_CONFLICT, "rows came and went");
  return AtRows(MakeError(v1::ERROR_REASON_STALE_ENTITY, "rows don't exist any more"), stale);
}

absl::Status ClientExecutor::TakeRows(const v1::SaveStep& step, const Answer& answer) {
  if (step.has_keys()) UOW_RETURN_IF_ERROR(TakeKeys(step, answer));
  switch (step.kind()) {
    case v1::STEP_KIND_READ_MARKER:
      TakeMarker(answer);
      break;
    case v1::STEP_KIND_FIND_OLD_MARKERS:
      for (const auto& row : answer.rows) old_markers_.push_back(*row[0]);
      break;
    case v1::STEP_KIND_CHECK_ROWS: {
      Rows stale;
      for (const auto& row : answer.rows) stale.push_back(&step.rows(std::stoi(*row[0])));
      if (!stale.empty()) return AtRows(MakeError(v1::ERROR_REASON_STALE_ENTITY, "rows don't exist any more"), stale);
      break;
    }
    case v1::STEP_KIND_CHECK_TABLES:
      if (!answer.rows.empty()) {
        return MakeError(v1::ERROR_REASON_TARGET_REJECTED, absl::StrCat("can't be rolled back: ", *answer.rows[0][0]));
      }
      break;
    case v1::STEP_KIND_READ_VERSIONS:
      for (const auto& row : answer.rows) {
        v1::Value version;
        if (row[1]) {
          version = ValueOf(step.versions().kind(), *row[1]);
        } else {
          version.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
        }
        AddVersion(step, step.rows(std::stoi(*row[0])), version);
      }
      break;
    default:
      break;
  }
  return absl::OkStatus();
}

absl::Status ClientExecutor::NoKeys(const v1::SaveStep& step) {
  if (step.kind() == v1::STEP_KIND_ALLOCATE_KEYS || !step.once_per_row()) without_sequence_ = step.table();
  return MakeError(v1::ERROR_REASON_TARGET_REJECTED, "a step returned other keys than it should");
}

absl::Status ClientExecutor::TakeKeys(const v1::SaveStep& step, const Answer& answer) {
  std::vector<v1::Handle> handles;
  for (const v1::HandleList& list : step.keys().handles()) {
    for (uint64_t counter : list.counters()) {
      v1::Handle& handle = handles.emplace_back();
      handle.set_writer(list.writer());
      handle.set_counter(counter);
    }
  }
  std::vector<std::string> keys;
  for (const auto& row : answer.rows) {
    if (row[0]) keys.push_back(*row[0]);
  }
  if (step.keys().counts_up() && !keys.empty()) keys = CountUp(std::stoull(keys[0]), 1, handles.size());
  if (keys.size() < handles.size()) return NoKeys(step);
  if (step.keys().steady() && !SortSteady(keys)) return NoKeys(step);
  for (size_t i = 0; i < handles.size(); ++i) keys_.Set(handles[i], ValueOf(step.keys().kind(), keys[i]));
  return absl::OkStatus();
}

void ClientExecutor::TakeMarker(const Answer& answer) {
  marker_.emplace();
  marker_->set_exists(!answer.rows.empty());
  if (answer.rows.empty()) return;
  marker_->set_fence(std::stoull(*answer.rows[0][0]));
  marker_->set_save_id(*answer.rows[0][1]);
  marker_result_ = absl::HexStringToBytes(answer.rows[0][2].value_or(""));
}

v1::GeneratedEntity ClientExecutor::EntityOf(const v1::SaveStep& step, const v1::PlannedRow& row) const {
  v1::GeneratedEntity entity;
  entity.set_table(step.table());
  for (uint32_t index : step.key_values()) {
    const v1::Value& value = row.values(static_cast<int>(index));
    *entity.add_key() = value;
    *entity.add_generated_key() = *keys_.Resolve(value);
  }
  return entity;
}

void ClientExecutor::AddInserted(const v1::SaveStep& step) {
  for (const v1::PlannedRow& row : step.rows()) {
    bool handle = false;
    for (uint32_t index : step.key_values()) handle |= row.values(static_cast<int>(index)).has_handle_value();
    if (!handle) continue;
    v1::GeneratedEntity entity = EntityOf(step, row);
    if (entity.key_size() > 1) {
      *result_.add_entities() = std::move(entity);
      continue;
    }
    v1::GeneratedKeys& keys = *result_.add_keys();
    keys.set_table(step.table());
    keys.set_writer(entity.key(0).handle_value().writer());
    keys.add_counters(entity.key(0).handle_value().counter());
    *keys.add_keys() = entity.generated_key(0);
  }
}

void ClientExecutor::AddVersion(const v1::SaveStep& step, const v1::PlannedRow& row, const v1::Value& version) {
  v1::GeneratedEntity& entity = *result_.add_entities();
  entity = EntityOf(step, row);
  v1::Field& field = *entity.add_fields();
  field.set_column(step.versions().column());
  *field.mutable_value() = version;
  if (step.versions().has_old_value()) *field.mutable_old() = row.values(static_cast<int>(step.versions().old_value()));
}

std::vector<Piece> ClientExecutor::Bind(const google::protobuf::RepeatedPtrField<v1::Segment>& segments, const Rows& rows) {
  std::vector<Piece> out;
  for (const v1::Segment& segment : segments) BindSegment(segment, rows, 0, out);
  return out;
}

void ClientExecutor::BindSegment(const v1::Segment& segment, const Rows& rows, size_t row, std::vector<Piece>& out) {
  auto bind = [&](const v1::Value& value) {
    const v1::Value& key = *keys_.Resolve(value);
    out.push_back({"", driver_.dialect() == v1::DIALECT_POSTGRESQL ? BindText(key) : BindTyped(key, driver_.dialect())});
  };
  switch (segment.segment_case()) {
    case v1::Segment::kText:
      out.push_back({segment.text(), std::nullopt});
      break;
    case v1::Segment::kValue:
      bind(segment.value());
      break;
    case v1::Segment::kRowValue:
      bind(rows[row]->values(static_cast<int>(segment.row_value())));
      break;
    case v1::Segment::kColumn: {
      postgres::ArrayLiteral literal(rows.size());
      for (const v1::PlannedRow* each : rows) literal.Add(*keys_.Resolve(each->values(static_cast<int>(segment.column()))));
      out.push_back({"", Text(std::move(literal).Finish())});
      break;
    }
    case v1::Segment::kEachRow:
      for (size_t r = 0; r < rows.size(); ++r) {
        if (r > 0) out.push_back({segment.each_row().separator(), std::nullopt});
        for (const v1::Segment& inner : segment.each_row().segments()) BindSegment(inner, rows, r, out);
      }
      break;
    case v1::Segment::kRowNumber:
      out.push_back({absl::StrCat(row), std::nullopt});
      break;
    case v1::Segment::kResult: {
      v1::Value bytes;
      bytes.set_bytes_value(result_.SerializeAsString());
      bind(bytes);
      break;
    }
    case v1::Segment::SEGMENT_NOT_SET:
      break;
  }
}

void JoinSteps(const v1::SaveSteps& page, std::vector<v1::SaveStep>& steps) {
  for (const v1::SaveStep& part : page.steps()) {
    if (part.index() == steps.size()) {
      steps.push_back(part);
      continue;
    }
    steps.at(part.index()).mutable_rows()->MergeFrom(part.rows());
    steps.at(part.index()).mutable_keys()->mutable_handles()->MergeFrom(part.keys().handles());
  }
}

}  // namespace uow::test
