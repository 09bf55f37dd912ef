// The marker's statements, as a client runs them. What they do is what marker_table.cc does.
#include "adapters/postgres/client_marker.h"

#include "absl/strings/str_cat.h"

namespace uow::postgres {
namespace {

// CREATE TABLE IF NOT EXISTS needs the privilege even where the table exists, and two at once get in each other's way.
constexpr char kCreate[] =
    "DO $uow$ BEGIN IF to_regclass('uow_saves') IS NULL THEN CREATE TABLE uow_saves (session text PRIMARY KEY, fence bigint NOT "
    "NULL, "
    "save_id text NOT NULL DEFAULT '', saved bigint NOT NULL DEFAULT 0, result bytea NOT NULL DEFAULT '', updated_at timestamptz "
    "NOT "
    "NULL DEFAULT now()); END IF; EXCEPTION WHEN unique_violation OR duplicate_table OR duplicate_object THEN NULL; END $uow$";
constexpr char kInsertFence[] =
    "INSERT INTO uow_saves AS m (session, fence) VALUES ($1, $2::int8) ON CONFLICT (session) DO UPDATE SET fence = excluded.fence, "
    "updated_at = now() WHERE m.fence < excluded.fence";
// The same with the rest of the marker.
constexpr char kInsertMarker[] =
    "INSERT INTO uow_saves AS m (session, fence, save_id, saved, result) VALUES ($1, $2::int8, $3, $4::int8, $5::bytea) "
    "ON CONFLICT (session) DO UPDATE SET fence = excluded.fence, save_id = excluded.save_id, saved = excluded.saved, "
    "result = excluded.result, updated_at = now() WHERE m.fence < excluded.fence AND m.save_id = ''";
constexpr int kOldMarkers = 20;

// `result`: null where the client fills it in.
v1::SaveStep Statement(v1::StepKind kind, absl::string_view sql, const std::vector<std::string>& values,
                       const v1::Value* result = nullptr) {
  v1::SaveStep step;
  step.set_kind(kind);
  // The one after the values is the result.
  WriteSql(sql, *step.mutable_segments(), [&](size_t n, SegmentWriter& out) {
    if (n <= values.size()) {
      out.Value(values[n - 1]);
    } else if (result != nullptr) {
      out.Value(*result);
    } else {
      out.Result();
    }
  });
  return step;
}

}  // namespace

v1::SaveStep PostgresClientMarker::MarkerTable() const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_MARKER_TABLE);
  SegmentWriter(*step.mutable_segments()).Text(kCreate);
  return step;
}

v1::SaveStep PostgresClientMarker::TakeFence(const std::string& session, const SaveIntent& intent, const v1::Value* result) const {
  const std::string fence = absl::StrCat(intent.attempt), saved = absl::StrCat(intent.to);
  const std::string& before = intent.executed_save_id;
  v1::SaveStep step;
  if (before.empty() && result == nullptr) {
    step = Statement(v1::STEP_KIND_FENCE, absl::StrCat(kInsertFence, " AND m.save_id = ''"), {session, fence});
  } else if (before.empty()) {
    step = Statement(v1::STEP_KIND_FENCE, kInsertMarker, {session, fence, intent.save_id, saved}, result);
  } else if (result == nullptr) {
    step = Statement(
        v1::STEP_KIND_FENCE,
        "UPDATE uow_saves SET fence = $2::int8, updated_at = now() WHERE session = $1 AND fence < $2::int8 AND save_id = $3",
        {session, fence, before});
  } else {
    step =
        Statement(v1::STEP_KIND_FENCE,
                  "UPDATE uow_saves SET fence = $2::int8, save_id = $4, saved = $5::int8, result = $6::bytea, updated_at = now() "
                  "WHERE session = $1 AND fence < $2::int8 AND save_id = $3",
                  {session, fence, before, intent.save_id, saved}, result);
  }
  step.set_expected_rows(1);
  *step.mutable_find_mismatch() = ReadMarker(session).segments();
  return step;
}

v1::SaveStep PostgresClientMarker::WriteMarker(const std::string& session, const SaveIntent& intent) const {
  v1::SaveStep step =
      Statement(v1::STEP_KIND_MARKER_RESULT,
                "UPDATE uow_saves SET save_id = $3, saved = $4::int8, result = $5::bytea, updated_at = now() WHERE session = "
                "$1 AND fence = $2::int8",
                {session, absl::StrCat(intent.attempt), intent.save_id, absl::StrCat(intent.to)});
  step.set_expected_rows(1);
  return step;
}

v1::SaveStep PostgresClientMarker::RaiseFence(const std::string& session, const SaveIntent& intent) const {
  v1::SaveStep step = Statement(v1::STEP_KIND_FENCE, kInsertFence, {session, absl::StrCat(intent.attempt)});
  step.set_expected_rows(1);
  return step;
}

v1::SaveStep PostgresClientMarker::ReadMarker(const std::string& session) const {
  v1::SaveStep step = Statement(
      v1::STEP_KIND_READ_MARKER,
      "SELECT fence::text AS c1, save_id AS c2, encode(result, 'hex') AS c3 FROM uow_saves WHERE session = $1", {session});
  step.set_returns_rows(true);
  return step;
}

v1::SaveStep PostgresClientMarker::FindOldMarkers(const std::string& session) const {
  // A window that begins with the session's own row: ids are random, so that in time every row has its turn.
  v1::SaveStep step = Statement(
      v1::STEP_KIND_FIND_OLD_MARKERS,
      absl::StrCat(
          "SELECT session AS c1 FROM (SELECT session, updated_at FROM uow_saves WHERE session > $1 ORDER BY session LIMIT ",
          4 * kOldMarkers, ") AS w WHERE updated_at < now() - interval '24 hours' LIMIT ", kOldMarkers),
      {session});
  step.set_returns_rows(true);
  return step;
}

v1::SaveStep PostgresClientMarker::RemoveOldMarkers(const std::vector<std::string>& sessions) const {
  std::string list;
  for (size_t i = 0; i < sessions.size(); ++i) absl::StrAppend(&list, i == 0 ? "$" : ", $", i + 1);
  return Statement(v1::STEP_KIND_REMOVE_OLD_MARKERS,
                   absl::StrCat("DELETE FROM uow_saves WHERE session IN (", list, ") AND updated_at < now() - interval '24 hours'"),
                   sessions);
}

}  // namespace uow::postgres
