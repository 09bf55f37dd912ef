#include "tests/crash/database_check.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace uow::crash {
namespace {

// What the database has of a session, from one snapshot.
struct Contents {
  struct StoredRow {
    std::string table, id, count, account;
    std::optional<std::string> note;
  };
  struct StoredMarker {
    std::string save_id, saved;
  };
  std::map<std::string, std::vector<StoredRow>> rows;          // by business id
  std::map<std::string, std::vector<std::string>> operations;  // by business id, in order
  std::optional<StoredMarker> marker;
};

// One statement sees one snapshot, in either database.
absl::StatusOr<Contents> ReadContents(const Database& database, const SessionModel& session) {
  std::string sql = absl::StrCat(
      "SELECT 'account' AS what, business_id, id AS n, \"count\", note, '' AS other FROM account WHERE session = '", session.tag,
      "' UNION ALL SELECT 'entry', e.business_id, e.id, e.\"count\", e.note, a.business_id FROM entry e LEFT JOIN account a ON "
      "a.id = "
      "e.account_id WHERE e.session = '",
      session.tag, "' UNION ALL SELECT 'applied', business_id, n, 0, operation, '' FROM applied WHERE session = '", session.tag,
      "'");
  std::string marker = absl::StrCat(" UNION ALL SELECT 'marker', save_id, fence, saved, '', '' FROM uow_saves WHERE session = '",
                                    session.session_id, "'");
  auto rows = database.Query(absl::StrCat(sql, marker, " ORDER BY what, n"));
  // The table comes into being with the first save.
  if (!rows.ok() && absl::StrContains(rows.status().message(), "uow_saves"))
    rows = database.Query(absl::StrCat(sql, " ORDER BY what, n"));
  if (!rows.ok()) return rows.status();
  Contents contents;
  for (const Database::Row& row : *rows) {
    const std::string what = row[0].value_or("");
    const std::string name = row[1].value_or("");
    if (what == "marker") {
      contents.marker = {name, row[3].value_or("")};
    } else if (what == "applied") {
      contents.operations[name].push_back(row[4].value_or(""));
    } else {
      contents.rows[name].push_back({what, row[2].value_or(""), row[3].value_or(""), row[5].value_or("(none)"), row[4]});
    }
  }
  return contents;
}

class DatabaseCheck {
 public:
  DatabaseCheck(World& world, SessionModel& session, const SessionView& view) : world_(world), session_(session), view_(view) {}

  void Run(const Contents& contents) {
    std::vector<const v1::Save*> saves;
    const v1::Save* pending = nullptr;
    for (const v1::Save& save : view_.saves) {
      if (save.state() == v1::SAVE_STATE_COMMITTED) saves.push_back(&save);
      if (save.state() == v1::SAVE_STATE_PENDING) pending = &save;
    }
    std::sort(saves.begin(), saves.end(),
              [](auto* a, auto* b) { return std::pair(a->from(), a->to()) < std::pair(b->from(), b->to()); });
    for (const v1::Save* save : saves) Play(*save);
    if (pending != nullptr && contents.marker.has_value() && contents.marker->save_id == pending->save_id()) Play(*pending);
    CheckMarker(contents);
    CheckRows(contents);
  }

 private:
  void Fail(const std::string& what) {
    world_.report.Fail(absl::StrCat("session ", session_.tag, " (", session_.session_id, ") in ", session_.target, ": ", what));
  }

  // Applies a save's range and notes what its transaction has to do to each entity.
  void Play(const v1::Save& save) {
    std::map<EntityName, Entity> before = state_.entities();
    std::map<EntityName, bool> touched;
    for (uint64_t offset = save.from(); offset < save.to() && offset < view_.entries.size(); ++offset) {
      const v1::JournalEntry& entry = view_.entries[offset];
      MutexLock lock(session_.mutex);
      if (auto wrong = state_.Apply(entry.writer(), entry.event(), session_.keys))
        return Fail(absl::StrCat("at ", offset, ": ", *wrong));
      const v1::Value& key = entry.event().key(0);
      const EntityName* by_key = session_.keys.NameOf(entry.event().table(), key.int64_value());
      const std::string& writer = key.handle_value().writer();
      touched[key.has_handle_value() ? EntityName(writer.empty() ? entry.writer() : writer, key.handle_value().counter())
                                     : *by_key] = true;
    }
    uint64_t inserted = 0, updated = 0, deleted = 0;
    for (const auto& [name, unused] : touched) {
      auto was = before.find(name);
      auto is = state_.entities().find(name);
      bool existed = was != before.end(), exists = is != state_.entities().end();
      if (!existed && !exists) continue;
      const std::string& business_id = exists ? is->second.business_id : was->second.business_id;
      operations_[business_id].emplace_back(!existed ? "INSERT" : exists ? "UPDATE" : "DELETE");
      (!existed ? inserted : exists ? updated : deleted)++;
    }
    if (inserted + updated + deleted > 0) last_executed_ = &save;
    if (save.state() != v1::SAVE_STATE_COMMITTED) return;
    if (save.inserted() != inserted || save.updated() != updated || save.deleted() != deleted) {
      Fail(absl::StrCat(save.save_id(), " should count ", inserted, "/", updated, "/", deleted, ": ",
                        save.ShortDebugString().substr(0, 300)));
    }
  }

  void CheckMarker(const Contents& contents) {
    if (last_executed_ == nullptr) {
      if (contents.marker.has_value() && !contents.marker->save_id.empty()) {
        Fail(absl::StrCat("uow_saves has ", contents.marker->save_id, ", which wrote nothing"));
      }
      return;
    }
    if (!contents.marker.has_value())
      return Fail(absl::StrCat("uow_saves lacks the session, ", last_executed_->save_id(), " was executed"));
    if (contents.marker->save_id != last_executed_->save_id() || contents.marker->saved != absl::StrCat(last_executed_->to())) {
      Fail(absl::StrCat("uow_saves has ", contents.marker->save_id, " to ", contents.marker->saved, " instead of ",
                        last_executed_->save_id(), " to ", last_executed_->to()));
    }
  }

  void CheckRows(const Contents& contents) {
    std::map<std::string, std::vector<Contents::StoredRow>> rows = contents.rows;
    for (const auto& [name, entity] : state_.entities()) {
      auto it = rows.find(entity.business_id);
      if (it == rows.end()) {
        Fail(absl::StrCat("LOST: no row for ", entity.business_id));
        continue;
      }
      if (it->second.size() > 1) Fail(absl::StrCat("TWICE: ", it->second.size(), " rows for ", entity.business_id));
      CheckRow(name, entity, it->second.front());
      rows.erase(it);
    }
    for (const auto& [business_id, unused] : rows)
      Fail(absl::StrCat("a row for ", business_id, ", which isn't saved or is deleted"));
    for (const auto& [business_id, operations] : operations_) {
      auto it = contents.operations.find(business_id);
      std::string done = it == contents.operations.end() ? "" : absl::StrJoin(it->second, " ");
      if (std::string wanted = absl::StrJoin(operations, " "); wanted != done) {
        Fail(absl::StrCat(business_id, ": the saves amount to ", wanted, "; the database saw ", done));
      }
    }
    for (const auto& [business_id, unused] : contents.operations) {
      if (!operations_.contains(business_id)) Fail(absl::StrCat("the database saw ", business_id, ", which no save has"));
    }
  }

  void CheckRow(const EntityName& name, const Entity& entity, const Contents::StoredRow& row) {
    auto differs = [&](const char* what, absl::string_view is, absl::string_view wanted) {
      if (is != wanted) Fail(absl::StrCat(entity.business_id, " has ", what, " ", is, " instead of ", wanted));
    };
    differs("table", row.table, entity.table == kAccount ? "account" : "entry");
    differs("count", row.count, absl::StrCat(entity.count));
    differs("note", row.note.value_or("NULL"), entity.note.value_or("NULL"));
    if (entity.table == kEntry) {
      auto account = state_.entities().find(entity.account);
      differs("account", row.account, account == state_.entities().end() ? "?" : account->second.business_id);
    }
    MutexLock lock(session_.mutex);
    if (std::optional<int64_t> key = session_.keys.KeyOf(name)) differs("key", row.id, absl::StrCat(*key));
  }

  World& world_;
  SessionModel& session_;
  const SessionView& view_;
  EntitySet state_;                                             // as saved
  std::map<std::string, std::vector<std::string>> operations_;  // by business id, what the saves amount to
  const v1::Save* last_executed_ = nullptr;
};

}  // namespace

void CheckDatabase(World& world, SessionModel& session, const SessionView& view, const Database& database) {
  absl::StatusOr<Contents> contents = ReadContents(database, session);
  if (!contents.ok()) {
    world.report.Fail(absl::StrCat("reading ", session.target, ": ", contents.status().message()));
    return;
  }
  DatabaseCheck(world, session, view).Run(*contents);
}

}  // namespace uow::crash
