#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "journal/net_entity.h"
#include "uow/v1/event.pb.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// A place for an entity of a fold; may be empty. Most entities have one event in a range: such a one is kept as the net change that
// its event amounts to, which costs little, and becomes a NetEntity when somebody looks at it.
class FoldEntity {
 public:
  explicit operator bool() const { return !std::holds_alternative<std::monostate>(state_); }
  // Of places that aren't empty.
  NetEntity& operator*() const { return Open(); }
  NetEntity* operator->() const { return &Open(); }
  uint64_t first_offset() const;
  // Whether nobody has looked since Keep.
  bool kept() const { return std::holds_alternative<v1::NetChange>(state_); }

  template <typename... Args>
  void emplace(Args&&... args) {
    state_.emplace<NetEntity>(std::forward<Args>(args)...);
  }
  // Takes the key and the fields, which are canonical and in order of column, out of the entity's first event.
  void Keep(v1::ChangeKind kind, uint64_t offset, v1::Event& event, std::optional<v1::Value> version);
  void reset() { state_.emplace<std::monostate>(); }

  // The net change, and leaves the place empty; none if every column is back at its original.
  std::optional<v1::NetChange> Take();

 private:
  NetEntity& Open() const;

  mutable std::variant<std::monostate, v1::NetChange, NetEntity> state_;
};

}  // namespace uow
