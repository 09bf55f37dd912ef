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

// The handle that is all of a key, and its table and writer as one number.
struct LoneHandle {
  uint64_t group = 0;
  uint64_t counter = 0;
};

// Nothing for an identity whose key is anything else.
std::optional<LoneHandle> LoneHandleOf(absl::string_view identity);

}  // namespace uow
