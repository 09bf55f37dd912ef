// The marker's statements, as a client runs them. What they do is what connection_marker.cc does.
#include "adapters/sqlite/client_marker.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/segments.h"

namespace uow::sqlite {
namespace {

constexpr char kNow[] = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
constexpr char kOld[] = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-24 hours')";
constexpr int kOldMarkers = 20;

// Raises the fence, or makes the row; with a result, the marker is complete.
v1::SaveStep MakeFence(const std::string& session, const SaveIntent& intent, const v1::Value* result) {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_FENCE);
  step.set_expected_rows(1);
  SegmentWriter out(*step.mutable_segments());
  out.Text("INSERT INTO uow_saves (session, fence, save_id, saved, ").Text(result != nullptr ? "result, " : "");
  out.Text("updated_at) VALUES (").Value(session).Text(", ").Value(intent.attempt);
  if (result != nullptr) {
    out.Text(", ").Value(intent.save_id).Text(", ").Value(intent.to).Text(", ").Value(*result);
  } else {
    out.Text(", '', 0");
  }
  out.Text(absl::StrCat(", ", kNow, ") ON CONFLICT (session) DO UPDATE SET fence = excluded.fence, "));
  if (result != nullptr) out.Text("save_id = excluded.save_id, saved = excluded.saved, result = excluded.result, ");
  out.Text("updated_at = excluded.updated_at WHERE fence < excluded.fence");
  return step;
}

}  // namespace

v1::SaveStep SqliteClientMarker::MarkerTable() const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_MARKER_TABLE);
  SegmentWriter(*step.mutable_segments())
      .Text(
          "CREATE TABLE IF NOT EXISTS uow_saves (session TEXT NOT NULL PRIMARY KEY, fence INTEGER NOT NULL, save_id TEXT NOT NULL, "
          "saved "
          "INTEGER NOT NULL, result BLOB, updated_at TEXT NOT NULL)");
  return step;
}

v1::SaveStep SqliteClientMarker::TakeFence(const std::string& session, const SaveIntent& intent, const v1::Value* result) const {
  v1::SaveStep step;
  if (intent.executed_save_id.empty()) {
    step = MakeFence(session, intent, result);
    SegmentWriter(*step.mutable_segments()).Text(" AND save_id = ''");
  } else {
    step.set_kind(v1::STEP_KIND_FENCE);
    step.set_expected_rows(1);
    SegmentWriter out(*step.mutable_segments());
    out.Text("UPDATE uow_saves SET fence = ").Value(intent.attempt);
    if (result != nullptr) {
      out.Text(", save_id = ").Value(intent.save_id).Text(", saved = ").Value(intent.to).Text(", result = ").Value(*result);
    }
    out.Text(absl::StrCat(", updated_at = ", kNow, " WHERE session = ")).Value(session);
    out.Text(" AND fence < ").Value(intent.attempt).Text(" AND save_id = ").Value(intent.executed_save_id);
  }
  *step.mutable_find_mismatch() = ReadMarker(session).segments();
  return step;
}

v1::SaveStep SqliteClientMarker::WriteMarker(const std::string& session, const SaveIntent& intent) const {
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

v1::SaveStep SqliteClientMarker::RaiseFence(const std::string& session, const SaveIntent& intent) const {
  return MakeFence(session, intent, nullptr);
}

v1::SaveStep SqliteClientMarker::ReadMarker(const std::string& session) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_READ_MARKER);
  step.set_returns_rows(true);
  SegmentWriter(*step.mutable_segments())
      .Text("SELECT CAST(fence AS TEXT) AS c1, save_id AS c2, hex(result) AS c3 FROM uow_saves WHERE session = ")
      .Value(session);
  return step;
}

v1::SaveStep SqliteClientMarker::FindOldMarkers(const std::string& session) const {
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

v1::SaveStep SqliteClientMarker::RemoveOldMarkers(const std::vector<std::string>& sessions) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_REMOVE_OLD_MARKERS);
  SegmentWriter writer(*step.mutable_segments());
  writer.Text("DELETE FROM uow_saves WHERE session IN (");
  for (size_t i = 0; i < sessions.size(); ++i) writer.Text(i == 0 ? "" : ", ").Value(sessions[i]);
  writer.Text(absl::StrCat(") AND updated_at < ", kOld));
  return step;
}

}  // namespace uow::sqlite
