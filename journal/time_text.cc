#include "journal/time_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"

namespace uow {
namespace {

constexpr int kMaxOffsetHours = 15;
constexpr int kFractionDigits = 6;

struct TimeParts {
  int year = 1, month = 1, day = 1;
  int hour = 0, minute = 0, second = 0;
  absl::string_view fraction;
  int offset_seconds = 0;
};

// Reads a text from the left.
class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }
  bool Take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Exactly `count` digits.
  bool TakeNumber(size_t count, int& number) {
    if (text_.size() < count) return false;
    number = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!absl::ascii_isdigit(text_[i])) return false;
      number = number * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(count);
    return true;
  }
  absl::string_view TakeDigits() {
    size_t count = 0;
    while (count < text_.size() && absl::ascii_isdigit(text_[count])) ++count;
    absl::string_view digits = text_.substr(0, count);
    text_.remove_prefix(count);
    return digits;
  }

 private:
  absl::string_view text_;
};

bool ReadDate(Reader& reader, TimeParts& parts) {
  return reader.TakeNumber(4, parts.year) && reader.Take('-') && reader.TakeNumber(2, parts.month) && reader.Take('-') &&
         reader.TakeNumber(2, parts.day);
}

bool ReadTimeOfDay(Reader& reader, TimeParts& parts) {
  if (!reader.TakeNumber(2, parts.hour) || !reader.Take(':') || !reader.TakeNumber(2, parts.minute) || !reader.Take(':') ||
      !reader.TakeNumber(2, parts.second)) {
    return false;
  }
  if (!reader.Take('.')) return true;
  parts.fraction = reader.TakeDigits();
  return !parts.fraction.empty();
}

// `in_range` turns false for an offset that no zone has.
bool ReadZone(Reader& reader, TimeParts& parts, bool& in_range) {
  if (reader.Take('Z')) return true;
  bool west = reader.Take('-');
  if (!west && !reader.Take('+')) return false;
  int hours = 0, minutes = 0;
  if (!reader.TakeNumber(2, hours)) return false;
  if (reader.Take(':') && !reader.TakeNumber(2, minutes)) return false;
  if (hours > kMaxOffsetHours || minutes > 59) in_range = false;
  parts.offset_seconds = (west ? -60 : 60) * (hours * 60 + minutes);
  return true;
}

absl::CivilSecond InUtc(const TimeParts& parts) {
  return absl::CivilSecond(parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second) - parts.offset_seconds;
}

bool DateExists(const TimeParts& parts) {
  if (parts.year < 1 || parts.month < 1 || parts.month > 12 || parts.day < 1) return false;
  if (parts.day <= 28) return true;
  // absl normalises a day that doesn't exist into the next month.
  return absl::CivilDay(parts.year, parts.month, parts.day).day() == parts.day;
}

bool HasDate(v1::Type::Kind kind) { return kind != v1::Type::KIND_TIME; }
bool HasTimeOfDay(v1::Type::Kind kind) { return kind != v1::Type::KIND_DATE; }
bool HasZone(v1::Type::Kind kind) { return kind == v1::Type::KIND_TIMESTAMPTZ; }
bool IsInfinity(absl::string_view text) { return text == "infinity" || text == "-infinity"; }

TextFit Parse(v1::Type::Kind kind, absl::string_view text, TimeParts& parts) {
  Reader reader(text);
  bool in_range = true;
  if (HasDate(kind) && !ReadDate(reader, parts)) return TextFit::kWrongForm;
  if (HasDate(kind) && HasTimeOfDay(kind) && !reader.Take('T') && !reader.Take(' ')) return TextFit::kWrongForm;
  if (HasTimeOfDay(kind) && !ReadTimeOfDay(reader, parts)) return TextFit::kWrongForm;
  if (HasZone(kind) && !ReadZone(reader, parts, in_range)) return TextFit::kWrongForm;
  if (!reader.AtEnd()) return TextFit::kWrongForm;
  in_range = in_range && DateExists(parts) && parts.hour < 24 && parts.minute < 60 && parts.second < 60 &&
             parts.fraction.size() <= kFractionDigits;
  if (in_range && parts.offset_seconds != 0 && (parts.year == 1 || parts.year == 9999)) {
    absl::civil_year_t year = InUtc(parts).year();
    in_range = year >= 1 && year <= 9999;
  }
  return in_range ? TextFit::kFits : TextFit::kOutOfRange;
}

}  // namespace

TextFit CheckTimeText(v1::Type::Kind kind, absl::string_view text) {
  if (HasDate(kind) && IsInfinity(text)) return TextFit::kFits;
  TimeParts parts;
  return Parse(kind, text, parts);
}

std::string CanonicalTimeText(v1::Type::Kind kind, absl::string_view text) {
  TimeParts parts;
  if (Parse(kind, text, parts) != TextFit::kFits) return std::string(text);
  absl::CivilSecond utc = InUtc(parts);
  std::string canonical;
  if (HasDate(kind)) absl::StrAppendFormat(&canonical, "%04d-%02d-%02d", utc.year(), utc.month(), utc.day());
  if (!HasTimeOfDay(kind)) return canonical;
  absl::StrAppendFormat(&canonical, "%s%02d:%02d:%02d", HasDate(kind) ? "T" : "", utc.hour(), utc.minute(), utc.second());
  absl::string_view fraction = parts.fraction.substr(0, parts.fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) absl::StrAppend(&canonical, ".", fraction);
  if (HasZone(kind)) canonical += 'Z';
  return canonical;
}

absl::string_view TimeTextForm(v1::Type::Kind kind) {
  switch (kind) {
    case v1::Type::KIND_DATE:
      return "a date like 2026-11-22, in the years 0001 to 9999";
    case v1::Type::KIND_TIME:
      return "a time of day like 13:45:00.5, below 24:00:00, with at most six fractional digits and no zone";
    case v1::Type::KIND_TIMESTAMP:
      return "a timestamp like 2026-11-22T13:45:00.5, in the years 0001 to 9999, with at most six fractional digits and no zone";
    default:
      return "a timestamp like 2026-11-22T13:45:00.5Z or with an offset up to 15:59 like +02:00, in the years 0001 to 9999, with "
             "at "
             "most six fractional digits";
  }
}

}  // namespace uow
