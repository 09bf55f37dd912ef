#include "journal/event_scan.h"

#include <google/protobuf/stubs/common.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "journal/canonical.h"
#include "journal/event_check.h"
#include "uow/v1/event.pb.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {
namespace {

using v1::Type;
using v1::Value;

constexpr uint8_t Number(int field) { return static_cast<uint8_t>(field << 3); }
constexpr uint8_t Bytes(int field) { return static_cast<uint8_t>(field << 3 | 2); }

constexpr uint8_t kEvents = Bytes(v1::AppendEvents::kEventsFieldNumber);
constexpr uint8_t kKind = Number(v1::Event::kKindFieldNumber);
constexpr uint8_t kTable = Number(v1::Event::kTableFieldNumber);
constexpr uint8_t kKey = Bytes(v1::Event::kKeyFieldNumber);
constexpr uint8_t kFields = Bytes(v1::Event::kFieldsFieldNumber);
constexpr uint8_t kVersion = Bytes(v1::Event::kVersionFieldNumber);
constexpr uint8_t kColumn = Number(v1::Field::kColumnFieldNumber);
constexpr uint8_t kNew = Bytes(v1::Field::kValueFieldNumber);
constexpr uint8_t kOld = Bytes(v1::Field::kOldFieldNumber);
constexpr uint8_t kNull = Number(Value::kNullValueFieldNumber);
constexpr uint8_t kInt64 = Number(Value::kInt64ValueFieldNumber);
constexpr uint8_t kText = Bytes(Value::kTextValueFieldNumber);
constexpr uint8_t kBytes = Bytes(Value::kBytesValueFieldNumber);
constexpr uint8_t kHandle = Bytes(Value::kHandleValueFieldNumber);
constexpr uint8_t kWriter = Bytes(v1::Handle::kWriterFieldNumber);
constexpr uint8_t kCounter = Number(v1::Handle::kCounterFieldNumber);

// Reads a serialised message from front to back.
class Wire {
 public:
  Wire() = default;
  explicit Wire(absl::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool done() const { return at_ == end_; }
  size_t size() const { return static_cast<size_t>(end_ - at_); }
  absl::string_view view() const { return {at_, size()}; }

  // Steps over the tag if it comes next.
  bool Take(uint8_t tag) {
    if (at_ == end_ || static_cast<uint8_t>(*at_) != tag) return false;
    ++at_;
    return true;
  }
  bool ReadVarint(uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 63 && at_ != end_; shift += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    // The tenth byte has room for one bit.
    if (at_ == end_ || static_cast<uint8_t>(*at_) > 1) return false;
    value |= uint64_t{static_cast<uint8_t>(*at_++)} << 63;
    return true;
  }
  bool ReadBytes(Wire& bytes) {
    uint64_t length;
    if (!ReadVarint(length) || length > size()) return false;
    bytes = Wire({at_, length});
    at_ += length;
    return true;
  }
  // Reads what has to be all that is left.
  bool ReadLast(uint64_t& value) { return ReadVarint(value) && done(); }
  bool ReadLast(Wire& bytes) { return ReadBytes(bytes) && done(); }

 private:
  const char* at_ = nullptr;
  const char* end_ = nullptr;
};

bool IsUtf8(absl::string_view text) {
  return google::protobuf::internal::IsStructurallyValidUTF8(text.data(), static_cast<int>(text.size()));
}

// Every method returns false for what isn't surely good.
class Scanner {
 public:
  Scanner(const SchemaIndex& schema, size_t max_value_bytes, absl::string_view writer)
      : schema_(schema), max_value_bytes_(max_value_bytes), writer_(writer) {}

  bool ScanEvent(Wire in) {
    uint64_t table = 0;
    if (!in.Take(kKind) || !in.ReadVarint(kind_) || kind_ == v1::EVENT_KIND_UNSPECIFIED || kind_ >= v1::EventKind_ARRAYSIZE) {
      return false;
    }
    if (in.Take(kTable) && !in.ReadVarint(table)) return false;
    if (table >= schema_.table_count()) return false;
    table_ = static_cast<uint32_t>(table);
    definition_ = &schema_.table(table_);
    return ScanKey(in) && ScanFields(in) && ScanVersion(in) && in.done();
  }

  uint64_t last_handle() const { return last_handle_; }

 private:
  enum class Found { kBad, kNull, kHandle, kValue };

  bool ScanKey(Wire& in) {
    const auto& columns = definition_->primary_key();
    int handles = 0;
    for (uint32_t column : columns) {
      Wire value;
      if (!in.Take(kKey) || !in.ReadBytes(value)) return false;
      const Found found = ScanValue(column, value);
      if (found == Found::kBad || found == Found::kNull) return false;
      if (found != Found::kHandle) continue;
      ++handles;
      if (kind_ == v1::EVENT_KIND_CREATED && own_handle_) last_handle_ = std::max(last_handle_, handle_);
    }
    // Several may stand for the same.
    return handles <= 1 || kind_ != v1::EVENT_KIND_CREATED;
  }

  bool ScanFields(Wire& in) {
    const std::vector<uint32_t>& required = schema_.required_columns(table_);
    size_t fields = 0, met = 0;
    uint64_t next = 0;
    Wire field;
    for (; in.Take(kFields); ++fields) {
      uint64_t column = 0;
      if (!in.ReadBytes(field) || (field.Take(kColumn) && !field.ReadVarint(column))) return false;
      // In order, so that none comes twice.
      if (column < next || column >= static_cast<uint64_t>(definition_->columns_size())) return false;
      next = column + 1;
      if (met < required.size() && required[met] == column) ++met;
      if (schema_.is_key(table_, static_cast<uint32_t>(column)) || !ScanParts(static_cast<uint32_t>(column), field)) return false;
    }
    if (kind_ == v1::EVENT_KIND_CREATED) return met == required.size();
    return kind_ != v1::EVENT_KIND_UPDATED || fields > 0;
  }

  // The value and the old one.
  bool ScanParts(uint32_t column, Wire& field) {
    Wire value;
    if (kind_ != v1::EVENT_KIND_DELETED) {
      if (!field.Take(kNew) || !field.ReadBytes(value)) return false;
      const v1::Column& definition = definition_->columns(static_cast<int>(column));
      if (definition.generation() == v1::GENERATION_COMPUTED && kind_ != v1::EVENT_KIND_OBSERVED) return false;
      const Found found = ScanValue(column, value);
      if (found == Found::kBad || (found == Found::kNull && !definition.nullable())) return false;
      if (field.done()) return true;
    }
    if (kind_ != v1::EVENT_KIND_UPDATED && kind_ != v1::EVENT_KIND_DELETED) return false;
    return field.Take(kOld) && field.ReadLast(value) && ScanValue(column, value) != Found::kBad;
  }

  bool ScanVersion(Wire& in) {
    if (in.done()) return true;
    const int column = schema_.version_column(table_);
    if (column < 0 || (kind_ != v1::EVENT_KIND_UPDATED && kind_ != v1::EVENT_KIND_DELETED)) return false;
    Wire value;
    return in.Take(kVersion) && in.ReadBytes(value) && ScanValue(static_cast<uint32_t>(column), value) != Found::kBad;
  }

  Found ScanValue(uint32_t column, Wire in) {
    // With the bytes around the value's own: a little less than the limit allows.
    if (in.size() > max_value_bytes_) return Found::kBad;
    const Wire all = in;
    uint64_t number;
    Wire bytes;
    const Type& type = definition_->columns(static_cast<int>(column)).type();
    if (in.Take(kText)) {
      if (type.kind() != Type::KIND_TEXT && type.kind() != Type::KIND_OTHER) return ParseValue(type, all);
      return in.ReadLast(bytes) && IsUtf8(bytes.view()) ? Found::kValue : Found::kBad;
    }
    if (in.Take(kInt64)) {
      if (!in.ReadLast(number)) return Found::kBad;
      const auto value = static_cast<int64_t>((number >> 1) ^ -(number & 1));
      return IsInteger(type.kind(), value) ? Found::kValue : ParseValue(type, all);
    }
    if (in.Take(kHandle)) {
      return schema_.accepts_handle(table_, column) && in.ReadLast(bytes) && ScanHandle(bytes) ? Found::kHandle : Found::kBad;
    }
    if (in.Take(kNull)) return in.ReadLast(number) ? Found::kNull : Found::kBad;
    if (in.Take(kBytes) && type.kind() == Type::KIND_BYTES) return in.ReadLast(bytes) ? Found::kValue : Found::kBad;
    return ParseValue(type, all);
  }

  static bool IsInteger(Type::Kind kind, int64_t value) {
    switch (kind) {
      case Type::KIND_INT16:
        return value >= std::numeric_limits<int16_t>::min() && value <= std::numeric_limits<int16_t>::max();
      case Type::KIND_INT32:
        return value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
      default:
        return kind == Type::KIND_INT64;
    }
  }

  // The types whose check is more than a look at the bytes.
  Found ParseValue(const Type& type, const Wire& in) {
    if (!parsed_.ParseFromArray(in.view().data(), static_cast<int>(in.size()))) return Found::kBad;
    switch (parsed_.kind_case()) {
      case Value::KIND_NOT_SET:
      case Value::kNullValue:
      case Value::kHandleValue:
        return Found::kBad;
      default:
        return CheckValue(type, parsed_).ok() ? Found::kValue : Found::kBad;
    }
  }

  bool ScanHandle(Wire in) {
    Wire writer;
    own_handle_ = true;
    if (in.Take(kWriter)) {
      if (!in.ReadBytes(writer) || writer.size() > kMaxWriterBytes) return false;
      absl::string_view name = writer.view();
      if (!std::all_of(name.begin(), name.end(), absl::ascii_isprint)) return false;
      own_handle_ = name.empty() || name == writer_;
    }
    return in.Take(kCounter) && in.ReadLast(handle_) && handle_ >= 1;
  }

  const SchemaIndex& schema_;
  const size_t max_value_bytes_;
  const absl::string_view writer_;
  uint64_t last_handle_ = 0;
  Value parsed_;

  // Of the event at hand.
  uint64_t kind_ = 0;
  uint32_t table_ = 0;
  const v1::Table* definition_ = nullptr;
  uint64_t handle_ = 0;
  bool own_handle_ = false;
};

}  // namespace

std::optional<ScannedEvents> ScanEvents(const SchemaIndex& schema, size_t max_value_bytes, absl::string_view writer,
                                        absl::string_view append) {
  Scanner scanner(schema, max_value_bytes, writer);
  ScannedEvents scanned;
  Wire in(append);
  for (; !in.done(); ++scanned.events) {
    Wire event;
    if (!in.Take(kEvents) || !in.ReadBytes(event) || !scanner.ScanEvent(event)) return std::nullopt;
  }
  if (scanned.events == 0) return std::nullopt;
  scanned.last_handle = scanner.last_handle();
  return scanned;
}

}  // namespace uow
