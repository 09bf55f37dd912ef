#include "service/command_builder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "journal/event_check.h"
#include "service/requests.h"

namespace uow {
namespace {

absl::Status Bad(absl::string_view message) { return MakeError(v1::ERROR_REASON_INVALID_REQUEST, message); }

bool HasNames(const v1::Event& event) {
  return !event.table_name().empty() || std::any_of(event.fields().begin(), event.fields().end(),
                                                    [](const v1::Field& field) { return !field.column_name().empty(); });
}

absl::Status CheckName(const std::string& name) {
  if (!name.empty() && name.size() <= 255) return absl::OkStatus();
  return Bad(absl::StrCat("a checkpoint's name has ", name.size(), " bytes; it may have 1 to 255"));
}

}  // namespace

CommandBuilder::CommandBuilder(SchemaRef schema, std::string writer, const Config& config)
    : schema_(std::move(schema)), writer_(std::move(writer)), config_(config) {}

absl::Status CommandBuilder::Check(v1::Command& command, absl::string_view& append_bytes) const {
  absl::Status status = CheckAction(command, append_bytes);
  return status.ok() ? status : WithSequence(status, command.sequence());
}

absl::Status CommandBuilder::CheckAction(v1::Command& command, absl::string_view& append_bytes) const {
  if (command.sequence() == 0) return Bad("a command's sequence is 0; a writer's first command has 1");
  switch (command.action_case()) {
    case v1::Command::kAppend:
      return CheckAppend(*command.mutable_append(), append_bytes);
    case v1::Command::kCheckpoint:
      return CheckName(command.checkpoint().name());
    case v1::Command::kRollback:
      if (command.rollback().to_case() == v1::RollbackTo::TO_NOT_SET) {
        return Bad("a rollback names neither an offset nor a checkpoint");
      }
      return command.rollback().has_checkpoint() ? CheckName(command.rollback().checkpoint()) : absl::OkStatus();
    case v1::Command::ACTION_NOT_SET:
      break;
  }
  return Bad("a command has no action: append, checkpoint or rollback");
}

absl::Status CommandBuilder::CheckAppend(v1::AppendEvents& append, absl::string_view& append_bytes) const {
  if (append.events_size() == 0) return Bad("an append has no events");
  for (int i = 0; i < append.events_size(); ++i) {
    if (HasNames(append.events(i))) append_bytes = {};
    absl::Status status = CheckEvent(*schema_, config_.max_value_bytes, *append.mutable_events(i));
    if (!status.ok()) return Prefixed(absl::StrCat("event ", i + 1, " of ", append.events_size()), status);
  }
  // Build serialises with the sizes that ByteSizeLong computes.
  size_t size = append_bytes.empty() ? append.ByteSizeLong() : append_bytes.size();
  if (size <= config_.max_message_bytes) return absl::OkStatus();
  return MakeError(v1::ERROR_REASON_MESSAGE_TOO_LARGE, absl::StrCat("the append has ", size, " bytes and the server takes ",
                                                                    config_.max_message_bytes, ": split it into several"));
}

std::optional<ScannedEvents> CommandBuilder::Scan(absl::string_view append_bytes) const {
  if (append_bytes.empty() || append_bytes.size() > config_.max_message_bytes) return std::nullopt;
  return ScanEvents(*schema_, config_.max_value_bytes, writer_, append_bytes);
}

Command CommandBuilder::Build(const v1::Command& command, absl::string_view append_bytes,
                              const std::optional<ScannedEvents>& scanned) const {
  Command out;
  out.sequence = command.sequence();
  out.epoch = command.epoch();
  switch (command.action_case()) {
    case v1::Command::kAppend: {
      AppendAction& action = out.action.emplace<AppendAction>();
      action.events = scanned ? scanned->events : command.append().events_size();
      action.last_handle = scanned ? scanned->last_handle : LastHandle(command.append());
      if (!append_bytes.empty()) {
        action.bytes.assign(append_bytes.data(), append_bytes.size());
        break;
      }
      action.bytes.resize(command.append().GetCachedSize());
      command.append().SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(action.bytes.data()));
      break;
    }
    case v1::Command::kCheckpoint:
      out.action = CheckpointAction{command.checkpoint().name()};
      break;
    case v1::Command::kRollback:
      if (command.rollback().has_checkpoint()) {
        out.action = RollbackAction{command.rollback().checkpoint()};
      } else {
        out.action = RollbackAction{command.rollback().offset()};
      }
      break;
    case v1::Command::ACTION_NOT_SET:
      break;
  }
  return out;
}

uint64_t CommandBuilder::LastHandle(const v1::AppendEvents& append) const {
  uint64_t last = 0;
  for (const v1::Event& event : append.events()) {
    if (event.kind() != v1::EVENT_KIND_CREATED) continue;
    for (const v1::Value& key : event.key()) {
      if (!key.has_handle_value()) continue;
      const v1::Handle& handle = key.handle_value();
      if (handle.writer().empty() || handle.writer() == writer_) last = std::max<uint64_t>(last, handle.counter());
    }
  }
  return last;
}

absl::Status WithSequence(const absl::Status& status, uint64_t sequence) {
  v1::ErrorDetail detail = DetailOf(status).value_or(v1::ErrorDetail());
  if (detail.reason() == v1::ERROR_REASON_UNSPECIFIED) detail.set_reason(v1::ERROR_REASON_INTERNAL);
  detail.set_sequence(sequence);
  return WithDetail(status, detail);
}

}  // namespace uow
