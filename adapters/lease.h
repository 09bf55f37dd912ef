#pragma once

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "adapters/target.h"
#include "journal/errors.h"

namespace uow {

// A connection that goes back to its target.
class Lease {
 public:
  static absl::StatusOr<Lease> Take(Target& target) {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, target.Acquire());
    return Lease(target, std::move(connection));
  }
  Lease(Lease&&) = default;
  ~Lease() {
    if (connection_ != nullptr) target_->Release(std::move(connection_));
  }
  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }

 private:
  Lease(Target& target, std::unique_ptr<Connection> connection) : target_(&target), connection_(std::move(connection)) {}

  Target* target_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace uow
