#include "journal/handle_book.h"

#include "journal/errors.h"

namespace uow {

HandleBook::Id HandleBook::Identify(absl::string_view writer, v1::Handle& handle) {
  if (handle.writer().empty()) handle.set_writer(writer.data(), writer.size());
  if (last_writer_ != handle.writer() || writers_.empty()) {
    last_writer_ = handle.writer();
    last_writer_id_ = writers_.try_emplace(last_writer_, writers_.size()).first->second;
  }
  return {last_writer_id_, handle.counter()};
}

absl::StatusOr<HandleState> HandleBook::Resolve(const Id& id, v1::Value& value) {
  if (auto created = created_.find(id); created != created_.end()) {
    return created->second == kNoOwner ? HandleState::kDropped : HandleState::kOpen;
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
  const uint32_t* current = FindOwner(handle);
  if (current == nullptr || *current != owner) return;
  created_[{writers_[handle.writer()], handle.counter()}] = kNoOwner;
  any_dropped_ = true;
}

bool HandleBook::IsOpen(const v1::Handle& handle) const {
  if (!any_dropped_) return true;
  const uint32_t* owner = FindOwner(handle);
  return owner != nullptr && *owner != kNoOwner;
}

const uint32_t* HandleBook::FindOwner(const v1::Handle& handle) const {
  auto writer = writers_.find(handle.writer());
  if (writer == writers_.end()) return nullptr;
  auto created = created_.find(Id(writer->second, handle.counter()));
  return created == created_.end() ? nullptr : &created->second;
}

}  // namespace uow
