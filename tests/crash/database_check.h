#pragma once

#include "tests/crash/database.h"
#include "tests/crash/journal_reader.h"
#include "tests/crash/model.h"

namespace uow::crash {

// Compares a session's rows in its database with what its committed saves amount to, row by row and statement effect by statement
// effect: every save happened exactly once, and its row in uow_saves says so. A save that stands may or may not have been
// committed: the row in uow_saves decides, and the rest must agree. CheckSaves went before.
void CheckDatabase(World& world, SessionModel& session, const SessionView& view, const Database& database);

}  // namespace uow::crash
