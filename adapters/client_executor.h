#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/handle_map.h"
#include "uow/v1/save_service.pb.h"
#include "uow/v1/schema_service.pb.h"

namespace uow::test {

// A parameter as a driver gets it: NULL, an integer, one whose 64 bits are unsigned, a real, text, or bytes.
struct Bound {
  enum class Kind { kNull, kInteger, kUnsigned, kReal, kText, kBytes };
  Kind kind = Kind::kNull;
  int64_t integer = 0;
  double real = 0;
  std::string text;
};

// Text, or a parameter.
struct Piece {
  std::string text;
  std::optional<Bound> parameter;
};

struct Answer {
  std::vector<std::vector<std::optional<std::string>>> rows;
  uint64_t affected = 0;
  uint64_t insert_id = 0;  // MySQL
};

// A client's connection to its database, as any driver has it. Errors have the reason that FailedSave says for them.
class ClientDriver {
 public:
  virtual ~ClientDriver() = default;
  virtual v1::Dialect dialect() const = 0;
  virtual absl::Status Begin() = 0;
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;
  virtual absl::StatusOr<Answer> Run(const std::vector<Piece>& statement) = 0;
};

std::unique_ptr<ClientDriver> OpenSqliteClient(const std::string& path);
absl::StatusOr<std::unique_ptr<ClientDriver>> OpenPostgresClient(const std::string& dsn);
// A client whose statements have their values in their text, as most have. `found_rows`: whether an UPDATE counts what it finds.
absl::StatusOr<std::unique_ptr<ClientDriver>> OpenMysqlClient(const std::string& dsn, bool found_rows);

// Runs the steps of one attempt as save_service.proto says, knowing neither SQL nor the schema.
class ClientExecutor {
 public:
  explicit ClientExecutor(ClientDriver& driver) : driver_(driver) {}

  // Runs the steps of a phase. STALE_ENTITY, TARGET_CONFLICT, TARGET_REJECTED and what the driver says, with `offset` where the row
  // is known; the transaction is then rolled back. `before` is asked ahead of every step; its error ends the run like any other.
  absl::Status RunPhase(const std::vector<v1::SaveStep>& steps, v1::StepPhase phase,
                        const std::function<absl::Status(const v1::SaveStep&)>& before = nullptr);
  absl::Status RunStep(const v1::SaveStep& step);
  // The error of a step that was found stale, with the stale rows of all steps, once the transaction is rolled back.
  absl::Status NameAllStale(const std::vector<v1::SaveStep>& steps, const absl::Status& error);

  // The result as it is by now: `result` has its counts.
  v1::SaveResult& result() { return result_; }
  HandleMap& keys() { return keys_; }
  // What READ_MARKER, or a refused fence, returned.
  const std::optional<v1::FoundMarker>& marker() const { return marker_; }
  const std::string& marker_result() const { return marker_result_; }
  bool fence_refused() const { return fence_refused_; }
  // The table whose keys weren't what the step needs, so that its rows have to be inserted one by one.
  std::optional<uint32_t> without_sequence() const { return without_sequence_; }
  const std::vector<std::string>& old_markers() const { return old_markers_; }
  // Whether the error came from a statement of several rows, so that running them one by one would tell more.
  bool several_rows() const { return several_rows_; }

 private:
  using Rows = std::vector<const v1::PlannedRow*>;

  absl::StatusOr<Answer> RunOnce(const v1::SaveStep& step, const Rows& rows);
  absl::Status Mismatch(const v1::SaveStep& step, const Rows& rows);
  absl::Status TakeRows(const v1::SaveStep& step, const Answer& answer);
  absl::Status TakeKeys(const v1::SaveStep& step, const Answer& answer);
  absl::Status NoKeys(const v1::SaveStep& step);
  void TakeMarker(const Answer& answer);
  void AddInserted(const v1::SaveStep& step);
  void AddVersion(const v1::SaveStep& step, const v1::PlannedRow& row, const v1::Value& version);
  v1::GeneratedEntity EntityOf(const v1::SaveStep& step, const v1::PlannedRow& row) const;

  std::vector<Piece> Bind(const google::protobuf::RepeatedPtrField<v1::Segment>& segments, const Rows& rows);
  void BindSegment(const v1::Segment& segment, const Rows& rows, size_t row, std::vector<Piece>& out);

  ClientDriver& driver_;
  HandleMap keys_;
  v1::SaveResult result_;
  std::optional<v1::FoundMarker> marker_;
  std::string marker_result_;
  bool fence_refused_ = false;
  std::optional<uint32_t> without_sequence_;
  std::vector<std::string> old_markers_;
  bool several_rows_ = false;
};

// The steps of a stream put together from their parts.
void JoinSteps(const v1::SaveSteps& page, std::vector<v1::SaveStep>& steps);

}  // namespace uow::test
