#pragma once

#include <vector>

#include "uow/v1/value.pb.h"

namespace uow {

// A row's version after the session's last save of it.
struct SavedVersion {
  v1::Value version;
  // Versions that the session's saves replaced by it, one after the other: a change based on one of them is based on this one.
  std::vector<v1::Value> replaced;
};

}  // namespace uow
