#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// What the reader sees: one line a step, in columns, with the time that the step took.

// 5127 as "5,127".
std::string Number(int64_t number);
// "1 row", "2 rows".
std::string Count(int64_t number, absl::string_view noun);

// Prints a step's line when it ends: what was done, how much of it, and the time since this was made.
class Step {
 public:
  explicit Step(std::string what);
  ~Step();
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  // What came of it.
  void Say(std::string outcome) { outcome_ = std::move(outcome); }

 private:
  const std::string what_;
  const absl::Time begin_;
  std::string outcome_;
};

// Ends the program with an error where two counts differ: the demo checks itself.
void ExpectEqual(absl::string_view what, int64_t actual, int64_t expected);
// Ends the program with an error.
[[noreturn]] void Fail(absl::string_view what);
