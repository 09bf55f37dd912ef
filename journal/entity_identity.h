#pragma once

#include <cstdint>
#include <string>

#include "journal/handle_book.h"
#include "uow/v1/value.pb.h"

namespace uow {

// A key that is one handle, or one whole number: those of a group are mostly neighbours.
struct LoneKey {
  bool is_handle = false;
  uint64_t group = 0;   // the table, and the writer of a handle
  uint64_t number = 0;  // the handle's counter; a negative number as its two's complement
};

// The identity of an entity within a fold: the same for equal keys of one table. Begin it, then append each value of the key.
class EntityIdentity {
 public:
  // Forgets what was there.
  void Begin(uint32_t table);
  void Append(const HandleBook::Id& handle);
  // Canonical, and no handle.
  void Append(const v1::Value& value);

  // Equal where the identity is.
  const std::string& bytes() const { return bytes_; }
  bool operator==(const EntityIdentity& other) const { return bytes_ == other.bytes_; }
  // Null for a key of anything else.
  const LoneKey* lone() const { return parts_ == 1 && is_lone_ ? &lone_ : nullptr; }

 private:
  uint32_t table_ = 0;
  uint32_t parts_ = 0;
  bool is_lone_ = false;  // the last part
  LoneKey lone_;
  std::string bytes_;
};

}  // namespace uow
