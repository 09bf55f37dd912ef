#pragma once

#include "tests/crash/journal_reader.h"
#include "tests/crash/model.h"

namespace uow::crash {

// Compares a session at rest with what its clients know of it, and moves the writers' logs on to what is durable:
// nothing acknowledged is lost, nothing is there twice, nothing that was refused or rolled back is there, and every writer's events
// are a gapless prefix of what it sent, in order.
void CheckJournal(World& world, SessionModel& session, const SessionView& view);

// Compares the saves that the server lists with what the saver knows, and learns the keys that they generated.
void CheckSaves(World& world, SessionModel& session, const SessionView& view);

}  // namespace uow::crash
