#pragma once

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "uow/v1/value.pb.h"

namespace uow {

// The keys that a running save has generated so far, by handle. Handles have their writer filled in.
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
};

}  // namespace uow
