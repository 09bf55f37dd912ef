#include "report.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace {

constexpr int kWhatWidth = 52;
constexpr int kOutcomeWidth = 58;
int steps = 0;

// Columns are characters, not bytes.
std::string Padded(const std::string& text, int width) {
  int characters = 0;
  for (char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return text + std::string(characters < width ? width - characters : 0, ' ');
}

}  // namespace

std::string Number(int64_t number) {
  std::string digits = absl::StrCat(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, ",");
  return digits;
}

std::string Count(int64_t number, absl::string_view noun) {
  return absl::StrCat(Number(number), " ", noun, number == 1 ? "" : "s");
}

Step::Step(std::string what) : what_(std::move(what)), begin_(absl::Now()) {}

Step::~Step() {
  double milliseconds = absl::ToDoubleMilliseconds(absl::Now() - begin_);
  std::printf("%2d  %s %s %8.1f ms\n", ++steps, Padded(what_, kWhatWidth).c_str(), Padded(outcome_, kOutcomeWidth).c_str(),
              milliseconds);
  std::fflush(stdout);
}

void ExpectEqual(absl::string_view what, int64_t actual, int64_t expected) {
  if (actual != expected) Fail(absl::StrCat(what, ": expected ", Number(expected), ", found ", Number(actual)));
}

void Fail(absl::string_view what) {
  std::fflush(stdout);
  std::fprintf(stderr, "uow-demo: %s\n", std::string(what).c_str());
  // Not exit(): uowd is killed with us, and destructors would wait for it.
  std::_Exit(1);
}
