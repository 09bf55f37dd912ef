// How a stream attaches: RecordStream's part before the first command.
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "service/open_session.h"
#include "service/record_stream.h"
#include "service/requests.h"

namespace uow {
namespace {

absl::Status CheckOpen(const v1::Attach& attach) {
  if (!attach.has_open()) return absl::OkStatus();
  if (!attach.open().session_id().empty()) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST,
                     "attach.open.session_id is given; leave it empty, for attach.session_id counts");
  }
  // Without one the target is asked, which takes longer than a stream's threads may wait.
  if (attach.open().schema_id().empty()) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST,
                     "attach.open.schema_id is missing: register the schema, or open the session by OpenSession");
  }
  return absl::OkStatus();
}

}  // namespace

void RecordStream::Attach() {
  if (!request_->has_attach()) {
    return End(MakeError(v1::ERROR_REASON_INVALID_REQUEST, "the first message of a stream must be attach"));
  }
  const v1::Attach& attach = request_->attach();
  absl::StatusOr<SessionId> session = SessionId::Parse(attach.session_id());
  if (!session.ok()) return End(session.status());
  if (absl::Status status = CheckPrintable("attach.writer", attach.writer()); !status.ok()) return End(status);
  if (absl::Status status = CheckOpen(attach); !status.ok()) return End(status);
  {
    MutexLock lock(mutex_);
    if (end_) return;
    attaching_ = true;
    parked_ = Parked::kElsewhere;
    session_ = *session;
    writer_ = attach.writer();
  }
  if (attach.has_epoch()) client_epoch_ = attach.epoch();
  attached_ = true;
  auto load = [self = shared_from_this()] {
    if (self->runtime_.calls.TryPost([self] { self->LoadAndAnswer(); })) return;
    {
      MutexLock lock(self->mutex_);
      self->attaching_ = false;
      self->EndLocked(Overloaded("too many calls are waiting for the journal"));
    }
    self->Advance();
  };
  std::shared_ptr<RecordStream> older = runtime_.streams.Attach(session_, writer_, shared_from_this());
  if (older != nullptr) {
    older->Replace(load);
  } else {
    load();
  }
}

void RecordStream::LoadAndAnswer() {
  v1::RecordResponse response;
  absl::Status status = Load(*response.mutable_attached());
  bool go = false;
  {
    MutexLock lock(mutex_);
    attaching_ = false;
    if (!status.ok()) EndLocked(status);
    if (!end_) {
      go = true;
      writing_ = true;
      ++starting_;
      parked_ = Parked::kNo;
      Serialise(response);
    }
  }
  if (go) {
    StartWrite(&outgoing_);
    StartRead(&incoming_);
    LeaveStarting();
  }
  Advance();
}

absl::Status RecordStream::Load(v1::Attached& attached) {
  // Nothing is read meanwhile, so that `request_` is the attach still.
  const v1::Attach& attach = request_->attach();
  if (attach.has_open()) {
    v1::OpenSessionRequest open = attach.open();
    open.set_session_id(attach.session_id());
    UOW_ASSIGN_OR_RETURN(SessionInfo session, OpenSession(runtime_, open));
    *attached.mutable_session() = ToProto(session);
  }
  UOW_ASSIGN_OR_RETURN(WriterInfo info, runtime_.journal.GetWriter(session_, writer_, client_epoch_));
  if (!info.session.open) {
    return MakeError(v1::ERROR_REASON_SESSION_CLOSED, absl::StrCat("session ", session_.ToString(), " is closed: open a new one"));
  }
  UOW_ASSIGN_OR_RETURN(SchemaRef schema, runtime_.journal.GetSchema(info.session.schema_id));
  if (!attach.has_open()) *attached.mutable_schema() = schema->proto();
  attached.set_head(info.session.head);
  attached.set_saved(info.session.saved);
  attached.set_epoch(info.session.epoch);
  attached.set_last_sequence(info.last_sequence);
  if (info.stale) *attached.mutable_stale_epoch() = *info.stale;
  attached.set_last_handle_counter(info.last_handle_counter);
  durable_ = info.session.head;
  builder_.emplace(std::move(schema), writer_, runtime_.config);
  source_ = NewSource();
  return absl::OkStatus();
}

}  // namespace uow
