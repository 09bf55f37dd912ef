#include "adapters/mssql/client_marker.h"

#include "absl/strings/str_cat.h"
#include "adapters/segments.h"

namespace uow::mssql {
namespace {

constexpr char kOld[] = "DATEADD(hour, -24, SYSUTCDATETIME())";
constexpr int kOldMarkers = 20;

// Whoever comes second finds the table there (2714). Ids are compared by their characters, whatever the database's collation.
constexpr char kCreate[] =
    "IF OBJECT_ID(N'uow_saves', N'U') IS NULL BEGIN BEGIN TRY CREATE TABLE uow_saves (session nvarchar(64) COLLATE "
    "Latin1_General_100_BIN2 NOT NULL PRIMARY KEY, fence bigint NOT NULL, save_id nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT "
    "NULL, saved bigint NOT NULL, result varbinary(max) NOT NULL, updated_at datetime2(3) NOT NULL); END TRY BEGIN CATCH IF "
    "ERROR_NUMBER() <> 2714 BEGIN; THROW; END; END CATCH; END";

// A parameter is text, whatever it stands for.
SegmentWriter& Number(SegmentWriter& out, uint64_t number) { return out.Text("CAST(").Value(number).Text(" AS bigint)"); }

// Raises the fence; with a result, the marker is complete.
v1::SaveStep Fence(const std::string& session, const SaveIntent& intent, const v1::Value* result) {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_FENCE);
  step.set_expected_rows(1);
  SegmentWriter out(*step.mutable_segments());
  out.Text("UPDATE uow_saves SET fence = ");
  Number(out, intent.attempt);
  if (result != nullptr) {
    out.Text(", save_id = ").Value(absl::string_view(intent.save_id)).Text(", saved = ");
    Number(out, intent.to).Text(", result = ").Value(*result);
  }
  out.Text(", updated_at = SYSUTCDATETIME() WHERE session = ").Value(absl::string_view(session)).Text(" AND fence < ");
  Number(out, intent.attempt);
  return step;
}

}  // namespace

v1::SaveStep MssqlClientMarker::MarkerTable() const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_MARKER_TABLE);
  SegmentWriter(*step.mutable_segments()).Text(kCreate);
  return step;
}

// The range lock keeps two first saves of one session from both finding nothing.
std::optional<v1::SaveStep> MssqlClientMarker::MakeMarker(const std::string& session) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_FENCE);
  SegmentWriter(*step.mutable_segments())
      .Text("INSERT INTO uow_saves (session, fence, save_id, saved, result, updated_at) SELECT ")
      .Value(absl::string_view(session))
      .Text(", 0, N'', 0, 0x, SYSUTCDATETIME() WHERE NOT EXISTS (SELECT 1 FROM uow_saves WITH (UPDLOCK, HOLDLOCK) WHERE session = ")
      .Value(absl::string_view(session))
      .Text(")");
  return step;
}

v1::SaveStep MssqlClientMarker::TakeFence(const std::string& session, const SaveIntent& intent, const v1::Value* result) const {
  v1::SaveStep step = Fence(session, intent, result);
  SegmentWriter(*step.mutable_segments()).Text(" AND save_id = ").Value(absl::string_view(intent.executed_save_id));
  *step.mutable_find_mismatch() = ReadMarker(session).segments();
  return step;
}

v1::SaveStep MssqlClientMarker::WriteMarker(const std::string& session, const SaveIntent& intent) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_MARKER_RESULT);
  step.set_expected_rows(1);
  SegmentWriter out(*step.mutable_segments());
  out.Text("UPDATE uow_saves SET save_id = ").Value(absl::string_view(intent.save_id)).Text(", saved = ");
  Number(out, intent.to).Text(", result = ").Result().Text(", updated_at = SYSUTCDATETIME() WHERE session = ");
  out.Value(absl::string_view(session)).Text(" AND fence = ");
  Number(out, intent.attempt);
  return step;
}

v1::SaveStep MssqlClientMarker::RaiseFence(const std::string& session, const SaveIntent& intent) const {
  return Fence(session, intent, nullptr);
}

v1::SaveStep MssqlClientMarker::ReadMarker(const std::string& session) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_READ_MARKER);
  step.set_returns_rows(true);
  SegmentWriter(*step.mutable_segments())
      .Text(
          "SELECT CAST(fence AS nvarchar(20)) AS c1, save_id AS c2, CONVERT(varchar(max), result, 2) AS c3 FROM uow_saves WHERE "
          "session = ")
      .Value(absl::string_view(session));
  return step;
}

v1::SaveStep MssqlClientMarker::FindOldMarkers(const std::string& session) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_FIND_OLD_MARKERS);
  step.set_returns_rows(true);
  // A window that begins with the session's own row: ids are random, so that in time every row has its turn.
  SegmentWriter(*step.mutable_segments())
      .Text(absl::StrCat("SELECT TOP (", kOldMarkers, ") session AS c1 FROM (SELECT TOP (", 4 * kOldMarkers,
                         ") session, updated_at FROM uow_saves WHERE session > "))
      .Value(absl::string_view(session))
      .Text(absl::StrCat(" ORDER BY session) AS w WHERE updated_at < ", kOld));
  return step;
}

v1::SaveStep MssqlClientMarker::RemoveOldMarkers(const std::vector<std::string>& sessions) const {
  v1::SaveStep step;
  step.set_kind(v1::STEP_KIND_REMOVE_OLD_MARKERS);
  SegmentWriter writer(*step.mutable_segments());
  writer.Text("DELETE FROM uow_saves WHERE session IN (");
  for (size_t i = 0; i < sessions.size(); ++i) writer.Text(i == 0 ? "" : ", ").Value(absl::string_view(sessions[i]));
  writer.Text(absl::StrCat(") AND updated_at < ", kOld));
  return step;
}

}  // namespace uow::mssql
