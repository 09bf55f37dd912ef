#include "journal/session.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow {
namespace {

constexpr size_t kMaxCheckpointName = 255;

absl::Status SequenceError(v1::ErrorReason reason, uint64_t sequence, absl::string_view message) {
  v1::ErrorDetail detail;
  detail.set_sequence(sequence);
  return MakeError(reason, absl::StrCat("command ", sequence, ": ", message), detail);
}

absl::Status OffsetError(v1::ErrorReason reason, uint64_t bound, absl::string_view message) {
  v1::ErrorDetail detail;
  detail.set_offset(bound);
  return MakeError(reason, message, detail);
}

absl::Status CheckForm(const Command& command) {
  absl::string_view problem;
  if (const auto* append = std::get_if<AppendAction>(&command.action)) {
    if (append->events == 0) problem = "an append needs at least one event";
  } else if (const auto* checkpoint = std::get_if<CheckpointAction>(&command.action)) {
    if (checkpoint->name.empty() || checkpoint->name.size() > kMaxCheckpointName)
      problem = "a checkpoint's name has 1 to 255 bytes";
  }
  return problem.empty() ? absl::OkStatus() : SequenceError(v1::ERROR_REASON_INVALID_REQUEST, command.sequence, problem);
}

}  // namespace

absl::Status SessionNotFound(const SessionId& id) {
  return MakeError(v1::ERROR_REASON_SESSION_NOT_FOUND,
                   absl::StrCat("no session ", id.ToString(), ": never opened, expired or purged; open a new one"));
}

absl::Status SessionClosed(const SessionId& id) {
  return MakeError(v1::ERROR_REASON_SESSION_CLOSED, absl::StrCat("session ", id.ToString(), " is closed; open a new one"));
}

absl::Status JournalShuttingDown() {
  return MakeError(v1::ERROR_REASON_SHUTTING_DOWN, "the server is shutting down; connect again, the session is still there");
}

absl::Status StalePosition(const SessionState& state, const Truncations& truncations, uint64_t epoch) {
  v1::ErrorDetail detail;
  detail.mutable_stale_epoch()->set_epoch(state.epoch);
  detail.mutable_stale_epoch()->set_truncated_to(truncations.LowestSince(epoch).value_or(state.head));
  return MakeError(v1::ERROR_REASON_STALE_EPOCH,
                   absl::StrCat("the position names epoch ", epoch, ", but the session is in epoch ", state.epoch), detail);
}

absl::Status BeyondHead(uint64_t offset, uint64_t head) {
  return OffsetError(v1::ERROR_REASON_OFFSET_BEYOND_HEAD, head,
                     absl::StrCat("offset ", offset, " is beyond the head, which is ", head));
}

Session::Session(const SessionId& id, SessionState state, Truncations truncations, std::unique_ptr<SessionLookup> lookup)
    : id_(id), state_(std::move(state)), truncations_(std::move(truncations)), lookup_(std::move(lookup)) {}

absl::Status Session::CheckOpen(int64_t now_us) const {
  if (state_.ExpiredAt(now_us)) return SessionNotFound(id_);
  return state_.open ? absl::OkStatus() : SessionClosed(id_);
}

absl::StatusOr<WriterState*> Session::FindWriter(const std::string& name) {
  auto found = writers_.find(name);
  if (found != writers_.end()) return found->second.get();
  UOW_ASSIGN_OR_RETURN(WriterState writer, lookup_->LoadWriter(name));
  return writers_.emplace(name, std::make_unique<WriterState>(std::move(writer))).first->second.get();
}

absl::StatusOr<Effect> Session::Decide(const WriterState& writer, const Command& command, uint64_t hash) {
  if (command.sequence == 0) return SequenceError(v1::ERROR_REASON_INVALID_REQUEST, 0, "sequences begin with 1");
  if (command.sequence <= writer.last_sequence) return DecideRetry(writer, command, hash);
  if (command.sequence != writer.last_sequence + 1) {
    return SequenceError(
        v1::ERROR_REASON_SEQUENCE_GAP, command.sequence,
        absl::StrCat("the last one of writer ", writer.name, " is ", writer.last_sequence, "; attach again and resume from there"));
  }
  UOW_RETURN_IF_ERROR(CheckForm(command));
  if (command.epoch < state_.epoch) return StaleError(writer, command.epoch);
  if (command.epoch > state_.epoch) {
    return SequenceError(v1::ERROR_REASON_INVALID_REQUEST, command.sequence,
                         absl::StrCat("it names epoch ", command.epoch, ", but the session is in epoch ", state_.epoch));
  }
  if (const auto* append = std::get_if<AppendAction>(&command.action)) {
    return Effect{.kind = Effect::Kind::kAppend, .offset = state_.head + append->events, .epoch = state_.epoch};
  }
  if (const auto* checkpoint = std::get_if<CheckpointAction>(&command.action)) return DecideCheckpoint(checkpoint->name);
  return DecideRollback(std::get<RollbackAction>(command.action));
}

absl::StatusOr<Effect> Session::DecideRetry(const WriterState& writer, const Command& command, uint64_t hash) {
  std::optional<CommandNote> note;
  uint64_t age = writer.last_sequence - command.sequence;
  if (age < writer.pending.size()) {
    note = writer.pending[writer.pending.size() - 1 - age];
  } else if (age < kRetryWindow) {
    UOW_ASSIGN_OR_RETURN(note, lookup_->FindCommand(writer.name, command.sequence));
  }
  if (age >= kRetryWindow || !note) {
    return SequenceError(v1::ERROR_REASON_SEQUENCE_TOO_OLD, command.sequence,
                         absl::StrCat("writer ", writer.name, " is at ", writer.last_sequence, ", and only its last ", kRetryWindow,
                                      " commands can be told from new ones"));
  }
  if (note->hash != hash) {
    return SequenceError(v1::ERROR_REASON_SEQUENCE_REUSED, command.sequence,
                         absl::StrCat("writer ", writer.name,
                                      " used this sequence for a different command; two clients share the writer id, or the client "
                                      "numbers its commands wrongly"));
  }
  return Effect{.kind = Effect::Kind::kRetry, .offset = note->offset, .epoch = note->epoch};
}

absl::StatusOr<std::optional<CheckpointPlace>> Session::FindCheckpoint(const std::string& name) {
  if (auto pending = pending_checkpoints_.find(name); pending != pending_checkpoints_.end()) return pending->second;
  UOW_ASSIGN_OR_RETURN(std::optional<CheckpointPlace> place, lookup_->FindCheckpoint(name));
  if (place && pending_rollback_ && pending_rollback_->Drops(*place)) return std::nullopt;
  return place;
}

absl::StatusOr<Effect> Session::DecideCheckpoint(const std::string& name) {
  UOW_ASSIGN_OR_RETURN(std::optional<CheckpointPlace> place, FindCheckpoint(name));
  if (place) {
    return MakeError(v1::ERROR_REASON_CHECKPOINT_EXISTS,
                     absl::StrCat("the session has a checkpoint \"", name, "\"; choose another name or roll back past it"));
  }
  return Effect{.kind = Effect::Kind::kCheckpoint, .offset = state_.head, .epoch = state_.epoch, .ordinal = state_.next_checkpoint};
}

absl::StatusOr<Effect> Session::DecideRollback(const RollbackAction& rollback) {
  Effect effect{.kind = Effect::Kind::kRollback, .epoch = state_.epoch + 1, .ordinal = std::numeric_limits<uint64_t>::max()};
  if (const auto* name = std::get_if<std::string>(&rollback.to)) {
    UOW_ASSIGN_OR_RETURN(std::optional<CheckpointPlace> place, FindCheckpoint(*name));
    if (!place) {
      return MakeError(v1::ERROR_REASON_CHECKPOINT_NOT_FOUND,
                       absl::StrCat("the session has no checkpoint \"", *name, "\": never set, or dropped by a rollback"));
    }
    effect.offset = place->offset;
    effect.ordinal = place->ordinal;
  } else {
    effect.offset = std::get<uint64_t>(rollback.to);
  }
  if (effect.offset > state_.head) return BeyondHead(effect.offset, state_.head);
  if (effect.offset < state_.saved) {
    return OffsetError(v1::ERROR_REASON_ROLLBACK_BELOW_SAVED, state_.saved,
                       absl::StrCat("a rollback to offset ", effect.offset, " goes below what is saved, which is ", state_.saved));
  }
  if (state_.save_stands && effect.offset < state_.pending_to) {
    return OffsetError(v1::ERROR_REASON_SAVE_IN_PROGRESS, state_.pending_to,
                       absl::StrCat("a rollback to offset ", effect.offset, " goes below the range of save \"",
                                    state_.pending_save_id, "\", which ends at ", state_.pending_to, "; wait for it"));
  }
  return effect;
}

void Session::Apply(WriterState& writer, const Command& command, uint64_t hash, const Effect& effect) {
  if (effect.kind == Effect::Kind::kRetry) return;
  if (const auto* append = std::get_if<AppendAction>(&command.action)) {
    if (append->last_handle > writer.last_handle) writer.last_handle = append->last_handle;
  } else if (const auto* checkpoint = std::get_if<CheckpointAction>(&command.action)) {
    pending_checkpoints_[checkpoint->name] = {effect.offset, effect.ordinal};
    state_.next_checkpoint = effect.ordinal + 1;
  } else {
    truncations_.Add(effect.epoch, effect.offset);
    absl::erase_if(pending_checkpoints_, [&effect](const auto& pending) { return effect.Drops(pending.second); });
    pending_rollback_ = effect;
  }
  state_.head = effect.offset;
  state_.epoch = effect.epoch;
  writer.last_sequence = command.sequence;
  if (writer.pending.empty()) pending_writers_.push_back(&writer);
  writer.pending.push_back({hash, effect.offset, effect.epoch});
}

absl::StatusOr<std::optional<v1::StaleEpoch>> Session::Missed(const WriterState& writer, uint64_t epoch) {
  std::optional<uint64_t> lowest = truncations_.LowestSince(epoch);
  if (!lowest) return std::nullopt;
  v1::StaleEpoch missed;
  missed.set_epoch(state_.epoch);
  missed.set_truncated_to(*lowest);
  uint64_t sequence = writer.last_sequence;
  for (auto note = writer.pending.rbegin(); note != writer.pending.rend() && note->offset > *lowest; ++note) --sequence;
  if (sequence + writer.pending.size() == writer.last_sequence) {
    UOW_ASSIGN_OR_RETURN(sequence, lookup_->LastSurviving(writer.name, *lowest));
  }
  missed.set_last_surviving_sequence(sequence);
  return missed;
}

absl::Status Session::StaleError(const WriterState& writer, uint64_t epoch) {
  UOW_ASSIGN_OR_RETURN(std::optional<v1::StaleEpoch> missed, Missed(writer, epoch));
  v1::ErrorDetail detail;
  if (missed) *detail.mutable_stale_epoch() = *missed;
  return MakeError(v1::ERROR_REASON_STALE_EPOCH,
                   absl::StrCat("the command names epoch ", epoch, ", but the session was rolled back to offset ",
                                detail.stale_epoch().truncated_to(), " since and is in epoch ", state_.epoch),
                   detail);
}

void Session::ForgetPending() {
  for (WriterState* writer : pending_writers_) writer->pending.clear();
  pending_writers_.clear();
  pending_checkpoints_.clear();
  pending_rollback_.reset();
}

size_t Session::ApproximateBytes() const {
  return sizeof(Session) + 256 + truncations_.entries().capacity() * sizeof(Truncations::Entry) +
         writers_.size() * (sizeof(WriterState) + 256);
}

}  // namespace uow
