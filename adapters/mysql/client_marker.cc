// The marker's statements, as a client runs them. What they do is what marker_table.cc does, whatever the session's time zone.
#include "adapters/mysql/client_marker.h"

#include "absl/strings/str_cat.h"
#include "adapters/mysql/marker_table.h"
#include "adapters/segments.h"

namespace uow::mysql {
namespace {

constexpr char kNow[] = "UTC_TIMESTAMP(6)";
constexpr char kOld[] = "UTC_TIMESTAMP(6) - INTERVAL 24 HOUR";
constexpr int kOldMarkers = 20;

// Raises the fence; with a result, the marker is complete.
v1::SaveStep Fence(const std::string& session, const SaveIntent& intent, const v1::Value* result) {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_FENCE);
  // The fence changes, so that it doesn't matter whether the driver counts found or changed rows.
  step.set_expected_rows(1);
  SegmentWriter out(*step.mutable_segments());
  out.Text("UPDATE uow_saves SET fence = ").Value(intent.attempt);
  if (result != nullptr) {
    out.Text(", save_id = ").Value(absl::string_view(intent.save_id));
    out.Text(", saved = ").Value(intent.to).Text(", result = ").Value(*result);
  }
  out.Text(absl::StrCat(", updated_at = ", kNow, " WHERE session = ")).Value(absl::string_view(session));
  out.Text(" AND fence < ").Value(intent.attempt);
  return step;
}

}  // namespace

v1::SaveStep MysqlClientMarker::MarkerTable() const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_MARKER_TABLE);
  SegmentWriter(*step.mutable_segments()).Text(kCreateMarkerTable);
  // CREATE TABLE IF NOT EXISTS wants the privilege even where the table exists, and ends the transaction that it meets.
  SegmentWriter(*step.mutable_unless()).Text("SELECT 1 AS c1 FROM uow_saves LIMIT 0");
  return step;
}

// What ON DUPLICATE KEY UPDATE has affected can't be told from the number of rows, for that depends on the driver's flags.
std::optional<v1::SaveStep> MysqlClientMarker::MakeMarker(const std::string& session) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_FENCE);
  SegmentWriter(*step.mutable_segments())
      .Text("INSERT INTO uow_saves (session, fence, save_id, saved, result, updated_at) VALUES (")
      .Value(session)
      .Text(absl::StrCat(", 0, '', 0, '', ", kNow, ") ON DUPLICATE KEY UPDATE session = uow_saves.session"));
  return step;
}

v1::SaveStep MysqlClientMarker::TakeFence(const std::string& session, const SaveIntent& intent, const v1::Value* result) const {
  v1::SaveStep step = Fence(session, intent, result);
  SegmentWriter(*step.mutable_segments()).Text(" AND save_id = ").Value(absl::string_view(intent.executed_save_id));
  *step.mutable_find_mismatch() = ReadMarker(session).segments();
  return step;
}

v1::SaveStep MysqlClientMarker::WriteMarker(const std::string& session, const SaveIntent& intent) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_MARKER_RESULT);
  step.set_expected_rows(1);
  SegmentWriter(*step.mutable_segments())
      .Text("UPDATE uow_saves SET save_id = ")
      .Value(intent.save_id)
      .Text(", saved = ")
      .Value(intent.to)
      .Text(", result = ")
      .Result()
      .Text(absl::StrCat(", updated_at = ", kNow, " WHERE session = "))
      .Value(session)
      .Text(" AND fence = ")
      .Value(intent.attempt);
  return step;
}

v1::SaveStep MysqlClientMarker::RaiseFence(const std::string& session, const SaveIntent& intent) const {
  return Fence(session, intent, nullptr);
}

v1::SaveStep MysqlClientMarker::ReadMarker(const std::string& session) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_READ_MARKER);
  step.set_returns_rows(true);
  SegmentWriter(*step.mutable_segments())
      .Text("SELECT CAST(fence AS CHAR) AS c1, save_id AS c2, HEX(result) AS c3 FROM uow_saves WHERE session = ")
      .Value(session);
  return step;
}

v1::SaveStep MysqlClientMarker::FindOldMarkers(const std::string& session) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_FIND_OLD_MARKERS);
  step.set_returns_rows(true);
  // A window that begins with the session's own row: ids are random, so that in time every row has its turn.
  SegmentWriter(*step.mutable_segments())
      .Text("SELECT session AS c1 FROM (SELECT session, updated_at FROM uow_saves WHERE session > ")
      .Value(session)
      .Text(absl::StrCat(" ORDER BY session LIMIT ", 4 * kOldMarkers, ") AS w WHERE updated_at < ", kOld, " LIMIT ", kOldMarkers));
  return step;
}

v1::SaveStep MysqlClientMarker::RemoveOldMarkers(const std::vector<std::string>& sessions) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_REMOVE_OLD_MARKERS);
  SegmentWriter writer(*step.mutable_segments());
  writer.Text("DELETE FROM uow_saves WHERE session IN (");
  for (size_t i = 0; i < sessions.size(); ++i) writer.Text(i == 0 ? "" : ", ").Value(absl::string_view(sessions[i]));
  writer.Text(absl::StrCat(") AND updated_at < ", kOld));
  return step;
}

}  // namespace uow::mysql
