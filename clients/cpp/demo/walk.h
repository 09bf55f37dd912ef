#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "iso_codes.h"
#include "tables.h"

// The changes that the demo makes, each step a function. Every function ends the program where something fails.

using CountryMap = std::map<std::string, uow::Entity<Country>>;
using SubdivisionMap = std::map<std::string, uow::Entity<Subdivision>>;

// The entities of the session, by their codes.
struct Entities {
  CountryMap countries;
  SubdivisionMap subdivisions;
};

// Numbers of changes.
struct Changes {
  int created = 0;
  int changed = 0;
  int erased = 0;
};

// Creates a row per entry; then gives subdivisions their parents, wherever in the list those were.
Entities CreateWorld(uow::Session& session, const World& world, Changes& changes);

// A batch of changes that nobody wants: upper-case names, wrong parents, everything in two countries gone.
Changes GoWrong(uow::Session& session, Entities& entities);

// Ends the program unless memory has exactly what the world has.
void ExpectWorld(uow::Session& session, const World& world, const Entities& entities);

// Gives countries their common names.
Changes UseCommonNames(const World& world, Entities& entities);

// Changes after the second checkpoint: another word for a type, one country's subdivisions gone, three new subdivisions of a
// country that has none.
Changes ChangeMore(uow::Session& session, Entities& entities);

// The session's live entities by their codes: what a process that resumes begins with.
Entities FindEntities(uow::Session& session);

void Check(const absl::Status& status, const std::string& what);

template <typename T>
T Check(absl::StatusOr<T> result, const std::string& what) {
  Check(result.status(), what);
  return *std::move(result);
}
