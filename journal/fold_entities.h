#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "journal/net_entity.h"
#include "uow/v1/event.pb.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// The entities of a fold, by number; the numbers of those that went are given again. Most entities have one event in a range: such
// a one is kept as the net change that its event amounts to, which costs little, and becomes a NetEntity when somebody looks at it.
class FoldEntities {
 public:
  // Room for so many.
  void Reserve(size_t entities);

  // All numbers are below.
  size_t size() const { return places_.size(); }
  // The number that the next entity gets.
  uint32_t next() const { return free_.empty() ? static_cast<uint32_t>(places_.size()) : free_.back(); }
  bool has(uint32_t number) const { return places_[number].opened != nullptr || places_[number].kept != kNone; }
  // An entity that is there. The reference holds until it goes.
  NetEntity& operator[](uint32_t number) const { return places_[number].opened ? *places_[number].opened : Open(places_[number]); }
  // Whether the entity is there, and nobody has looked since Keep.
  bool kept(uint32_t number) const { return places_[number].kept != kNone; }

  // Adds the entity of a first event, whose key and fields, canonical and in order of column, are taken out of it.
  uint32_t Keep(v1::ChangeKind kind, uint64_t offset, v1::Event& event, std::optional<v1::Value> version);
  uint32_t Add(NetEntity entity);
  void Remove(uint32_t number);

  // The numbers of those that are there, in order of their first events.
  std::vector<uint32_t> InOrder() const;
  // Whether all of them are kept, and none ever went.
  bool all_kept() const { return !touched_; }
  // The net changes of the entities, in their order, without those whose columns are all back at their originals; of all_kept()
  // ones, of all. Nothing is left.
  std::vector<v1::NetChange> Take(const std::vector<uint32_t>& order);
  std::vector<v1::NetChange> TakeAllKept();

 private:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  struct Place {
    uint32_t kept = kNone;  // index
    std::unique_ptr<NetEntity> opened;
  };

  uint32_t Claim();
  NetEntity& Open(Place& place) const;
  uint64_t first_offset(uint32_t number) const;

  mutable std::vector<Place> places_;
  mutable std::vector<v1::NetChange> kept_;
  mutable bool touched_ = false;  // by anything but Keep
  std::vector<uint32_t> free_;
};

}  // namespace uow
