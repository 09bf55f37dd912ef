#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

// Countries and their subdivisions as ISO 3166 lists them, in the order of Debian's iso-codes.

struct CountryEntry {
  std::string alpha2;
  std::string alpha3;
  std::string numeric;
  std::string name;
  std::optional<std::string> official_name;
  std::optional<std::string> common_name;
};

struct SubdivisionEntry {
  std::string code;
  std::string name;
  std::string type;
  std::string parent;  // the parent's whole code; empty where there is none. May come later in the list.

  std::string country() const { return code.substr(0, code.find('-')); }
};

struct World {
  std::vector<CountryEntry> countries;
  std::vector<SubdivisionEntry> subdivisions;
};

// Reads iso_3166-1.json and iso_3166-2.json. NOT_FOUND for a missing file, INVALID_ARGUMENT for one with another content.
absl::StatusOr<World> ReadWorld(const std::string& directory);
