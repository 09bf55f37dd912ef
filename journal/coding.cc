#include "journal/coding.h"

#include <bit>
#include <cstring>

namespace uow {
namespace {

static_assert(std::endian::native == std::endian::little, "add byte swaps to coding.cc for this machine");

}  // namespace

void PutVarint(uint64_t value, std::string& out) {
  char buffer[10];
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) buffer[size++] = static_cast<char>(value | 0x80);
  buffer[size++] = static_cast<char>(value);
  out.append(buffer, size);
}

void PutLittleEndian64(uint64_t value, std::string& out) { out.append(reinterpret_cast<const char*>(&value), sizeof value); }

void PutBigEndian64(uint64_t value, std::string& out) { PutLittleEndian64(__builtin_bswap64(value), out); }

void PutString(absl::string_view value, std::string& out) {
  PutVarint(value.size(), out);
  out.append(value.data(), value.size());
}

uint64_t LittleEndian64(absl::string_view bytes) {
  uint64_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

uint64_t BigEndian64(absl::string_view bytes) { return __builtin_bswap64(LittleEndian64(bytes)); }

uint8_t Decoder::Byte() {
  absl::string_view byte = Bytes(1);
  return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
}

uint64_t Decoder::Varint() {
  uint64_t value = 0;
  for (size_t i = 0; ok_ && i < rest_.size() && i < 10; ++i) {
    auto byte = static_cast<uint8_t>(rest_[i]);
    if (i == 9 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return value;
    }
  }
  ok_ = false;
  return 0;
}

uint64_t Decoder::Fixed64() {
  absl::string_view bytes = Bytes(8);
  return bytes.empty() ? 0 : LittleEndian64(bytes);
}

absl::string_view Decoder::String() { return Bytes(Varint()); }

absl::string_view Decoder::Bytes(uint64_t size) {
  if (!ok_ || size > rest_.size()) {
    ok_ = false;
    return {};
  }
  absl::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

}  // namespace uow
