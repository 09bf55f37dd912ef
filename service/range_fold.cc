#include "service/range_fold.h"

#include <algorithm>
#include <utility>

#include "journal/errors.h"

namespace uow {
namespace {

// What an event with a few small fields takes in a fold beside its bytes: the messages of its key and fields, and the fold's
// indexes.
constexpr uint64_t kEventMemory = 512;

// Nothing saved, nothing resolved: spares a look-up in the journal for every row that is created.
HandleResolver HandlesOf(Journal& journal, const SessionId& session, bool saved_before) {
  return [&journal, session, saved_before](const v1::Handle& handle, v1::Value& value) -> absl::StatusOr<bool> {
    if (!saved_before) return false;
    return journal.ResolveHandle(session, handle, value);
  };
}

VersionResolver VersionsOf(Journal& journal, const SessionId& session, bool saved_before) {
  if (!saved_before) return nullptr;
  return [&journal, session](uint32_t table, absl::Span<const v1::Value> key, SavedVersion& saved) {
    return journal.ResolveVersion(session, table, key, saved);
  };
}

}  // namespace

RangeFold::RangeFold(Journal& journal, const SessionId& session, SchemaRef schema, uint64_t from)
    : journal_(journal),
      session_(session),
      from_(from),
      at_(from),
      fold_(std::move(schema), HandlesOf(journal, session, from > 0), VersionsOf(journal, session, from > 0)) {}

absl::Status RangeFold::Advance(const ResolvedPosition& to, uint64_t* room) {
  if (at_ == from_ && to.offset > at_) fold_.Expect(to.offset - at_);
  bool full = false;
  absl::Status status =
      journal_.ReadEvents(session_, at_, to.offset, to.epoch,
                          [&](uint64_t offset, absl::string_view writer, uint64_t sequence, absl::Time time, v1::Event& event) {
                            if (room != nullptr) {
                              full = *room == 0;
                              if (full) return absl::ResourceExhaustedError("no room is left");
                              *room -= std::min<uint64_t>(*room, kEventMemory + event.ByteSizeLong());
                            }
                            UOW_RETURN_IF_ERROR(fold_.Take(offset, writer, event));
                            at_ = offset + 1;
                            return absl::OkStatus();
                          });
  return full ? absl::OkStatus() : status;
}

absl::StatusOr<std::vector<v1::NetChange>> FoldRange(Journal& journal, const SessionId& session, const SchemaRef& schema,
                                                     uint64_t from, const ResolvedPosition& to) {
  RangeFold fold(journal, session, schema, from);
  UOW_RETURN_IF_ERROR(fold.Advance(to));
  return fold.Finish();
}

}  // namespace uow
