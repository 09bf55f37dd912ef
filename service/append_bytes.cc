#include "service/append_bytes.h"

#include <cstdint>

namespace uow {
namespace {

// Tags of RecordRequest.command and of Command's fields: the number, shifted by three bits, and the wire type.
constexpr uint8_t kCommandTag = 2 << 3 | 2;
constexpr uint8_t kSequenceTag = 1 << 3 | 0;
constexpr uint8_t kEpochTag = 2 << 3 | 0;
constexpr uint8_t kAppendTag = 3 << 3 | 2;

bool ReadVarint(absl::string_view& bytes, uint64_t& out) {
  out = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    uint8_t byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    out |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool ReadTag(absl::string_view& bytes, uint8_t tag) {
  if (bytes.empty() || static_cast<uint8_t>(bytes.front()) != tag) return false;
  bytes.remove_prefix(1);
  return true;
}

// A field that has to be the last one: its length covers all that is left.
bool ReadLast(absl::string_view& bytes, uint8_t tag) {
  uint64_t size;
  return ReadTag(bytes, tag) && ReadVarint(bytes, size) && size == bytes.size();
}

}  // namespace

AppendParts FindAppend(absl::string_view request) {
  AppendParts parts;
  if (!ReadLast(request, kCommandTag)) return {};
  if (ReadTag(request, kSequenceTag) && !ReadVarint(request, parts.sequence)) return {};
  if (ReadTag(request, kEpochTag) && !ReadVarint(request, parts.epoch)) return {};
  if (!ReadLast(request, kAppendTag)) return {};
  parts.events = request;
  return parts;
}

}  // namespace uow
