#include "journal/json_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace uow {
namespace {

std::string Canonical(const std::string& text) {
  std::string canonical;
  EXPECT_EQ(CanonicalizeJsonText(text, canonical), TextFit::kFits) << text;
  return canonical;
}

TEST(JsonText, TakesOneDocument) {
  for (const char* good : {"null", " true ", "\"x\"", "1", "[]", "{}", "[1, {\"a\": null}]", "\"\\ud83d\\ude00\""}) {
    EXPECT_EQ(CheckJsonText(good), TextFit::kFits) << good;
  }
  for (const char* bad :
       {"", "nul", "{a:1}", "[1,]", "{} {}", "'x'", "01", "1.", "NaN", "/* c */ 1", "\"\\ud800\"", "[", "\"a\nb\""}) {
    EXPECT_EQ(CheckJsonText(bad), TextFit::kWrongForm) << bad;
  }
}

TEST(JsonText, OrderOfKeysAndWhiteSpaceDontMatter) {
  EXPECT_EQ(Canonical("{ \"b\" : [ 1 , 2 ] , \"a\" : { } }"), R"({"a":{},"b":[1,2]})");
  EXPECT_EQ(Canonical(R"({"z":{"y":1,"x":{"b":2,"a":1}},"a":[{"d":1,"c":2},{"f":1}]})"),
            R"({"a":[{"c":2,"d":1},{"f":1}],"z":{"x":{"a":1,"b":2},"y":1}})");
}

TEST(JsonText, OfEqualKeysTheLastCounts) {
  EXPECT_EQ(Canonical(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  EXPECT_EQ(Canonical(R"({"a":1,"a":{"x":1,"x":2}})"), R"({"a":{"x":2}})");
  EXPECT_EQ(Canonical(R"({"\u0061":1,"a":2})"), R"({"a":2})");
}

TEST(JsonText, NumbersCompareByValue) {
  for (const char* one : {"1", "1.0", "1e0", "10e-1", "0.1E+1", "1.000e00"}) EXPECT_EQ(Canonical(one), "1") << one;
  for (const char* zero : {"0", "-0", "0.00", "0e7", "-0.0e-99999999999"}) EXPECT_EQ(Canonical(zero), "0") << zero;
  EXPECT_EQ(Canonical("-1.50"), "-1.5");
  EXPECT_EQ(Canonical("12e3"), "12000");
  EXPECT_EQ(Canonical("0.00012"), "0.00012");
  EXPECT_EQ(Canonical("1.2e-4"), "0.00012");
}

TEST(JsonText, NumbersKeepAllTheirDigits) {
  for (const char* number : {"9007199254740993", "18446744073709551615", "-9223372036854775808", "123456789012345678901234567890",
                             "0.1234567890123456789012345678901", "-98765432109876543210.0123456789"}) {
    EXPECT_EQ(Canonical(number), number);
  }
  EXPECT_NE(Canonical("100000000000000000000000000000001"), Canonical("100000000000000000000000000000002"));
  EXPECT_EQ(Canonical("1e30"), "1000000000000000000000000000000");
  EXPECT_EQ(Canonical("12e-500"), "12e-500");
  EXPECT_EQ(Canonical("1.2e-499"), "12e-500");
}

TEST(JsonText, StringsAreUnescapedWhereTheyCanBe) {
  EXPECT_EQ(Canonical(R"("\u00e9\/\u0041")"), "\"é/A\"");
  EXPECT_EQ(Canonical(R"("\"\\\n\u0000")"), R"("\"\\\u000a\u0000")");
  EXPECT_EQ(Canonical(R"("\ud83d\ude00")"), "\"😀\"");
  EXPECT_EQ(Canonical(Canonical(R"(["\"\\\n",{"\n":1}])")), Canonical(R"(["\"\\\n",{"\n":1}])"));
}

TEST(JsonText, DepthIsLimited) {
  EXPECT_EQ(CheckJsonText(std::string(500, '[') + std::string(500, ']')), TextFit::kFits);
  EXPECT_EQ(CheckJsonText(std::string(501, '[') + std::string(501, ']')), TextFit::kOutOfRange);
  EXPECT_EQ(CheckJsonText(std::string(1000000, '[')), TextFit::kOutOfRange);
  std::string canonical;
  EXPECT_EQ(CanonicalizeJsonText(std::string(501, '[') + std::string(501, ']'), canonical), TextFit::kOutOfRange);
}

TEST(JsonText, NumbersThatNothingCanHoldAreOutOfRange) {
  EXPECT_EQ(CheckJsonText("1e400"), TextFit::kOutOfRange);
  EXPECT_EQ(CheckJsonText("1e-9999999999"), TextFit::kOutOfRange);
}

// Writes a document out of arbitrary numbers; `style` varies white space and the order of keys, but not the value.
std::string Document(const std::vector<uint8_t>& choices, size_t& next, int depth, bool style) {
  auto choose = [&] { return next < choices.size() ? choices[next++] : uint8_t{0}; };
  absl::string_view space = style ? " \n" : "";
  int kind = choose() % (depth < 5 ? 8 : 6);
  if (kind == 0) return "null";
  if (kind == 1) return choose() % 2 == 0 ? "true" : "false";
  if (kind == 2) return absl::StrCat(choose(), style ? ".0" : "");
  if (kind == 3) return absl::StrCat("-0.", choose(), style ? "0e0" : "");
  if (kind == 4) return absl::StrCat("\"", choose() % 2 == 0 ? (style ? "\\u0041\\/" : "A/") : "\\\"é\\n", "\"");
  if (kind == 5) return style ? "12e2" : "1200";
  std::vector<std::string> members;
  for (int count = choose() % 4; count > 0; --count) {
    std::string name = kind == 6 ? absl::StrCat(space, "\"", std::string(1, 'a' + count), "\"", space, ":", space) : "";
    members.push_back(name + Document(choices, next, depth + 1, style));
  }
  if (style && kind == 6) std::reverse(members.begin(), members.end());
  std::string text = kind == 6 ? "{" : "[";
  for (const std::string& member : members) absl::StrAppend(&text, text.size() > 1 ? "," : "", space, member);
  return absl::StrCat(text, space, kind == 6 ? "}" : "]");
}

RC_GTEST_PROP(JsonText, CanonicalFormIsOnePerValueAndStays, (const std::vector<uint8_t>& choices)) {
  size_t next = 0;
  std::string plain = Document(choices, next, 0, false);
  next = 0;
  std::string styled = Document(choices, next, 0, true);
  std::string canonical = Canonical(plain);
  RC_ASSERT(Canonical(styled) == canonical);
  RC_ASSERT(Canonical(canonical) == canonical);
  RC_ASSERT(nlohmann::json::parse(canonical) == nlohmann::json::parse(plain));
}

}  // namespace
}  // namespace uow
