#pragma once

#include <optional>
#include <string>
#include <vector>

namespace uow::bench {

// One measurement beside what it is compared with.
struct Row {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> baseline;  // same unit
  std::optional<double> ratio;     // of value to baseline, the way the budget wants it
  std::string budget;              // for people: ">= 0.8 x"
  std::optional<bool> pass;        // whether the budget is kept
};

// How a value has to relate to its budget.
enum class Budget { kAtLeast, kAtMost };

// value / baseline against a factor.
Row Compare(const std::string& name, const std::string& unit, double value, double baseline, Budget kind, double factor);
// A value against a bound of its own; `baseline` is only shown.
Row Bound(const std::string& name, const std::string& unit, double value, std::optional<double> baseline, Budget kind,
          double bound);
// A value that has no budget.
Row Note(const std::string& name, const std::string& unit, double value, std::optional<double> baseline);

// A table for people, or with `json` one JSON object a line.
void Print(const std::vector<Row>& rows, bool json);

// The middle one; the mean of the middle two. Not of an empty list.
double Median(std::vector<double> values);

}  // namespace uow::bench
