#include "adapters/postgres/marker_table.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/marker.h"
#include "adapters/postgres/value_text.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

constexpr char kCreate[] =
    "CREATE TABLE IF NOT EXISTS uow_saves (session text PRIMARY KEY, fence bigint NOT NULL, save_id text NOT NULL DEFAULT '', "
    "saved bigint NOT NULL DEFAULT 0, result bytea NOT NULL DEFAULT '', updated_at timestamptz NOT NULL DEFAULT now())";

// Bytes from their hexadecimal text, "\\x00ff".
std::string Unhex(absl::string_view text) { return absl::HexStringToBytes(absl::StripPrefix(text, "\\x")); }

Marker ReadMarker(const Result::Row& row) {
  Marker marker;
  marker.fence = row[0].as<uint64_t>();
  marker.save_id = row[1].c_str();
  marker.saved = row[2].as<uint64_t>();
  marker.result = Unhex(row[3].text());
  return marker;
}

std::string Hex(const std::string& bytes) {
  v1::Value value;
  value.set_bytes_value(bytes);
  std::string text;
  AppendText(value, text);
  return text;
}

}  // namespace

absl::Status EnsureMarkerTable(Link& link) {
  constexpr int kTries = 5;
  for (int i = 0;; ++i) {
    UOW_ASSIGN_OR_RETURN(Result found, link.Run("SELECT to_regclass('uow_saves') IS NOT NULL"));
    if (found[0][0].as<bool>()) return absl::OkStatus();
    absl::Status created = link.Run(kCreate).status();
    if (created.ok()) return created;
    v1::ErrorReason reason = ReasonOf(created);
    // 3F000: the search path has no schema to create it in.
    if (reason == v1::ERROR_REASON_TARGET_DENIED || reason == v1::ERROR_REASON_TARGET_SCHEMA_CHANGED) {
      const v1::ErrorDetail detail = DetailOf(created).value_or(v1::ErrorDetail());
      return MakeError(v1::ERROR_REASON_TARGET_DENIED,
                       absl::StrCat(link.where(), ": every save needs the table uow_saves, which this user can't create (SQLSTATE ",
                                    detail.sqlstate(), "); let another user run: ", kCreate,
                                    "; GRANT SELECT, INSERT, UPDATE, DELETE ON uow_saves TO this user"),
                       detail);
    }
    // Two that create a table at once get in each other's way, even with IF NOT EXISTS.
    const bool raced = reason == v1::ERROR_REASON_CONSTRAINT_UNIQUE || reason == v1::ERROR_REASON_TARGET_REJECTED ||
                       reason == v1::ERROR_REASON_TARGET_CONFLICT;
    if (!raced || i + 1 == kTries) return created;
  }
}

absl::Status TakeFence(Link& link, const std::string& session, uint64_t fence, const std::string& executed_save_id) {
  absl::StatusOr<Result> raised =
      executed_save_id.empty()
          ? link.Run(
                "INSERT INTO uow_saves AS m (session, fence) VALUES ($1, $2) ON CONFLICT (session) DO UPDATE "
                "SET fence = excluded.fence, updated_at = now() WHERE m.fence < excluded.fence AND m.save_id = ''",
                Parameters{session, absl::StrCat(fence)})
          : link.Run("UPDATE uow_saves SET fence = $2, updated_at = now() WHERE session = $1 AND fence < $2 AND save_id = $3",
                     Parameters{session, absl::StrCat(fence), executed_save_id});
  if (!raised.ok()) return raised.status();
  if (raised->affected_rows() == 1) return absl::OkStatus();
  UOW_ASSIGN_OR_RETURN(Result rows,
                       link.Run("SELECT fence, save_id, saved, ''::bytea FROM uow_saves WHERE session = $1", Parameters{session}));
  return MarkerError(session, fence, executed_save_id, rows.empty() ? std::nullopt : std::optional(ReadMarker(rows[0])));
}

void WriteMarker(Link& link, const std::string& session, const Marker& marker) {
  link.Ahead(
      "WITH written AS (UPDATE uow_saves SET save_id = $3, saved = $4, result = $5, updated_at = now() WHERE session = $1 AND "
      "fence = $2 RETURNING 1) SELECT CASE WHEN count(*) = 1 THEN 1 ELSE ('uow_saves has ' || count(*) || ' rows of this session "
      "with "
      "its fence')::int END FROM written",
      {session, absl::StrCat(marker.fence), marker.save_id, absl::StrCat(marker.saved), Hex(marker.result)});
}

absl::StatusOr<Marker> Settle(Link& link, const std::string& session, uint64_t fence) {
  UOW_ASSIGN_OR_RETURN(Result rows,
                       link.Run("INSERT INTO uow_saves AS m (session, fence) VALUES ($1, $2) ON CONFLICT (session) DO UPDATE "
                                "SET fence = excluded.fence, updated_at = now() WHERE m.fence < excluded.fence "
                                "RETURNING fence, save_id, saved, result",
                                Parameters{session, absl::StrCat(fence)}));
  if (!rows.empty()) return ReadMarker(rows[0]);
  return MakeError(v1::ERROR_REASON_FENCED, absl::StrCat("session ", session, ": another saver holds fence ", fence,
                                                         " or a higher one; read the session again"));
}

absl::Status RemoveOldMarkers(Link& link, size_t limit, const std::function<bool(const std::string& session)>& alive,
                              std::string& cursor) {
  UOW_ASSIGN_OR_RETURN(Result rows,
                       link.Run("SELECT session, updated_at < now() - interval '24 hours' FROM uow_saves WHERE session > $1 "
                                "ORDER BY session LIMIT $2",
                                Parameters{cursor, absl::StrCat(limit)}));
  ArrayLiteral dead(rows.size());
  bool any = false;
  for (const auto& row : rows) {
    v1::Value session;
    session.set_text_value(row[0].c_str());
    if (!row[1].as<bool>() || alive(session.text_value())) continue;
    any |= dead.Add(session);
  }
  cursor = rows.size() < limit ? "" : rows.back()[0].c_str();
  if (!any) return absl::OkStatus();
  return link
      .Run("DELETE FROM uow_saves WHERE session = ANY($1::text[]) AND updated_at < now() - interval '24 hours'",
           Parameters{std::move(dead).Finish()})
      .status();
}

}  // namespace uow::postgres
