#include "tests/bench/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace uow::bench {
namespace {

bool Keeps(double value, Budget kind, double bound) { return kind == Budget::kAtLeast ? value >= bound : value <= bound; }

const char* Sign(Budget kind) { return kind == Budget::kAtLeast ? ">=" : "<="; }

// Enough digits to compare by, no more.
std::string Short(double value) {
  if (std::abs(value) >= 100000) return absl::StrFormat("%.0fk", value / 1000);
  if (std::abs(value) >= 100) return absl::StrFormat("%.0f", value);
  return absl::StrFormat("%.3g", value);
}

std::string Json(const Row& row) {
  nlohmann::ordered_json object;
  object["name"] = row.name;
  object["value"] = row.value;
  object["unit"] = row.unit;
  object["baseline"] = row.baseline ? nlohmann::ordered_json(*row.baseline) : nlohmann::ordered_json();
  object["ratio"] = row.ratio ? nlohmann::ordered_json(*row.ratio) : nlohmann::ordered_json();
  object["budget"] = row.budget.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(row.budget);
  object["pass"] = row.pass ? nlohmann::ordered_json(*row.pass) : nlohmann::ordered_json();
  return object.dump();
}

}  // namespace

Row Compare(const std::string& name, const std::string& unit, double value, double baseline, Budget kind, double factor) {
  double ratio = value / baseline;
  return {name, value, unit, baseline, ratio, absl::StrCat(Sign(kind), " ", factor, " x"), Keeps(ratio, kind, factor)};
}

Row Bound(const std::string& name, const std::string& unit, double value, std::optional<double> baseline, Budget kind,
          double bound) {
  std::optional<double> ratio;
  if (baseline.has_value()) ratio = value / *baseline;
  return {name, value, unit, baseline, ratio, absl::StrCat(Sign(kind), " ", Short(bound), " ", unit), Keeps(value, kind, bound)};
}

Row Note(const std::string& name, const std::string& unit, double value, std::optional<double> baseline) {
  std::optional<double> ratio;
  if (baseline.has_value()) ratio = value / *baseline;
  return {name, value, unit, baseline, ratio, "", std::nullopt};
}

void Print(const std::vector<Row>& rows, bool json) {
  if (!json) std::printf("%-58s %10s %10s %7s  %-16s %s\n", "what", "value", "baseline", "ratio", "budget", "");
  for (const Row& row : rows) {
    if (json) {
      std::printf("%s\n", Json(row).c_str());
      continue;
    }
    std::printf("%-58s %10s %10s %7s  %-16s %s\n", absl::StrCat(row.name, ", ", row.unit).c_str(), Short(row.value).c_str(),
                row.baseline ? Short(*row.baseline).c_str() : "", row.ratio ? absl::StrFormat("%.2f", *row.ratio).c_str() : "",
                row.budget.c_str(),
                !row.pass   ? ""
                : *row.pass ? "kept"
                            : "MISSED");
  }
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace uow::bench
