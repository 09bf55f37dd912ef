#include "tests/bench/by_hand.h"

#include <chrono>

#include "journal/errors.h"

namespace uow::bench {

absl::StatusOr<double> ByHand::Transaction(absl::FunctionRef<absl::Status()> statements) {
  const auto start = std::chrono::steady_clock::now();
  UOW_RETURN_IF_ERROR(Run(begin()));
  UOW_RETURN_IF_ERROR(statements());
  UOW_RETURN_IF_ERROR(Run("COMMIT"));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

absl::StatusOr<double> ByHand::Insert(const Shop& shop) {
  return Transaction([&]() -> absl::Status {
    UOW_ASSIGN_OR_RETURN(Keys customers, InsertCustomers(shop));
    UOW_ASSIGN_OR_RETURN(Keys orders, InsertOrders(shop, customers));
    UOW_ASSIGN_OR_RETURN(Keys items, InsertItems(shop, orders));
    return items.size() == shop.items.size() ? absl::OkStatus() : absl::InternalError("not all items were inserted");
  });
}

absl::StatusOr<double> ByHand::Update(KeyRange items) {
  return Transaction([&] { return UpdateItems(items); });
}

absl::StatusOr<double> ByHand::UpdateVersioned(KeyRange stock) {
  return Transaction([&] { return UpdateStock(stock); });
}

absl::StatusOr<double> ByHand::Delete(KeyRange items) {
  return Transaction([&] { return DeleteItems(items); });
}

absl::StatusOr<double> ByHand::Mix(const Shop& added, KeyRange updated, KeyRange deleted) {
  return Transaction([&]() -> absl::Status {
    UOW_RETURN_IF_ERROR(InsertItems(added, {1}).status());
    UOW_RETURN_IF_ERROR(UpdateItems(updated));
    return DeleteItems(deleted);
  });
}

}  // namespace uow::bench
