#pragma once

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "uow/v1/value.pb.h"

namespace uow {

// What a running save has generated so far: keys by handle, with its writer filled in, and versions of rows by change.
class HandleMap {
 public:
  void Set(const v1::Handle& handle, v1::Value key) { keys_[{handle.writer(), handle.counter()}] = std::move(key); }
  // Null where the handle has no key yet.
  const v1::Value* Find(const v1::Handle& handle) const {
    auto it = keys_.find(std::pair<absl::string_view, uint64_t>(handle.writer(), handle.counter()));
    return it == keys_.end() ? nullptr : &it->second;
  }
  // The value itself, or the key that stands behind its handle; null where that has no key yet.
  const v1::Value* Resolve(const v1::Value& value) const {
    return value.kind_case() == v1::Value::kHandleValue ? Find(value.handle_value()) : &value;
  }
  size_t size() const { return keys_.size(); }

  // The version that the database gave the row of a change (StepRow::change).
  void SetVersion(size_t change, v1::Value version) { versions_[change] = std::move(version); }
  // Null where there is none.
  const v1::Value* FindVersion(size_t change) const {
    auto it = versions_.find(change);
    return it == versions_.end() ? nullptr : &it->second;
  }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(const std::pair<absl::string_view, uint64_t>& key) const { return absl::HashOf(key.first, key.second); }
  };
  struct Eq {
    using is_transparent = void;
    bool operator()(const std::pair<absl::string_view, uint64_t>& a, const std::pair<absl::string_view, uint64_t>& b) const {
      return a == b;
    }
  };
  absl::flat_hash_map<std::pair<std::string, uint64_t>, v1::Value, Hash, Eq> keys_;
  absl::flat_hash_map<size_t, v1::Value> versions_;
};

}  // namespace uow
