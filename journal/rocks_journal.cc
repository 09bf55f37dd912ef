#include "journal/rocks_journal.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "journal/rocks_journal_impl.h"
#include "journal/rocks_lookup.h"

namespace uow {
namespace {

constexpr size_t kMaxCachedSchemas = 64;

Clock& MachineClock() {
  static SystemClock clock;
  return clock;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> OpenRocksJournal(const RocksJournalOptions& options) {
  UOW_ASSIGN_OR_RETURN(std::unique_ptr<RocksStore> store, RocksStore::Open(options));
  return std::make_unique<RocksJournal>(std::move(store), options);
}

RocksJournal::RocksJournal(std::unique_ptr<RocksStore> store, const RocksJournalOptions& options)
    : clock_(options.clock != nullptr ? *options.clock : MachineClock()),
      store_(std::move(store)),
      committer_(*store_, options, clock_, [this] { durable_.Notify(); }) {}

absl::Status RocksJournal::PutSchema(const SchemaRef& schema) {
  absl::Status stored = committer_.Run(SessionId{}, [&](GroupCommit& group) -> absl::Status {
    rocksdb::PinnableSlice value;
    UOW_ASSIGN_OR_RETURN(bool found, store_->Get(Family::kSchemas, schema->id(), value));
    if (found) return absl::OkStatus();
    UOW_RETURN_IF_ERROR(group.CheckSpace());
    group.batch().Put(store_->handle(Family::kSchemas), schema->id(), EncodeVersioned(schema->proto().SerializeAsString()));
    return absl::OkStatus();
  });
  return stored;
}

absl::StatusOr<SchemaRef> RocksJournal::GetSchema(absl::string_view id) {
  {
    MutexLock lock(schemas_mutex_);
    if (auto found = schemas_.find(id); found != schemas_.end()) return found->second;
  }
  rocksdb::PinnableSlice value;
  std::string key(id);
  UOW_ASSIGN_OR_RETURN(bool found, store_->Get(Family::kSchemas, key, value));
  if (!found) {
    return MakeError(v1::ERROR_REASON_SCHEMA_NOT_FOUND, absl::StrCat("no schema \"", id, "\" is registered; register it"));
  }
  absl::string_view bytes;
  v1::Schema proto;
  if (!DecodeVersioned(AsView(value), bytes) || !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return store_->Corrupt(Family::kSchemas, id, "the record is malformed");
  }
  UOW_ASSIGN_OR_RETURN(SchemaRef schema, SchemaIndex::Create(std::move(proto)));
  MutexLock lock(schemas_mutex_);
  if (schemas_.size() >= kMaxCachedSchemas) schemas_.clear();
  schemas_[key] = schema;
  return schema;
}

bool RocksJournal::Submit(const std::shared_ptr<CommandSource>& source, Command command) {
  return committer_.Submit(source, std::move(command));
}

void RocksJournal::WhenReady(std::function<void()> ready) { committer_.WhenReady(std::move(ready)); }

void RocksJournal::Shutdown() {
  committer_.Shutdown();
  durable_.Close();
}

absl::StatusOr<WriterInfo> RocksJournal::GetWriter(const SessionId& id, const std::string& writer, std::optional<uint64_t> epoch) {
  WriterInfo info;
  SessionState state;
  // In its turn, so that what an older stream of the writer has queued counts.
  UOW_RETURN_IF_ERROR(committer_.Run(id, [&](GroupCommit& group) -> absl::Status {
    UOW_ASSIGN_OR_RETURN(CachedSession * cached, group.Load(id));
    state = cached->session.state();
    if (state.ExpiredAt(group.now_us())) return SessionNotFound(id);
    UOW_ASSIGN_OR_RETURN(WriterState * found, cached->session.FindWriter(writer));
    info.last_sequence = found->last_sequence;
    info.last_handle_counter = found->last_handle;
    if (epoch && *epoch < state.epoch) {
      UOW_ASSIGN_OR_RETURN(info.stale, cached->session.Missed(*found, *epoch));
    }
    return absl::OkStatus();
  }));
  UOW_ASSIGN_OR_RETURN(info.session, Describe(id, state));
  return info;
}

absl::StatusOr<ResolvedPosition> RocksJournal::WaitForCommand(const SessionId& id, const std::string& writer, uint64_t sequence,
                                                              uint64_t epoch, absl::Time deadline) {
  while (true) {
    uint64_t ticket = durable_.Ticket();
    absl::Cleanup leave = [this] { durable_.Leave(); };
    UOW_ASSIGN_OR_RETURN(std::optional<ResolvedPosition> found, FindCommand(id, writer, sequence, epoch));
    if (found) return *found;
    switch (durable_.WaitAfter(ticket, deadline)) {
      case DurableSignal::Woken::kCommitted:
        break;
      case DurableSignal::Woken::kTimedOut:
        return absl::DeadlineExceededError(
            absl::StrCat("command ", sequence, " of writer ", writer, " didn't arrive before the call's deadline"));
      case DurableSignal::Woken::kClosed:
        return JournalShuttingDown();
    }
  }
}

}  // namespace uow
