#include "journal/fold.h"

#include <utility>

#include "journal/fold_state.h"

namespace uow {

struct Fold::Impl {
  FoldState state;
};

Fold::Fold(SchemaRef schema, HandleResolver resolver, VersionResolver versions)
    : impl_(new Impl{FoldState(std::move(schema), std::move(resolver), std::move(versions))}) {}
Fold::~Fold() = default;

void Fold::Expect(uint64_t events) { impl_->state.Expect(events); }

absl::Status Fold::Add(uint64_t offset, absl::string_view writer, v1::Event event) { return Take(offset, writer, event); }

absl::Status Fold::Take(uint64_t offset, absl::string_view writer, v1::Event& event) {
  return impl_->state.Add(offset, writer, event);
}

absl::StatusOr<std::vector<v1::NetChange>> Fold::Finish() { return impl_->state.Finish(); }

}  // namespace uow
