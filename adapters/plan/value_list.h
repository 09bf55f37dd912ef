#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "uow/v1/value.pb.h"

namespace uow {

// The values of one row, where they are: mostly in the change that the row comes from. Both those and the list itself (ValueStore)
// outlive it.
class ValueList {
 public:
  class Iterator {
   public:
    explicit Iterator(const v1::Value* const* at) : at_(at) {}
    const v1::Value& operator*() const { return **at_; }
    const v1::Value* operator->() const { return *at_; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const v1::Value* const* at_;
  };

  ValueList() = default;
  ValueList(const v1::Value* const* first, size_t size) : first_(first), size_(size) {}

  size_t size() const { return size_; }
  const v1::Value& operator[](size_t i) const { return *first_[i]; }
  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(first_ + size_); }

 private:
  const v1::Value* const* first_ = nullptr;
  size_t size_ = 0;
};

// The values of a step's rows, one row after the other.
struct ValueStore {
  std::vector<const v1::Value*> listed;
  std::deque<v1::Value> made;  // those that no change has: parked ones, versions
};

}  // namespace uow
