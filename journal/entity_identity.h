#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "journal/handle_book.h"

namespace uow {

// The identity of an entity within a fold: bytes that are equal for equal keys of one table. Begin it, then append each value of
// the key: a handle by its id, any other by AppendValueBytes.
void BeginIdentity(uint32_t table, std::string& identity);
void AppendIdentity(const HandleBook::Id& handle, std::string& identity);

// A key that is one handle, or one whole number: those of a group are mostly neighbours.
struct LoneKey {
  bool is_handle = false;
  uint64_t group = 0;   // the table, and the writer of a handle
  uint64_t number = 0;  // the handle's counter; a negative number as its two's complement
};

// Nothing for an identity whose key is anything else.
std::optional<LoneKey> LoneKeyOf(absl::string_view identity);

}  // namespace uow
