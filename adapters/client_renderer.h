#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "adapters/client_plan.h"
#include "adapters/plan/plan.h"
#include "journal/schema_index.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

// Renders the steps of a save that a client executes, in one dialect. Steps are appended in the order in which they run, without
// their indexes and phases.
class ClientRenderer {
 public:
  virtual ~ClientRenderer() = default;

  // Segments of statements over uow_saves. See Connection for what they do.
  virtual v1::SaveStep MarkerTable() const = 0;
  // What comes ahead of RaiseFence, and of TakeFence in a session that has not saved yet, where they can't make the row themselves.
  virtual std::optional<v1::SaveStep> MakeMarker(const std::string& session) const { return std::nullopt; }
  // With `result`, which is bytes: writes the marker, too, where nothing that the save does adds to it. WriteMarker is left out
  // then.
  virtual v1::SaveStep TakeFence(const std::string& session, const SaveIntent& intent, const v1::Value* result) const = 0;
  virtual v1::SaveStep WriteMarker(const std::string& session, const SaveIntent& intent) const = 0;
  virtual v1::SaveStep RaiseFence(const std::string& session, const SaveIntent& intent) const = 0;
  virtual v1::SaveStep ReadMarker(const std::string& session) const = 0;
  virtual v1::SaveStep FindOldMarkers(const std::string& session) const = 0;
  virtual v1::SaveStep RemoveOldMarkers(const std::vector<std::string>& sessions) const = 0;

  // What comes ahead of the plan's steps, and after them.
  virtual void AppendBefore(const SchemaIndex& schema, const Plan& plan, std::vector<v1::SaveStep>& steps) = 0;
  virtual void AppendAfter(std::vector<v1::SaveStep>& steps) = 0;
  // One step of the plan; takes its rows.
  virtual absl::Status AppendStep(const SchemaIndex& schema, Step& step, std::vector<v1::SaveStep>& steps) = 0;
};

// The dialect's renderer; null where clients can't execute saves in it. `save` outlives it.
std::unique_ptr<ClientRenderer> MakeClientRenderer(const ClientSave& save);

// What AppendStep of every dialect begins with: kind, table, key_values, and the versions that are known ahead. Without rows.
v1::SaveStep BeginStep(const SchemaIndex& schema, const Step& step);
// Whether a step that is found stale says why by find_mismatch, which looks at rows as they are without the save.
bool ExplainsMismatch(const Step& step);
// Moves the rows [begin, end) of a step over.
void MoveRows(Step& step, size_t begin, size_t end, v1::SaveStep& out);
// The step that reads the versions of the rows [begin, end) of `written`, with their keys as values; its segments are the
// dialect's.
v1::SaveStep BeginReadVersions(const v1::SaveStep& written, size_t begin, size_t end);
// Adds the handle to the keys that a step yields.
void AddHandle(const v1::Handle& handle, v1::StepKeys& keys);
// The error for a value of a row that the dialect can't store.
absl::Status UnstorableValue(const SchemaIndex& schema, const Step& step, const StepRow& row, size_t value, v1::ErrorReason reason,
                             absl::string_view why);
// Whether the client has named the step's table as one whose keys can't be drawn ahead.
bool IsWithoutSequence(const ClientSave& save, const Step& step);

}  // namespace uow
