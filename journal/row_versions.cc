#include "journal/row_versions.h"

#include <utility>

#include "journal/coding.h"
#include "journal/records.h"

namespace uow {
namespace {

constexpr size_t kMaxReplaced = 16;
// Handles begin with their writer, which is printable.
constexpr char kVersionsMark = '\x01';

}  // namespace

std::string RowVersionKey(const SessionId& id, uint32_t table, absl::Span<const v1::Value> key) {
  std::string bytes(id.AsBytes().data(), id.AsBytes().size());
  bytes += kVersionsMark;
  PutVarint(table, bytes);
  for (const v1::Value& value : key) PutString(value.SerializeAsString(), bytes);
  return bytes;
}

std::string EncodeSavedVersion(const SavedVersion& saved) {
  std::string bytes = EncodeVersioned("");
  PutString(saved.version.SerializeAsString(), bytes);
  for (const v1::Value& replaced : saved.replaced) PutString(replaced.SerializeAsString(), bytes);
  return bytes;
}

bool DecodeSavedVersion(absl::string_view value, SavedVersion& saved) {
  absl::string_view bytes;
  if (!DecodeVersioned(value, bytes)) return false;
  Decoder in(bytes);
  auto read = [&in](v1::Value& out) {
    absl::string_view record = in.String();
    return in.ok() && out.ParseFromArray(record.data(), static_cast<int>(record.size()));
  };
  if (!read(saved.version)) return false;
  saved.replaced.clear();
  while (!in.done()) {
    if (!read(saved.replaced.emplace_back())) return false;
  }
  return true;
}

void NoteVersion(const v1::Field& field, SavedVersion& saved) {
  if (field.has_old()) {
    // A version that somebody else gave the row in between would have made the save fail.
    saved.replaced.push_back(field.old());
    if (saved.replaced.size() > kMaxReplaced) saved.replaced.erase(saved.replaced.begin());
  } else {
    saved.replaced.clear();
  }
  saved.version = field.value();
}

}  // namespace uow
