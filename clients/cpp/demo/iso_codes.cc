#include "iso_codes.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace {

using nlohmann::json;

absl::StatusOr<json> ReadList(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  if (!file)
    return absl::NotFoundError(absl::StrCat(path, " can't be read; install iso-codes or name another directory by --iso-codes"));
  json document = json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains(name) || !document[name].is_array()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " has no list \"", name, "\""));
  }
  return document[name];
}

std::string Text(const json& entry, const char* field) {
  auto it = entry.find(field);
  return it != entry.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::optional<std::string> OptionalText(const json& entry, const char* field) {
  std::string text = Text(entry, field);
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

// The list names most parents without their country's prefix.
void CompleteParents(std::vector<SubdivisionEntry>& subdivisions) {
  std::set<std::string> codes;
  for (const SubdivisionEntry& entry : subdivisions) codes.insert(entry.code);
  for (SubdivisionEntry& entry : subdivisions) {
    if (!entry.parent.empty() && !codes.contains(entry.parent)) entry.parent = absl::StrCat(entry.country(), "-", entry.parent);
  }
}

}  // namespace

absl::StatusOr<World> ReadWorld(const std::string& directory) {
  absl::StatusOr<json> countries = ReadList(directory + "/iso_3166-1.json", "3166-1");
  if (!countries.ok()) return countries.status();
  absl::StatusOr<json> subdivisions = ReadList(directory + "/iso_3166-2.json", "3166-2");
  if (!subdivisions.ok()) return subdivisions.status();
  World world;
  for (const json& entry : *countries) {
    world.countries.push_back({Text(entry, "alpha_2"), Text(entry, "alpha_3"), Text(entry, "numeric"), Text(entry, "name"),
                               OptionalText(entry, "official_name"), OptionalText(entry, "common_name")});
  }
  for (const json& entry : *subdivisions) {
    world.subdivisions.push_back({Text(entry, "code"), Text(entry, "name"), Text(entry, "type"), Text(entry, "parent")});
  }
  CompleteParents(world.subdivisions);
  return world;
}
