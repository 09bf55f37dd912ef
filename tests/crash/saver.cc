#include "tests/crash/saver.h"

#include <chrono>
#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/message_differencer.h"
#include "grpcpp/client_context.h"
#include "tests/support/rpc_error.h"

namespace uow::crash {
namespace {

bool SameGenerated(const std::vector<v1::GeneratedEntity>& a, const std::vector<v1::GeneratedEntity>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const v1::GeneratedEntity& x, const v1::GeneratedEntity& y) {
    return google::protobuf::util::MessageDifferencer::Equals(x, y);
  });
}

}  // namespace

void Saver::Fail(const std::string& what) {
  world_.report.Fail(absl::StrCat("session ", session_.tag, " (", session_.session_id, ") saver: ", what));
}

bool Saver::Run(const std::shared_ptr<grpc::Channel>& channel, const std::atomic<bool>& stop) {
  std::unique_ptr<Stub> stub = v1::SaveService::NewStub(channel);
  while (!stop && world_.report.ok()) {
    SaveAttempt* attempt = FindUnknown();
    if (attempt == nullptr && Chance(10)) {
      if (!Replay(*stub)) return false;
      continue;
    }
    // Sometimes another save comes before the one that stands is settled.
    if (attempt == nullptr || Chance(10)) attempt = &NewAttempt(ChoosePosition());
    if (!Call(*stub, *attempt)) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % 30000));
  }
  return true;
}

bool Saver::SaveRest(const std::shared_ptr<grpc::Channel>& channel) {
  std::unique_ptr<Stub> stub = v1::SaveService::NewStub(channel);
  for (size_t i = 0; i < session_.saves.size(); ++i) {
    if (session_.saves[i]->knowledge == SaveKnowledge::kUnknown && !Resolve(*stub, *session_.saves[i])) return false;
  }
  SaveAttempt& rest = NewAttempt({});
  if (!Resolve(*stub, rest)) return false;
  if (rest.knowledge != SaveKnowledge::kCommitted) Fail("the last save wasn't committed");
  return true;
}

bool Saver::Resolve(Stub& stub, SaveAttempt& attempt) {
  absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (attempt.knowledge == SaveKnowledge::kUnknown && world_.report.ok()) {
    if (!Call(stub, attempt)) return false;
    // It may wait for a command that was refused and never comes: then nobody needs to know.
    if (attempt.request.to().has_command() && attempt.knowledge == SaveKnowledge::kUnknown) return true;
    if (absl::Now() > deadline) Fail(absl::StrCat("save ", attempt.request.save_id(), " isn't settled after 20 seconds"));
  }
  return true;
}

bool Saver::Replay(Stub& stub) {
  for (int tries = 0; tries < 5 && !session_.saves.empty(); ++tries) {
    SaveAttempt& attempt = *session_.saves[random_() % session_.saves.size()];
    if (attempt.knowledge != SaveKnowledge::kCommitted) continue;
    world_.totals.replays++;
    return Call(stub, attempt);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return true;
}

bool Saver::Call(Stub& stub, SaveAttempt& attempt) {
  grpc::ClientContext context;
  // A position that names a command waits for it, and a command that was refused never comes.
  bool waits = attempt.request.to().has_command();
  context.set_deadline(absl::ToChronoTime(absl::Now() + (waits ? absl::Seconds(1) : absl::Seconds(15))));
  auto reader = stub.Save(&context, attempt.request);
  v1::SaveResponse response;
  std::vector<v1::GeneratedEntity> generated;
  std::optional<v1::Save> committed;
  while (reader->Read(&response)) {
    for (const v1::GeneratedEntity& entity : response.generated().entities()) generated.push_back(entity);
    if (response.has_committed()) committed = response.committed();
  }
  grpc::Status status = reader->Finish();
  if (!status.ok()) return TakeError(attempt, status);
  if (!committed.has_value()) {
    Fail("the answer ended well, but without a result");
  } else {
    TakeCommitted(attempt, *committed, std::move(generated));
  }
  return true;
}

SaveAttempt& Saver::NewAttempt(const v1::Position& to) {
  auto attempt = std::make_unique<SaveAttempt>();
  attempt->request.set_session_id(session_.session_id);
  attempt->request.set_save_id(absl::StrCat("save-", session_.saves.size() + 1));
  *attempt->request.mutable_to() = to;
  session_.saves.push_back(std::move(attempt));
  return *session_.saves.back();
}

v1::Position Saver::ChoosePosition() {
  v1::Position to;
  SessionModel::Hint hint = session_.hint();
  uint64_t kind = random_() % 4;
  MutexLock lock(session_.mutex);
  if (kind == 0 && hint.head > hint.saved) {
    to.set_offset(hint.saved + random_() % (hint.head - hint.saved + 1));
    to.set_epoch(hint.epoch);
  } else if (kind == 1 && !session_.checkpoints.empty()) {
    to.set_checkpoint(session_.checkpoints[random_() % session_.checkpoints.size()].name);
  } else if (kind == 2 && !session_.last_sent.empty()) {
    const auto& [writer, sent] = *std::next(session_.last_sent.begin(), random_() % session_.last_sent.size());
    to.mutable_command()->set_writer(writer);
    to.mutable_command()->set_sequence(sent.first);
    to.set_epoch(sent.second);
  }
  return to;
}

void Saver::TakeCommitted(SaveAttempt& attempt, const v1::Save& save, std::vector<v1::GeneratedEntity> generated) {
  const v1::Position& to = attempt.request.to();
  if (save.save_id() != attempt.request.save_id()) Fail("the answer is for another save id");
  if (save.state() != v1::SAVE_STATE_COMMITTED) Fail("the result's state isn't COMMITTED");
  if (to.at_case() == v1::Position::kOffset && save.to() != to.offset()) {
    Fail(absl::StrCat(save.save_id(), " saved to ", save.to(), " instead of ", to.offset()));
  }
  if (attempt.knowledge == SaveKnowledge::kCommitted) {
    bool same =
        google::protobuf::util::MessageDifferencer::Equals(save, attempt.committed) && SameGenerated(generated, attempt.generated);
    if (!same) {
      Fail(absl::StrCat("a replayed save answers otherwise than before: ", save.ShortDebugString(), " with ", generated.size(),
                        " keys, before ", attempt.committed.ShortDebugString(), " with ", attempt.generated.size()));
    }
    return;
  }
  attempt.knowledge = SaveKnowledge::kCommitted;
  attempt.committed = save;
  attempt.generated = std::move(generated);
  world_.totals.saves++;
  MutexLock lock(session_.mutex);
  for (const v1::GeneratedEntity& entity : attempt.generated) {
    const v1::Handle& handle = entity.key(0).handle_value();
    if (!session_.keys.Add(entity.table(), {handle.writer(), handle.counter()}, entity.generated_key(0).int64_value())) {
      Fail(absl::StrCat("two keys for one handle, or two handles for one key: ", entity.ShortDebugString()));
    }
  }
}

bool Saver::TakeError(SaveAttempt& attempt, const grpc::Status& status) {
  v1::ErrorReason reason = DetailOfCall(status).reason();
  bool was_committed = attempt.knowledge == SaveKnowledge::kCommitted;
  switch (reason) {
    case v1::ERROR_REASON_UNSPECIFIED:
      if (status.error_code() == grpc::StatusCode::UNAVAILABLE) return false;
      if (status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED) break;
      return true;
    case v1::ERROR_REASON_SHUTTING_DOWN:
      return false;
    // Nobody knows yet, or it may go better next time: the same save id again.
    case v1::ERROR_REASON_SAVE_IN_DOUBT:
    case v1::ERROR_REASON_SAVE_IN_PROGRESS:
    case v1::ERROR_REASON_TARGET_UNAVAILABLE:
    case v1::ERROR_REASON_TARGET_CONFLICT:
    case v1::ERROR_REASON_OVERLOADED:
      if (was_committed) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return true;
    // The position isn't there: rolled back, or saved past.
    case v1::ERROR_REASON_STALE_EPOCH:
    case v1::ERROR_REASON_CHECKPOINT_NOT_FOUND:
    case v1::ERROR_REASON_SAVE_MISMATCH:
    case v1::ERROR_REASON_SEQUENCE_TOO_OLD:
      if (was_committed) break;
      attempt.knowledge = SaveKnowledge::kRefused;
      world_.totals.refused++;
      return true;
    default:
      break;
  }
  Fail(absl::StrCat(attempt.request.ShortDebugString(), was_committed ? " (committed before)" : "", ": ", Describe(status)));
  return true;
}

SaveAttempt* Saver::FindUnknown() {
  for (auto it = session_.saves.rbegin(); it != session_.saves.rend() && it - session_.saves.rbegin() < 20; ++it) {
    if ((*it)->knowledge == SaveKnowledge::kUnknown) return it->get();
  }
  return nullptr;
}

}  // namespace uow::crash
