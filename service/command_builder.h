#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "journal/event_scan.h"
#include "journal/journal.h"
#include "service/config.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// Turns a writer's commands from the wire into the journal's form. For one stream or call; not thread-safe.
class CommandBuilder {
 public:
  // `config` outlives this.
  CommandBuilder(SchemaRef schema, std::string writer, const Config& config);

  // Checks the command against the schema and the limits, replacing names by positions in it. `append_bytes` are the bytes that its
  // append was parsed from, or empty; they are emptied where names were replaced. INVALID_REQUEST, MESSAGE_TOO_LARGE and the errors
  // of CheckEvent; each carries the sequence.
  absl::Status Check(v1::Command& command, absl::string_view& append_bytes) const;
  // Checks the bytes of an append's events without parsing them. Where it returns something, Check has nothing to say, and
  // `command` of Build needs no events; where not, Check has to judge.
  std::optional<ScannedEvents> Scan(absl::string_view append_bytes) const;
  // The journal's form of a command that passed Check, or Scan, with the same bytes. May be called again, where the journal had no
  // room.
  Command Build(const v1::Command& command, absl::string_view append_bytes,
                const std::optional<ScannedEvents>& scanned = std::nullopt) const;

 private:
  absl::Status CheckAction(v1::Command& command, absl::string_view& append_bytes) const;
  absl::Status CheckAppend(v1::AppendEvents& append, absl::string_view& append_bytes) const;
  uint64_t LastHandle(const v1::AppendEvents& append) const;

  const SchemaRef schema_;
  const std::string writer_;
  const Config& config_;
};

// The same error with ErrorDetail.sequence.
absl::Status WithSequence(const absl::Status& status, uint64_t sequence);

}  // namespace uow
