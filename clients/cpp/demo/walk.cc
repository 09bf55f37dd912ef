#include "walk.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "report.h"

void Check(const absl::Status& status, const std::string& what) {
  if (status.ok()) return;
  Fail(absl::StrCat(what, ": ", uow::ReasonName(uow::ReasonOf(status)), ": ", status.message()));
}

Entities CreateWorld(uow::Session& session, const World& world, Changes& changes) {
  Entities entities;
  for (const CountryEntry& entry : world.countries) {
    entities.countries.emplace(entry.alpha2, Check(session.create(Country::alpha2 = entry.alpha2, Country::alpha3 = entry.alpha3,
                                                                  Country::numeric = entry.numeric, Country::name = entry.name,
                                                                  Country::official_name = entry.official_name),
                                                   "creating a country"));
    ++changes.created;
  }
  for (const SubdivisionEntry& entry : world.subdivisions) {
    entities.subdivisions.emplace(
        entry.code,
        Check(session.create(Subdivision::country = entities.countries.at(entry.country()), Subdivision::parent = std::nullopt,
                             Subdivision::code = entry.code, Subdivision::name = entry.name, Subdivision::type = entry.type),
              "creating a subdivision"));
    ++changes.created;
  }
  for (const SubdivisionEntry& entry : world.subdivisions) {
    if (entry.parent.empty()) continue;
    Check(entities.subdivisions.at(entry.code).set(Subdivision::parent, entities.subdivisions.at(entry.parent)),
          "setting a parent");
    ++changes.changed;
  }
  return entities;
}

Changes GoWrong(uow::Session& session, Entities& entities) {
  Changes changes;
  for (auto& [code, country] : entities.countries) {
    std::string name = Check(country.get(Country::name), "reading a name");
    Check(country.set(Country::name, absl::AsciiStrToUpper(name)), "changing a name");
    ++changes.changed;
  }
  uow::Entity<Subdivision> wrong = entities.subdivisions.begin()->second;
  for (auto& [code, subdivision] : entities.subdivisions) {
    if (absl::StartsWith(code, "FR-") || absl::StartsWith(code, "IT-")) {
      Check(session.erase(subdivision), "erasing a subdivision");
      ++changes.erased;
    } else if (absl::StartsWith(code, "GB-")) {
      Check(subdivision.set(Subdivision::parent, wrong), "setting a parent");
      ++changes.changed;
    }
  }
  for (int i = 0; i < 100; ++i) {
    Check(session.create(Subdivision::country = entities.countries.at("AW"), Subdivision::code = absl::StrCat("AW-X", i),
                         Subdivision::name = "nowhere", Subdivision::type = "mistake"),
          "creating a subdivision");
    ++changes.created;
  }
  return changes;
}

void ExpectWorld(uow::Session& session, const World& world, const Entities& entities) {
  ExpectEqual("countries in memory", session.entities<Country>().size(), world.countries.size());
  ExpectEqual("subdivisions in memory", session.entities<Subdivision>().size(), world.subdivisions.size());
  for (const CountryEntry& entry : world.countries) {
    std::string name = Check(entities.countries.at(entry.alpha2).get(Country::name), "reading a name");
    if (name != entry.name) Fail(absl::StrCat(entry.alpha2, " is called ", name, " and not ", entry.name));
  }
  for (const SubdivisionEntry& entry : world.subdivisions) {
    const uow::Entity<Subdivision>& entity = entities.subdivisions.at(entry.code);
    std::optional<uow::Entity<Subdivision>> parent = Check(entity.follow(Subdivision::parent), "following a parent");
    bool right = entry.parent.empty() ? !parent.has_value() : parent == entities.subdivisions.at(entry.parent);
    if (!entity.live() || !right) Fail(absl::StrCat(entry.code, " is not as it was before the rollback"));
  }
}

Changes UseCommonNames(const World& world, Entities& entities) {
  Changes changes;
  for (const CountryEntry& entry : world.countries) {
    if (!entry.common_name) continue;
    Check(entities.countries.at(entry.alpha2).set(Country::name, *entry.common_name), "changing a name");
    ++changes.changed;
  }
  return changes;
}

Changes ChangeMore(uow::Session& session, Entities& entities) {
  Changes changes;
  for (auto& [code, subdivision] : entities.subdivisions) {
    if (absl::StartsWith(code, "MT-")) {
      Check(session.erase(subdivision), "erasing a subdivision");
      ++changes.erased;
    } else if (Check(subdivision.get(Subdivision::type), "reading a type") == "Rayon") {
      Check(subdivision.set(Subdivision::type, "District"), "changing a type");
      ++changes.changed;
    }
  }
  auto create = [&](const char* code, const char* name, const char* type, std::optional<uow::Entity<Subdivision>> parent) {
    ++changes.created;
    return Check(session.create(Subdivision::country = entities.countries.at("AW"), Subdivision::parent = parent,
                                Subdivision::code = code, Subdivision::name = name, Subdivision::type = type),
                 "creating a subdivision");
  };
  auto west = create("AW-W", "West", "Region", std::nullopt);
  create("AW-W1", "Noord", "District", west);
  create("AW-W2", "Oranjestad", "District", west);
  return changes;
}

Entities FindEntities(uow::Session& session) {
  Entities entities;
  for (uow::Entity<Country>& country : session.entities<Country>()) {
    entities.countries.emplace(Check(country.get(Country::alpha2), "reading a code"), country);
  }
  for (uow::Entity<Subdivision>& subdivision : session.entities<Subdivision>()) {
    entities.subdivisions.emplace(Check(subdivision.get(Subdivision::code), "reading a code"), subdivision);
  }
  return entities;
}
