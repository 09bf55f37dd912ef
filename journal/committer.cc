#include "journal/committer.h"

#include <utility>

#include "journal/errors.h"

namespace uow {
Committer::Committer(RocksStore& store, const RocksJournalOptions& options, Clock& clock, std::function<void()> on_durable)
    : queue_(options.queue_bytes), group_(store, options, clock), on_durable_(std::move(on_durable)), thread_([this] { Loop(); }) {}

Committer::~Committer() {
  queue_.Close();
  thread_.join();
}

bool Committer::Submit(const std::shared_ptr<CommandSource>& source, Command command) {
  // Hashed here, so that the one committer has that much less to do.
  uint64_t hash = HashCommand(command);
  return queue_.Push({.source = source, .command = std::move(command), .hash = hash});
}

absl::Status Committer::Run(const SessionId& session, std::function<absl::Status(GroupCommit&)> run) {
  Call call(session, std::move(run));
  queue_.PushCall(call);
  return call.Wait();
}

void Committer::Shutdown() {
  // What came before is done when a call that came after is answered. It is refused, which is of no interest.
  queue_.Refuse();
  Run(SessionId{}, [](GroupCommit&) { return absl::OkStatus(); }).IgnoreError();
}

void Committer::Loop() {
  std::vector<QueueItem> items;
  while (queue_.Take(items)) {
    for (QueueItem& item : items) Process(item);
    FinishGroup();
    items.clear();
    queue_.Done();
  }
}

void Committer::Process(QueueItem& item) {
  if (item.call != nullptr) return ProcessCall(*item.call, item.refused);
  if (item.source->progress().failed) return;
  absl::Status status = item.refused ? JournalShuttingDown() : ProcessCommand(item);
  if (!status.ok()) Fail(*item.source, item.command.sequence, status);
}

void Committer::ProcessCall(Call& call, bool refused) {
  if (group_.IsStaged(call.session())) FinishGroup();
  absl::Status status = refused ? JournalShuttingDown() : call.Run(group_);
  outcomes_.push_back({.failure = std::move(status), .call = &call});
}

absl::Status Committer::ProcessCommand(QueueItem& item) {
  CommandSource& source = *item.source;
  UOW_ASSIGN_OR_RETURN(CachedSession * cached, group_.Load(source.session()));
  UOW_RETURN_IF_ERROR(cached->session.CheckOpen(group_.now_us()));
  UOW_ASSIGN_OR_RETURN(WriterState * writer, cached->session.FindWriter(source.writer()));
  UOW_ASSIGN_OR_RETURN(Effect effect, cached->session.Decide(*writer, item.command, item.hash));
  if (effect.kind == Effect::Kind::kRollback && cached->staged) {
    // A truncation works on what is in the store.
    FinishGroup();
    return ProcessCommand(item);
  }
  if (effect.kind != Effect::Kind::kRetry) {
    UOW_RETURN_IF_ERROR(group_.StageCommand(*cached, *writer, item.command, item.hash, effect));
  }
  Acknowledge(source, item.command.sequence, effect, cached->session.state().saved);
  return absl::OkStatus();
}

Committer::Outcome& Committer::OutcomeOf(CommandSource& source) {
  CommandSource::Progress& progress = source.progress();
  if (progress.group != group_.number()) {
    progress.group = group_.number();
    progress.slot = outcomes_.size();
    outcomes_.push_back({.source = &source});
  }
  return outcomes_[progress.slot];
}

void Committer::Acknowledge(CommandSource& source, uint64_t sequence, const Effect& effect, uint64_t saved) {
  v1::Ack& ack = OutcomeOf(source).ack;
  ack.set_sequence(sequence);
  ack.set_offset(effect.offset);
  ack.set_epoch(effect.epoch);
  ack.set_saved(saved);
}

void Committer::Fail(CommandSource& source, uint64_t sequence, const absl::Status& status) {
  source.progress().failed = true;
  Outcome& outcome = OutcomeOf(source);
  outcome.failed_sequence = sequence;
  v1::ErrorDetail detail = DetailOf(status).value_or(v1::ErrorDetail());
  detail.set_sequence(sequence);
  outcome.failure = WithDetail(status, detail);
}

void Committer::FinishGroup() {
  if (group_.Write()) on_durable_();
  for (Outcome& outcome : outcomes_) {
    if (outcome.call != nullptr) {
      outcome.call->Finish(std::move(outcome.failure));
      continue;
    }
    if (outcome.ack.sequence() > 0) outcome.source->OnCommitted(outcome.ack);
    if (!outcome.failure.ok()) outcome.source->OnFailed(outcome.failed_sequence, outcome.failure);
  }
  outcomes_.clear();
}

}  // namespace uow
