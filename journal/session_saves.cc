#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "journal/session.h"

namespace uow {

absl::Status Session::CheckBegin(const std::string& save_id, const ResolvedPosition& to, const SaveRecord* record) const {
  if (state_.save_stands) {
    return MakeError(v1::ERROR_REASON_SAVE_IN_PROGRESS,
                     absl::StrCat("save \"", state_.pending_save_id, "\" of the session is running or in doubt"));
  }
  if (record != nullptr && record->save.state() == v1::SAVE_STATE_COMMITTED) {
    return MakeError(v1::ERROR_REASON_SAVE_MISMATCH, absl::StrCat("save \"", save_id, "\" is committed; choose another save id"));
  }
  if (record != nullptr && record->save.to() != to.offset) {
    return MakeError(v1::ERROR_REASON_SAVE_MISMATCH,
                     absl::StrCat("save \"", save_id, "\" was begun up to offset ", record->save.to(), ", not ", to.offset,
                                  "; choose another save id"));
  }
  if (to.epoch != state_.epoch) return StalePosition(state_, truncations_, to.epoch);
  if (to.offset > state_.head) return BeyondHead(to.offset, state_.head);
  if (to.offset < state_.saved) {
    v1::ErrorDetail detail;
    detail.set_offset(state_.saved);
    return MakeError(v1::ERROR_REASON_SAVE_MISMATCH,
                     absl::StrCat("offset ", to.offset, " is below what is saved, which is ", state_.saved), detail);
  }
  return absl::OkStatus();
}

SaveIntent Session::ApplyBegin(const std::string& save_id, const ResolvedPosition& to, absl::Time now) {
  state_.save_stands = true;
  state_.pending_save_id = save_id;
  state_.pending_to = to.offset;
  return {.save_id = save_id,
          .from = state_.saved,
          .to = to.offset,
          .epoch = state_.epoch,
          .attempt = ++state_.attempt,
          .executed_save_id = state_.executed_save_id,
          .begin_time = now};
}

absl::Status Session::CheckPending() const {
  if (state_.save_stands) return absl::OkStatus();
  return MakeError(v1::ERROR_REASON_SAVE_NOT_FOUND, absl::StrCat("no save of session ", id_.ToString(), " stands"));
}

absl::Status Session::CheckFinish(const SaveIntent& intent) const {
  if (state_.save_stands && state_.pending_save_id == intent.save_id && state_.attempt == intent.attempt) return absl::OkStatus();
  return MakeError(
      v1::ERROR_REASON_FENCED,
      absl::StrCat("attempt ", intent.attempt, " of save \"", intent.save_id, "\" doesn't stand any more: ",
                   state_.save_stands ? absl::StrCat("attempt ", state_.attempt, " of save \"", state_.pending_save_id, "\" does")
                                      : "it has ended"));
}

void Session::ApplyFinish(const SaveIntent& intent, const SaveOutcome& outcome) {
  if (outcome.status.ok()) {
    state_.saved = state_.pending_to;
    if (outcome.executed) state_.executed_save_id = intent.save_id;
  }
  state_.save_stands = false;
  state_.pending_save_id.clear();
  state_.pending_to = 0;
}

}  // namespace uow
