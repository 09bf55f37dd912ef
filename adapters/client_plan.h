#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/target.h"
#include "journal/journal.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/save_service.pb.h"
#include "uow/v1/schema_service.pb.h"

namespace uow {

// One attempt of a save that a client executes.
struct ClientSave {
  v1::Dialect dialect = v1::DIALECT_UNSPECIFIED;
  std::string session;  // hexadecimal id
  SaveIntent intent;
  // As in v1::BeginSaveRequest.
  uint32_t max_parameters = 0;
  bool single_rows = false;
  bool without_marker = false;
  std::vector<uint32_t> tables_without_sequence;
  bool atomic_batch = false;
  // Whether the client is to look for markers of sessions that are gone.
  bool find_old_markers = false;
  // MySQL only.
  v1::MysqlServer mysql_server;
};

// What the client has to run.
struct ClientPlan {
  std::vector<v1::SaveStep> steps;  // with their indexes
  v1::SaveResult result;            // without keys
  uint64_t rows = 0;
  uint64_t new_keys = 0;  // entities whose keys the database generates
};

// Whether clients can execute saves in the dialect: NOT_SUPPORTED.
absl::Status CheckClientDialect(v1::Dialect dialect);

// A target of the dialect that is never connected: for its traits, and to show plans. Null for a dialect that CheckClientDialect
// refuses.
std::unique_ptr<Target> MakeUnconnectedTarget(v1::Dialect dialect);

// Plans the changes and renders them as steps: fence, statements, marker (design section 6, step 3). No step at all where there is
// nothing to write. Deterministic. The errors of BuildPlan, and VALUE_OUT_OF_RANGE or NOT_SUPPORTED naming the row of a value that
// the dialect can't store.
absl::StatusOr<ClientPlan> MakeClientPlan(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes,
                                          const ClientSave& save);

// The steps that settle an attempt that may have been committed: they commit the fence `intent.attempt` and read the marker.
std::vector<v1::SaveStep> MakeSettlePlan(v1::Dialect dialect, const std::string& session, const SaveIntent& intent,
                                         bool atomic_batch = false);

// Removes the markers of sessions (hexadecimal ids) that have not saved for 24 hours.
v1::SaveStep MakeRemovalOfMarkers(v1::Dialect dialect, const std::vector<std::string>& sessions);

}  // namespace uow
