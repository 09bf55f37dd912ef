// The marker: a session's row in uow_saves.
#include <cstdint>
#include <random>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "adapters/marker.h"
#include "adapters/sqlite/connection.h"
#include "journal/errors.h"

namespace uow::sqlite {
namespace {

constexpr char kNow[] = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

}  // namespace

absl::Status SqliteConnection::EnsureMarkerTable() {
  return database_->Execute(
      "CREATE TABLE IF NOT EXISTS main.uow_saves ("
      "session TEXT NOT NULL PRIMARY KEY, fence INTEGER NOT NULL, save_id TEXT NOT NULL, saved INTEGER NOT NULL, result BLOB, "
      "updated_at TEXT NOT NULL)");
}

absl::Status SqliteConnection::TakeFence(const std::string& session, uint64_t fence, const std::string& executed_save_id) {
  UOW_ASSIGN_OR_RETURN(Statement raise, database_->Prepare(absl::StrCat("UPDATE main.uow_saves SET fence = ?2, updated_at = ", kNow,
                                                                        " WHERE session = ?1 AND fence < ?2 AND save_id = ?3")));
  raise.Bind(1, session);
  raise.Bind(2, static_cast<int64_t>(fence));
  raise.Bind(3, executed_save_id);
  UOW_RETURN_IF_ERROR(database_->Run(raise));
  if (database_->changes() == 1) return absl::OkStatus();

  UOW_ASSIGN_OR_RETURN(Statement read, database_->Prepare("SELECT fence, save_id FROM main.uow_saves WHERE session = ?1"));
  read.Bind(1, session);
  std::optional<Marker> found;
  int code = read.Step();
  if (code == SQLITE_ROW) {
    found.emplace();
    found->fence = static_cast<uint64_t>(read.Int(0));
    found->save_id = read.Text(1);
  } else if (code != SQLITE_DONE) {
    return database_->Error(code);
  }
  if (found.has_value() || !executed_save_id.empty()) return MarkerError(session, fence, executed_save_id, found);

  UOW_ASSIGN_OR_RETURN(Statement insert,
                       database_->Prepare(absl::StrCat("INSERT INTO main.uow_saves (session, fence, save_id, saved, updated_at) "
                                                       "VALUES (?1, ?2, '', 0, ",
                                                       kNow, ")")));
  insert.Bind(1, session);
  insert.Bind(2, static_cast<int64_t>(fence));
  return database_->Run(insert);
}

absl::Status SqliteConnection::WriteMarker(const std::string& session, const Marker& marker) {
  UOW_ASSIGN_OR_RETURN(Statement write, database_->Prepare(absl::StrCat(
                                            "UPDATE main.uow_saves SET save_id = ?3, saved = ?4, result = ?5, updated_at = ", kNow,
                                            " WHERE session = ?1 AND fence = ?2")));
  write.Bind(1, session);
  write.Bind(2, static_cast<int64_t>(marker.fence));
  write.Bind(3, marker.save_id);
  write.Bind(4, static_cast<int64_t>(marker.saved));
  write.BindBlob(5, marker.result);
  UOW_RETURN_IF_ERROR(database_->Run(write));
  if (database_->changes() != 1) return MarkerError(session, marker.fence, marker.save_id, std::nullopt);
  return absl::OkStatus();
}

absl::StatusOr<Marker> SqliteConnection::Settle(const std::string& session, uint64_t fence) {
  UOW_RETURN_IF_ERROR(database_->Execute("BEGIN IMMEDIATE"));
  absl::Cleanup rollback = [this] { Rollback(); };
  UOW_ASSIGN_OR_RETURN(Statement raise,
                       database_->Prepare(absl::StrCat("INSERT INTO main.uow_saves (session, fence, save_id, saved, updated_at) "
                                                       "VALUES (?1, ?2, '', 0, ",
                                                       kNow,
                                                       ") ON CONFLICT (session) DO UPDATE SET fence = excluded.fence, updated_at = "
                                                       "excluded.updated_at WHERE fence < excluded.fence")));
  raise.Bind(1, session);
  raise.Bind(2, static_cast<int64_t>(fence));
  UOW_RETURN_IF_ERROR(database_->Run(raise));
  const bool raised = database_->changes() == 1;

  UOW_ASSIGN_OR_RETURN(Statement read,
                       database_->Prepare("SELECT fence, save_id, saved, result FROM main.uow_saves WHERE session = ?1"));
  read.Bind(1, session);
  if (int code = read.Step(); code != SQLITE_ROW) return database_->Error(code);
  Marker marker;
  marker.fence = static_cast<uint64_t>(read.Int(0));
  marker.save_id = read.Text(1);
  marker.saved = static_cast<uint64_t>(read.Int(2));
  marker.result = read.Blob(3);
  read.Reset();
  if (!raised) return MarkerError(session, fence, marker.save_id, marker);
  std::move(rollback).Cancel();
  if (absl::Status status = Commit(); !status.ok()) {
    Rollback();
    return status;
  }
  return marker;
}

void SqliteConnection::RemoveOldMarkers(size_t limit, const std::function<bool(const std::string& session)>& alive) {
  // A window of the table, from a random place on: the cost is bounded, and in time every row has its turn.
  absl::StatusOr<Statement> scan = database_->Prepare(
      "SELECT session, updated_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-24 hours') FROM main.uow_saves "
      "WHERE session >= ?1 ORDER BY session LIMIT ?2");
  if (!scan.ok()) return;
  std::random_device random;
  std::string from = absl::StrFormat("%08x", random());
  scan->Bind(1, from);
  scan->Bind(2, static_cast<int64_t>(4 * limit));
  std::vector<std::string> old;
  while (old.size() < limit && scan->Step() == SQLITE_ROW) {
    if (scan->Int(1) != 0) old.push_back(scan->Text(0));
  }
  scan->Reset();
  absl::StatusOr<Statement> remove = database_->Prepare(
      "DELETE FROM main.uow_saves WHERE session = ?1 AND updated_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', "
      "'-24 hours')");
  if (!remove.ok()) return;
  for (const std::string& session : old) {
    if (alive(session)) continue;
    remove->Bind(1, session);
    if (!database_->Run(*remove).ok()) return;
  }
}

}  // namespace uow::sqlite
