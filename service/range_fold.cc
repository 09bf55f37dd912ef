#include "service/range_fold.h"

#include "journal/errors.h"
#include "journal/fold.h"

namespace uow {

absl::StatusOr<std::vector<v1::NetChange>> FoldRange(Journal& journal, const SessionId& session, const SchemaRef& schema,
                                                     uint64_t from, uint64_t to, std::optional<uint64_t> epoch) {
  // Nothing saved, nothing resolved: spares a look-up in the journal for every row that is created.
  const bool saved_before = from > 0;
  auto resolve = [&](const v1::Handle& handle, v1::Value& value) -> absl::StatusOr<bool> {
    if (!saved_before) return false;
    return journal.ResolveHandle(session, handle, value);
  };
  VersionResolver versions;
  if (saved_before) {
    versions = [&](uint32_t table, absl::Span<const v1::Value> key, SavedVersion& saved) {
      return journal.ResolveVersion(session, table, key, saved);
    };
  }
  Fold fold(schema, resolve, versions);
  if (to > from) fold.Expect(to - from);
  UOW_RETURN_IF_ERROR(journal.ReadEvents(session, from, to, epoch,
                                         [&](uint64_t offset, absl::string_view writer, uint64_t sequence, absl::Time time,
                                             v1::Event& event) { return fold.Take(offset, writer, event); }));
  return fold.Finish();
}

}  // namespace uow
