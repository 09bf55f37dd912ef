#include "adapters/mysql/marker_table.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/marker.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

constexpr char kInsert[] =
    "INSERT INTO uow_saves (session, fence, save_id, saved, result, updated_at) VALUES (?, ?, '', 0, '', NOW(6))";

constexpr char kNoTable[] = "42S02";

// Room for the rest of the statement that writes a result.
constexpr size_t kStatementBytes = 1024;

uint64_t NumberOf(const std::optional<std::string>& text) {
  uint64_t number = 0;
  return text && absl::SimpleAtoi(*text, &number) ? number : 0;
}

// Whether the insert found that the session has a row. The transaction goes on.
bool IsTaken(const absl::Status& status) { return ReasonOf(status) == v1::ERROR_REASON_CONSTRAINT_UNIQUE; }

absl::Status InsertRow(Link& link, const std::string& session, uint64_t fence) {
  Parameters parameters(2);
  parameters.Add(absl::string_view(session));
  parameters.Add(fence);
  return link.Run(kInsert, std::move(parameters)).status();
}

}  // namespace

absl::Status EnsureMarkerTable(Link& link) {
  absl::Status found = link.Run("SELECT 1 FROM uow_saves LIMIT 0").status();
  if (found.ok()) return link.Run("ROLLBACK").status();
  if (DetailOf(found).value_or(v1::ErrorDetail()).sqlstate() != kNoTable) return found;
  absl::Status created = link.Run(kCreateMarkerTable).status();
  if (created.ok() || ReasonOf(created) != v1::ERROR_REASON_TARGET_DENIED) return created;
  const v1::ErrorDetail detail = DetailOf(created).value_or(v1::ErrorDetail());
  return MakeError(v1::ERROR_REASON_TARGET_DENIED,
                   absl::StrCat(link.where(), ": every save needs the table uow_saves, which this user can't create (SQLSTATE ",
                                detail.sqlstate(), "); let another user run: ", kCreateMarkerTable,
                                "; GRANT SELECT, INSERT, UPDATE, DELETE ON uow_saves TO this user"),
                   detail);
}

absl::Status TakeFence(Link& link, const std::string& session, uint64_t fence, const std::string& executed_save_id) {
  if (executed_save_id.empty()) {
    // The insert goes first: an update that finds nothing would lock the gap in which others insert.
    absl::Status inserted = InsertRow(link, session, fence);
    if (!IsTaken(inserted)) return inserted;
  }
  Parameters raise(4);
  raise.Add(fence);
  raise.Add(absl::string_view(session));
  raise.Add(fence);
  raise.Add(absl::string_view(executed_save_id));
  UOW_ASSIGN_OR_RETURN(
      Result raised, link.Run("UPDATE uow_saves SET fence = ?, updated_at = NOW(6) WHERE session = ? AND fence < ? AND save_id = ?",
                              std::move(raise)));
  if (raised.affected == 1) return absl::OkStatus();
  Parameters key(1);
  key.Add(absl::string_view(session));
  UOW_ASSIGN_OR_RETURN(Result found, link.Run("SELECT fence, save_id FROM uow_saves WHERE session = ? FOR UPDATE", std::move(key)));
  if (found.rows.empty()) return MarkerError(session, fence, executed_save_id, std::nullopt);
  Marker marker;
  marker.fence = NumberOf(found.rows[0][0]);
  marker.save_id = found.rows[0][1].value_or("");
  return MarkerError(session, fence, executed_save_id, marker);
}

absl::Status WriteMarker(Link& link, const std::string& session, const Marker& marker) {
  if (marker.result.size() + kStatementBytes > link.facts().max_packet) {
    return MakeError(v1::ERROR_REASON_NOT_SUPPORTED,
                     absl::StrCat(link.where(), ": the save's result has ", marker.result.size(),
                                  " bytes, more than the server's max_allowed_packet (", link.facts().max_packet,
                                  ") lets through; raise that, or save up to a checkpoint in between"));
  }
  Parameters parameters(5);
  parameters.Add(absl::string_view(marker.save_id));
  parameters.Add(marker.saved);
  parameters.AddBytes(marker.result);
  parameters.Add(absl::string_view(session));
  parameters.Add(marker.fence);
  UOW_ASSIGN_OR_RETURN(
      Result written,
      link.Run("UPDATE uow_saves SET save_id = ?, saved = ?, result = ?, updated_at = NOW(6) WHERE session = ? AND fence = ?",
               std::move(parameters)));
  if (written.affected == 1) return absl::OkStatus();
  return MakeError(v1::ERROR_REASON_FENCED,
                   absl::StrCat("session ", session, ": its row in uow_saves doesn't hold fence ", marker.fence, " any more"));
}

absl::StatusOr<Marker> Settle(Link& link, const std::string& session, uint64_t fence) {
  absl::Status inserted = InsertRow(link, session, fence);
  if (!inserted.ok() && !IsTaken(inserted)) return inserted;
  if (!inserted.ok()) {
    Parameters raise(3);
    raise.Add(fence);
    raise.Add(absl::string_view(session));
    raise.Add(fence);
    UOW_ASSIGN_OR_RETURN(
        Result raised,
        link.Run("UPDATE uow_saves SET fence = ?, updated_at = NOW(6) WHERE session = ? AND fence < ?", std::move(raise)));
    if (raised.affected != 1) {
      return MakeError(v1::ERROR_REASON_FENCED, absl::StrCat("session ", session, ": another saver holds fence ", fence,
                                                             " or a higher one; read the session again"));
    }
  }
  Parameters key(1);
  key.Add(absl::string_view(session));
  UOW_ASSIGN_OR_RETURN(
      Result found, link.Run("SELECT fence, save_id, saved, result FROM uow_saves WHERE session = ? FOR UPDATE", std::move(key)));
  if (found.rows.size() != 1) return InternalError(absl::StrCat(link.where(), ": the row of session ", session, " has vanished"));
  Row& row = found.rows[0];
  Marker marker;
  marker.fence = NumberOf(row[0]);
  marker.save_id = row[1].value_or("");
  marker.saved = NumberOf(row[2]);
  marker.result = std::move(row[3]).value_or("");
  UOW_RETURN_IF_ERROR(link.Run("COMMIT").status());
  return marker;
}

absl::Status RemoveOldMarkers(Link& link, size_t limit, const std::function<bool(const std::string& session)>& alive,
                              std::string& cursor) {
  Parameters window(2);
  window.Add(absl::string_view(cursor));
  window.Add(static_cast<uint64_t>(limit));
  UOW_ASSIGN_OR_RETURN(Result rows,
                       link.Run("SELECT session, updated_at < NOW(6) - INTERVAL 24 HOUR FROM uow_saves WHERE session > ? "
                                "ORDER BY session LIMIT ?",
                                std::move(window)));
  for (const Row& row : rows.rows) {
    const std::string session = row[0].value_or("");
    if (row[1] != "1" || alive(session)) continue;
    Parameters key(1);
    key.Add(absl::string_view(session));
    UOW_RETURN_IF_ERROR(
        link.Run("DELETE FROM uow_saves WHERE session = ? AND updated_at < NOW(6) - INTERVAL 24 HOUR", std::move(key)).status());
  }
  cursor = rows.rows.size() < limit ? "" : rows.rows.back()[0].value_or("");
  return link.Run("COMMIT").status();
}

}  // namespace uow::mysql
