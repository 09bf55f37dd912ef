#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/save_service.pb.h"
#include "uow/v1/session_service.pb.h"

namespace uow::crash {

// All that the API says of a session, read while no client changes it.
struct SessionView {
  v1::Session session;
  std::map<std::string, v1::Attached> attached;  // by writer
  std::vector<v1::JournalEntry> entries;
  std::vector<v1::Checkpoint> checkpoints;
  std::vector<v1::Save> saves;  // with their generated values
};

// UNAVAILABLE: the server went away.
absl::StatusOr<SessionView> ReadSession(const std::shared_ptr<grpc::Channel>& channel, const std::string& session_id,
                                        const std::vector<std::string>& writers);

}  // namespace uow::crash
