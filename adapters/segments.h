#pragma once

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

using Segments = google::protobuf::RepeatedPtrField<v1::Segment>;

// Writes a statement that a client executes, as pieces of text and parameters. Text next to text becomes one piece.
class SegmentWriter {
 public:
  explicit SegmentWriter(Segments& segments) : segments_(segments) {}

  SegmentWriter& Text(absl::string_view text);
  SegmentWriter& Value(const v1::Value& value);
  SegmentWriter& Value(absl::string_view text);
  SegmentWriter& Value(uint64_t number);
  // A row's value with this index.
  SegmentWriter& RowValue(size_t index);
  SegmentWriter& RowNumber();
  // All rows' values with this index, as an array.
  SegmentWriter& Column(size_t index);
  SegmentWriter& Result();
  // What the returned writer gets is repeated for each row.
  SegmentWriter EachRow(absl::string_view separator);

 private:
  Segments& segments_;
};

// A piece of SQL: text, or the number of a placeholder.
struct SqlPiece {
  absl::string_view text;
  size_t placeholder = 0;  // from 1; 0 for text
};

// Takes the placeholders $1, $2, … out of a statement; what stands between quotes stays. The pieces refer to `sql`.
std::vector<SqlPiece> SplitPlaceholders(absl::string_view sql);

}  // namespace uow
