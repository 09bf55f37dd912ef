#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "tests/bench/load.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/schema.pb.h"

namespace uow::bench {

// Registers a schema and returns its id.
absl::StatusOr<std::string> RegisterSchema(const std::shared_ptr<grpc::Channel>& channel, const v1::Schema& schema);
// Opens a session and returns its id.
absl::StatusOr<std::string> OpenSession(const std::shared_ptr<grpc::Channel>& channel, const std::string& target,
                                        const std::string& schema_id);

// A table with a few columns, for small updates.
v1::Schema PersonSchema();
// A command that appends small updates: an integer key, one text column, its old value.
v1::RecordRequest SmallUpdates(int events);

// A stream of `messages` commands of a new writer, into uowd.
Stream JournalStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& session, const v1::RecordRequest& command,
                     uint64_t messages, uint64_t window);
// The same messages, as a payload, into the echo server. `method`: "Store" or "Bare".
Stream EchoStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const v1::RecordRequest& command,
                  uint64_t messages, uint64_t window);

}  // namespace uow::bench
