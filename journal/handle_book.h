#pragma once

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "journal/fold.h"
#include "journal/paged_index.h"
#include "journal/writer_numbers.h"
#include "uow/v1/value.pb.h"

namespace uow {

// What a fold knows of a handle.
enum class HandleState {
  kUnknown,   // neither created in the range nor resolved
  kOpen,      // created in the range
  kDropped,   // created in the range, and deleted again
  kResolved,  // an earlier save generated its key
};

// The handles of a fold: who they belong to and what became of them. Not thread-safe.
class HandleBook {
 public:
  // A handle with its writer as a small number.
  using Id = std::pair<uint32_t, uint64_t>;

  explicit HandleBook(HandleResolver resolver) : resolver_(std::move(resolver)) {}

  // The handle's id, with `writer` filled in where it has none.
  Id Identify(absl::string_view writer, v1::Handle& handle);
  // What became of the handle in `value`; a resolved one is replaced by its key.
  absl::StatusOr<HandleState> Resolve(const Id& id, v1::Value& value);

  // The handle is the key of an entity that the range created. `owner` is the caller's number for that entity.
  void Open(const Id& id, uint32_t owner) { owners_.At(id.first, id.second) = owner; }
  // The entity `owner` is gone; does nothing where the handle is another's. The handle's writer is filled in.
  void Drop(const v1::Handle& handle, uint32_t owner);
  // Whether any handle was dropped.
  bool any_dropped() const { return any_dropped_; }
  // Whether a handle that Resolve found open still is. Its writer is filled in.
  bool IsOpen(const v1::Handle& handle) const;

 private:
  static constexpr uint32_t kDropped = HandleIndex::kNone - 1;

  // The owner of a handle that the range created, or kDropped; HandleIndex::kNone for others. Its writer is filled in.
  uint32_t OwnerOf(const v1::Handle& handle) const;

  HandleResolver resolver_;
  WriterNumbers writers_;
  HandleIndex owners_;  // of handles that the range created, by writer
  bool any_dropped_ = false;
  absl::flat_hash_map<Id, v1::Value> resolved_;  // what the resolver said, for a parent has many children
};

}  // namespace uow
