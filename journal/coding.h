#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace uow {

// The forms of numbers and strings that format.md names.
void PutVarint(uint64_t value, std::string& out);
void PutLittleEndian64(uint64_t value, std::string& out);
void PutBigEndian64(uint64_t value, std::string& out);
void PutString(absl::string_view value, std::string& out);

// `bytes` has at least eight.
uint64_t LittleEndian64(absl::string_view bytes);
uint64_t BigEndian64(absl::string_view bytes);

// Takes a record apart. Past the end, or at a malformed number, it turns bad and stays so; what it returns then is zero or empty.
class Decoder {
 public:
  explicit Decoder(absl::string_view bytes) : rest_(bytes) {}

  uint8_t Byte();
  uint64_t Varint();
  uint64_t Fixed64();  // little endian
  absl::string_view String();
  absl::string_view Bytes(uint64_t size);

  bool ok() const { return ok_; }
  // Everything was read, and rightly.
  bool done() const { return ok_ && rest_.empty(); }
  absl::string_view rest() const { return rest_; }

 private:
  absl::string_view rest_;
  bool ok_ = true;
};

}  // namespace uow
