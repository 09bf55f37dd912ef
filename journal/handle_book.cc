#include "journal/handle_book.h"

#include "journal/errors.h"

namespace uow {

HandleBook::Id HandleBook::Identify(absl::string_view writer, v1::Handle& handle) {
  if (handle.writer().empty()) handle.set_writer(writer.data(), writer.size());
  return {writers_.Add(handle.writer()), handle.counter()};
}

absl::StatusOr<HandleState> HandleBook::Resolve(const Id& id, v1::Value& value) {
  if (const uint32_t owner = owners_.Find(id.first, id.second); owner != HandleIndex::kNone) {
    return owner == kDropped ? HandleState::kDropped : HandleState::kOpen;
  }
  auto resolved = resolved_.find(id);
  if (resolved == resolved_.end()) {
    v1::Value key;
    UOW_ASSIGN_OR_RETURN(bool found, resolver_(value.handle_value(), key));
    if (!found) return HandleState::kUnknown;
    resolved = resolved_.emplace(id, std::move(key)).first;
  }
  value = resolved->second;
  return HandleState::kResolved;
}

void HandleBook::Drop(const v1::Handle& handle, uint32_t owner) {
  if (OwnerOf(handle) != owner) return;
  owners_.At(writers_.Find(handle.writer()), handle.counter()) = kDropped;
  any_dropped_ = true;
}

bool HandleBook::IsOpen(const v1::Handle& handle) const {
  if (!any_dropped_) return true;
  const uint32_t owner = OwnerOf(handle);
  return owner != HandleIndex::kNone && owner != kDropped;
}

uint32_t HandleBook::OwnerOf(const v1::Handle& handle) const {
  return owners_.Find(writers_.Find(handle.writer()), handle.counter());
}

}  // namespace uow
