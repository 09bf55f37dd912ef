#include "journal/json_text.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace uow {
namespace {

constexpr int kMaxDepth = 500;
constexpr int kNumberOverflow = 406;      // nlohmann's id of that error
constexpr size_t kMaxExponentDigits = 9;  // so that exponents can be added up
constexpr int64_t kMaxPlainPlaces = 400;  // numbers with more places are written with an exponent

// A JSON number as a whole number times a power of ten. The digits have no zeros at either end; 0 has none.
struct Number {
  bool negative = false;
  std::string digits;
  int64_t exponent = 0;
};

// `text` is a JSON number. False if its exponent is absurd.
bool ParseNumber(absl::string_view text, Number& number) {
  number.negative = text[0] == '-';
  if (number.negative) text.remove_prefix(1);
  size_t e = std::min(text.find_first_of("eE"), text.size());
  absl::string_view mantissa = text.substr(0, e);
  size_t point = mantissa.find('.');
  number.digits = std::string(mantissa.substr(0, point));
  if (point != absl::string_view::npos) {
    number.digits.append(mantissa.data() + point + 1, mantissa.size() - point - 1);
    number.exponent = -static_cast<int64_t>(mantissa.size() - point - 1);
  }
  size_t end = number.digits.find_last_not_of('0') + 1;
  number.exponent += number.digits.size() - end;
  number.digits.resize(end);
  number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
  if (number.digits.empty()) {
    number = Number();
    return true;
  }
  if (e == text.size()) return true;
  absl::string_view exponent = text.substr(e + 1);
  bool negative = exponent[0] == '-';
  if (!absl::ascii_isdigit(exponent[0])) exponent.remove_prefix(1);
  exponent.remove_prefix(std::min(exponent.find_first_not_of('0'), exponent.size()));
  if (exponent.size() > kMaxExponentDigits) return false;
  int64_t value = 0;
  if (!exponent.empty() && !absl::SimpleAtoi(exponent, &value)) return false;
  number.exponent += negative ? -value : value;
  return true;
}

void AppendNumber(const Number& number, std::string& out) {
  if (number.digits.empty()) {
    out += '0';
    return;
  }
  if (number.negative) out += '-';
  int64_t integer_places = static_cast<int64_t>(number.digits.size()) + number.exponent;
  if (number.exponent < -kMaxPlainPlaces || integer_places > kMaxPlainPlaces) {
    absl::StrAppend(&out, number.digits, "e", number.exponent);
  } else if (number.exponent >= 0) {
    out.append(number.digits).append(number.exponent, '0');
  } else if (integer_places > 0) {
    out.append(number.digits, 0, integer_places).append(".").append(number.digits, integer_places);
  } else {
    out.append("0.").append(-integer_places, '0').append(number.digits);
  }
}

void AppendString(absl::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&out, "\\u%04x", c);
    } else {
      out += c;
    }
  }
  out += '"';
}

// The parser's events. This one only checks; a derived one writes.
class Checker {
 public:
  virtual ~Checker() = default;
  TextFit fit() const { return fit_; }

  virtual bool null() { return true; }
  virtual bool boolean(bool) { return true; }
  virtual bool number_integer(int64_t) { return true; }
  virtual bool number_unsigned(uint64_t) { return true; }
  virtual bool number_float(double, const std::string& text) {
    Number number;
    return ParseNumber(text, number) || Fail(TextFit::kOutOfRange);
  }
  virtual bool string(std::string&) { return true; }
  virtual bool start_object(size_t) { return Enter(); }
  virtual bool key(std::string&) { return true; }
  virtual bool end_object() { return Leave(); }
  virtual bool start_array(size_t) { return Enter(); }
  virtual bool end_array() { return Leave(); }
  bool binary(std::vector<uint8_t>&) { return false; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) {
    return Fail(error.id == kNumberOverflow ? TextFit::kOutOfRange : TextFit::kWrongForm);
  }

 protected:
  bool Enter() { return ++depth_ <= kMaxDepth || Fail(TextFit::kOutOfRange); }
  bool Leave() {
    --depth_;
    return true;
  }
  bool Fail(TextFit fit) {
    fit_ = fit;
    return false;
  }

 private:
  TextFit fit_ = TextFit::kFits;
  int depth_ = 0;
};

// Writes the canonical form as the parser goes.
class Canonicalizer final : public Checker {
 public:
  explicit Canonicalizer(std::string& out) : out_(out) {}

  bool null() override { return Write("null"); }
  bool boolean(bool value) override { return Write(value ? "true" : "false"); }
  bool number_integer(int64_t value) override { return Write(absl::StrCat(value)); }
  bool number_unsigned(uint64_t value) override { return Write(absl::StrCat(value)); }
  bool number_float(double, const std::string& text) override {
    Number number;
    if (!ParseNumber(text, number)) return Fail(TextFit::kOutOfRange);
    BeginValue();
    AppendNumber(number, out_);
    return true;
  }
  bool string(std::string& text) override {
    BeginValue();
    AppendString(text, out_);
    return true;
  }
  bool start_object(size_t) override { return Open('{'); }
  bool key(std::string& name) override {
    Container& object = open_.back();
    if (!object.members.empty()) out_ += ',';
    object.members.push_back({std::move(name), out_.size()});
    AppendString(object.members.back().name, out_);
    out_ += ':';
    return true;
  }
  bool end_object() override {
    SortMembers(open_.back());
    return Close('}');
  }
  bool start_array(size_t) override { return Open('['); }
  bool end_array() override { return Close(']'); }

 private:
  struct Member {
    std::string name;
    size_t begin;  // in out_
  };
  struct Container {
    bool array = false;
    bool empty = true;            // an array without elements so far
    std::vector<Member> members;  // of an object
  };

  void BeginValue() {
    if (open_.empty() || !open_.back().array) return;
    if (!open_.back().empty) out_ += ',';
    open_.back().empty = false;
  }
  bool Write(absl::string_view token) {
    BeginValue();
    absl::StrAppend(&out_, token);
    return true;
  }
  bool Open(char bracket) {
    if (!Enter()) return false;
    BeginValue();
    out_ += bracket;
    open_.emplace_back().array = bracket == '[';
    return true;
  }
  bool Close(char bracket) {
    open_.pop_back();
    out_ += bracket;
    return Leave();
  }

  // Puts the object's members, the last thing in out_, into order; of members with one name only the last stays.
  void SortMembers(const Container& object) {
    const std::vector<Member>& members = object.members;
    auto ascending = [&](size_t i) { return members[i].name < members[i + 1].name; };
    size_t sorted = 0;
    while (sorted + 1 < members.size() && ascending(sorted)) ++sorted;
    if (sorted + 1 >= members.size()) return;

    std::vector<size_t> order(members.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return members[a].name < members[b].name; });
    std::string text;
    for (size_t i = 0; i < order.size(); ++i) {
      if (i + 1 < order.size() && members[order[i]].name == members[order[i + 1]].name) continue;
      size_t begin = members[order[i]].begin;
      size_t end = order[i] + 1 < members.size() ? members[order[i] + 1].begin - 1 : out_.size();
      if (!text.empty()) text += ',';
      text.append(out_, begin, end - begin);
    }
    out_.replace(members.front().begin, std::string::npos, text);
  }

  std::string& out_;
  std::vector<Container> open_;
};

TextFit Parse(absl::string_view text, Checker& checker) {
  bool done = nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &checker);
  if (!done && checker.fit() == TextFit::kFits) return TextFit::kWrongForm;
  return checker.fit();
}

}  // namespace

TextFit CheckJsonText(absl::string_view text) {
  Checker checker;
  return Parse(text, checker);
}

TextFit CanonicalizeJsonText(absl::string_view text, std::string& canonical) {
  canonical.clear();
  Canonicalizer canonicalizer(canonical);
  return Parse(text, canonicalizer);
}

}  // namespace uow
