#include "clients/cpp/recorder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cpp/status.h"

namespace uow::inline client::internal {
namespace {

std::chrono::steady_clock::time_point After(absl::Duration wait) {
  return std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(wait);
}

}  // namespace

Recorder::Recorder(std::shared_ptr<const Service> service, std::string session_id, std::string writer, uint64_t epoch)
    : service_(std::move(service)), session_id_(std::move(session_id)), writer_(std::move(writer)), queue_(epoch) {}

Recorder::~Recorder() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
    auto until = After(service_->options.linger);
    while (running_ && changed_.WaitUntil(mutex_, until)) {
    }
    cut_off_ = true;
    changed_.NotifyAll();
    if (context_ != nullptr) context_->TryCancel();
  }
  if (thread_.joinable()) thread_.join();
}

void Recorder::Start() {
  if (!thread_.joinable()) {
    running_ = true;
    thread_ = std::thread([this] { Run(); });
  }
  changed_.NotifyAll();
}

void Recorder::Kick() {
  if (!gave_up_) return;
  gave_up_ = false;
  failing_since_ = absl::InfiniteFuture();
  backoff_.Reset();
  grpc::experimental::ChannelResetConnectionBackoff(service_->channel.get());
  changed_.NotifyAll();
}

absl::Status Recorder::Admit(size_t bytes) {
  MutexLock lock(mutex_);
  Kick();
  while (!queue_.empty() && queue_.bytes() + bytes > service_->options.max_unacknowledged_bytes) {
    if (trouble_ != Trouble::kNone) return trouble_status_;
    if (gave_up_) return last_error_;
    if (!service_->options.block_when_full) {
      return absl::ResourceExhaustedError(absl::StrCat(queue_.bytes(),
                                                       " bytes of changes are on their way to the journal; flush, or try "
                                                       "again later, or raise max_unacknowledged_bytes"));
    }
    changed_.Wait(mutex_);
  }
  return absl::OkStatus();
}

void Recorder::AddEvent(v1::Event event, size_t bytes) {
  MutexLock lock(mutex_);
  bool was_idle = !queue_.HasUnsent();
  queue_.AddEvent(std::move(event), bytes);
  // A sender that has something to send needs no waking.
  if (was_idle) Start();
}

uint64_t Recorder::AddCheckpoint(absl::string_view name) {
  MutexLock lock(mutex_);
  uint64_t ticket = queue_.AddCheckpoint(name);
  Start();
  return ticket;
}

uint64_t Recorder::AddRollback(absl::string_view checkpoint, uint64_t target) {
  MutexLock lock(mutex_);
  uint64_t ticket = queue_.AddRollback(checkpoint, target);
  if (trouble_ == Trouble::kRefused && queue_.TryResolve()) SetTrouble(Trouble::kNone, absl::OkStatus());
  Start();
  return ticket;
}

absl::Status Recorder::WaitDurable() {
  MutexLock lock(mutex_);
  Kick();
  uint64_t ticket = queue_.last_ticket();
  while (queue_.durable_ticket() < ticket) {
    if (trouble_ != Trouble::kNone) return trouble_status_;
    if (gave_up_) return last_error_;
    changed_.Wait(mutex_);
  }
  return absl::OkStatus();
}

bool Recorder::IsDurable(uint64_t ticket) const {
  MutexLock lock(mutex_);
  return queue_.durable_ticket() >= ticket;
}

absl::Status Recorder::Reattach() {
  MutexLock lock(mutex_);
  Kick();
  uint64_t before = attached_;
  reattach_ = true;
  if (context_ != nullptr) context_->TryCancel();
  Start();
  while (attached_ == before) {
    if (trouble_ != Trouble::kNone) return trouble_status_;
    if (gave_up_) return last_error_;
    changed_.Wait(mutex_);
  }
  return trouble_status_;
}

Recorder::Trouble Recorder::trouble() const {
  MutexLock lock(mutex_);
  return trouble_;
}

absl::Status Recorder::trouble_status() const {
  MutexLock lock(mutex_);
  return trouble_status_;
}

bool Recorder::WouldResolve(uint64_t target) const {
  MutexLock lock(mutex_);
  return queue_.WouldResolve(target);
}

void Recorder::Restart(uint64_t epoch) {
  MutexLock lock(mutex_);
  queue_.Restart(epoch);
  SetTrouble(Trouble::kNone, absl::OkStatus());
}

Recorder::Position Recorder::durable() const {
  MutexLock lock(mutex_);
  return {queue_.durable_sequence(), queue_.known_epoch()};
}

}  // namespace uow::inline client::internal
