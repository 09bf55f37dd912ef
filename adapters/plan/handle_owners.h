#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "journal/paged_index.h"
#include "journal/schema_index.h"
#include "journal/writer_numbers.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// Which inserted row generates the key behind each handle of the changes.
class HandleOwners {
 public:
  // `inserts` are indexes into `changes`; all outlive the owners.
  HandleOwners(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const std::vector<size_t>& inserts);

  // Finds the owners, and checks that every handle of the changes has exactly one. HANDLE_UNKNOWN, ENTITY_EXISTS; NOT_SUPPORTED for
  // a row with two generated key columns.
  absl::Status Find();

  // The place in the primary key of the column that an inserted row generates, or -1. `row` is a position in `inserts`.
  int generated(size_t row) const { return generated_[row]; }
  // The owner's position in `inserts`.
  uint32_t OwnerOf(const v1::Handle& handle) const { return owners_.Find(writers_.Find(handle.writer()), handle.counter()); }

 private:
  absl::Status Own(uint32_t row, int key, bool alone);
  absl::Status CheckHandles(const v1::NetChange& change) const;

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const std::vector<size_t>& inserts_;
  WriterNumbers writers_;
  HandleIndex owners_;  // by writer
  std::vector<int> generated_;
};

// "table (1, 'x')", for messages.
std::string DescribeRow(const SchemaIndex& schema, const v1::NetChange& change);

// ROW_CYCLE naming rows that can't be brought into an order.
absl::Status CycleError(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const std::vector<size_t>& rows,
                        absl::string_view advice);

}  // namespace uow
