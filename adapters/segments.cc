#include "adapters/segments.h"

#include <string>

#include "absl/strings/ascii.h"

namespace uow {

SegmentWriter& SegmentWriter::Text(absl::string_view text) {
  if (text.empty()) return *this;
  v1::Segment* last = segments_.empty() ? nullptr : &segments_[segments_.size() - 1];
  if (last != nullptr && last->has_text()) {
    last->mutable_text()->append(text.data(), text.size());
  } else {
    segments_.Add()->set_text(std::string(text));
  }
  return *this;
}

SegmentWriter& SegmentWriter::Value(const v1::Value& value) {
  *segments_.Add()->mutable_value() = value;
  return *this;
}

SegmentWriter& SegmentWriter::Value(absl::string_view text) {
  segments_.Add()->mutable_value()->set_text_value(std::string(text));
  return *this;
}

SegmentWriter& SegmentWriter::Value(uint64_t number) {
  segments_.Add()->mutable_value()->set_int64_value(static_cast<int64_t>(number));
  return *this;
}

SegmentWriter& SegmentWriter::RowValue(size_t index) {
  segments_.Add()->set_row_value(static_cast<uint32_t>(index));
  return *this;
}

SegmentWriter& SegmentWriter::RowNumber() {
  segments_.Add()->mutable_row_number();
  return *this;
}

SegmentWriter& SegmentWriter::Column(size_t index) {
  segments_.Add()->set_column(static_cast<uint32_t>(index));
  return *this;
}

SegmentWriter& SegmentWriter::Result() {
  segments_.Add()->mutable_result();
  return *this;
}

SegmentWriter SegmentWriter::EachRow(absl::string_view separator) {
  v1::EachRow& rows = *segments_.Add()->mutable_each_row();
  rows.set_separator(std::string(separator));
  return SegmentWriter(*rows.mutable_segments());
}

std::vector<SqlPiece> SplitPlaceholders(absl::string_view sql) {
  std::vector<SqlPiece> pieces;
  size_t begin = 0;
  for (size_t i = 0; i < sql.size();) {
    if (sql[i] == '"' || sql[i] == '\'' || sql[i] == '`') {
      // A doubled quote ends one quoted part and begins the next: the same in the end.
      const size_t end = sql.find(sql[i], i + 1);
      i = end == absl::string_view::npos ? sql.size() : end + 1;
      continue;
    }
    if (sql[i] != '$' || i + 1 == sql.size() || !absl::ascii_isdigit(static_cast<unsigned char>(sql[i + 1]))) {
      ++i;
      continue;
    }
    if (i > begin) pieces.push_back({sql.substr(begin, i - begin), 0});
    size_t number = 0;
    for (++i; i < sql.size() && absl::ascii_isdigit(static_cast<unsigned char>(sql[i])); ++i) {
      number = number * 10 + static_cast<size_t>(sql[i] - '0');
    }
    pieces.push_back({{}, number});
    begin = i;
  }
  if (begin < sql.size()) pieces.push_back({sql.substr(begin), 0});
  return pieces;
}

}  // namespace uow
