#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "journal/paged_index.h"
#include "journal/writer_numbers.h"
#include "uow/v1/value.pb.h"

namespace uow {

// What a running save has generated so far: keys by handle, with its writer filled in, and versions of rows by change.
class HandleMap {
 public:
  // Room for so many more keys.
  void Reserve(size_t keys) {
    keys_.reserve(keys_.size() + keys);
    places_.Reserve(keys_.size() + keys);
  }
  void Set(const v1::Handle& handle, v1::Value key) {
    uint32_t& place = places_.At(writers_.Add(handle.writer()), handle.counter());
    if (place == HandleIndex::kNone) {
      place = static_cast<uint32_t>(keys_.size());
      keys_.emplace_back();
    }
    keys_[place] = std::move(key);
  }
  // Null where the handle has no key yet.
  const v1::Value* Find(const v1::Handle& handle) const {
    const uint32_t place = places_.Find(writers_.Find(handle.writer()), handle.counter());
    return place == HandleIndex::kNone ? nullptr : &keys_[place];
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
  WriterNumbers writers_;
  HandleIndex places_;  // in keys_, by writer
  std::vector<v1::Value> keys_;
  absl::flat_hash_map<size_t, v1::Value> versions_;
};

}  // namespace uow
