#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "uow/table.h"

namespace uow::inline client {

// Where an entity stands in its session.
enum class EntityLife {
  kLive,      // a row, or one to be
  kErased,    // deleted in this session; a rollback brings it back
  kDetached,  // its creation was rolled back: reads work, writes fail
};

namespace internal {

absl::Status SetColumns(const EntityPtr& entity, const std::vector<Operand>& values);
absl::StatusOr<v1::Value> GetColumn(const EntityPtr& entity, uint32_t column);
absl::StatusOr<EntityPtr> FollowColumn(const EntityPtr& entity, uint32_t column);
EntityLife LifeOf(const EntityPtr& entity);
bool HasKey(const EntityPtr& entity);

}  // namespace internal

// A row of table T in a session: one object per row, however often and by whichever name it is looked up. A small handle; copies
// are the same entity. To be used by the session's thread only, and no longer than the session lives.
template <typename T>
class Entity {
 public:
  explicit Entity(internal::EntityPtr state) : state_(std::move(state)) {}

  // Changes one column. Setting the value that it has is no change. Columns of the key can't be set.
  // FAILED_PRECONDITION for an erased or detached entity, INVALID_ARGUMENT for a value that the column can't hold,
  // RESOURCE_EXHAUSTED where too much is unacknowledged; then nothing has changed. Further errors: those of Session's changes.
  template <typename C, typename A>
  requires std::same_as<typename C::TableType, T> &&(C::kRole == kPlain || C::kRole == kHasDefault) &&
      WritableFrom<typename C::ValueType, A> absl::Status set(const C& column, A&& value) {
    return set(column = std::forward<A>(value));
  }

  // Changes several columns at once: `entity.set(Country::name = "Aruba", Country::alpha3 = "ABW")`.
  template <typename... Cs>
  requires(sizeof...(Cs) > 0) && internal::AllDifferent<Cs...>::value &&
      ((Cs::kRole == kPlain || Cs::kRole == kHasDefault) && ...) absl::Status set(Assignment<T, Cs>... values) {
    return internal::SetColumns(state_, {std::move(values.operand)...});
  }

  // The column's value in memory. For a reference: the key of the entity referred to. FAILED_PRECONDITION where it isn't known: a
  // column that was not loaded or is filled in by the database, or a key that the database will generate at the next save.
  template <typename C>
  requires std::same_as<typename C::TableType, T> absl::StatusOr<typename internal::Conversion<typename C::ValueType>::Result> get(
      const C&)
  const {
    absl::StatusOr<v1::Value> value = internal::GetColumn(state_, C::Index());
    if (!value.ok()) return value.status();
    return internal::Conversion<typename C::ValueType>::Decode(*value);
  }

  // The entity that a reference to a primary key refers to, also where its key isn't generated yet; none for NULL. One that the
  // session doesn't know is attached by its key, without loaded values.
  template <typename C>
  requires std::same_as<typename C::TableType, T> &&(!std::is_void_v<typename internal::RefTarget<typename C::ValueType>::Type>)
      absl::StatusOr<std::optional<Entity<typename internal::RefTarget<typename C::ValueType>::Type>>> follow(const C&) const {
    using Target = Entity<typename internal::RefTarget<typename C::ValueType>::Type>;
    absl::StatusOr<internal::EntityPtr> target = internal::FollowColumn(state_, C::Index());
    if (!target.ok()) return target.status();
    return *target == nullptr ? std::optional<Target>() : std::optional<Target>(Target(*std::move(target)));
  }

  EntityLife life() const { return internal::LifeOf(state_); }
  bool live() const { return life() == EntityLife::kLive; }
  // Whether every column of its key has a value; false until a save has generated it.
  bool has_key() const { return internal::HasKey(state_); }

  // The same row of the same session.
  friend bool operator==(const Entity&, const Entity&) = default;

  // For the library's own use.
  const internal::EntityPtr& state() const { return state_; }

 private:
  internal::EntityPtr state_;
};

}  // namespace uow::inline client
