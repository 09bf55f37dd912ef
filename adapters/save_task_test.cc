#include "adapters/save_task.h"

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/test_values.h"
#include "gmock/gmock.h"
#include "journal/errors.h"

namespace uow {
namespace {

using testing::IsEmpty;

// Where a fault strikes, and what it looks like.
struct Fault {
  std::string call;  // "Acquire", "Begin", "TakeFence", "RunStep", "WriteMarker", "Commit", "CommitTookEffect", "Settle",
                     // "SettleTookEffect"
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  int times = 1;
};

// A real connection whose calls fail on demand.
class FaultyConnection final : public Connection {
 public:
  FaultyConnection(std::unique_ptr<Connection> real, Fault& fault) : real_(std::move(real)), fault_(fault) {}

  absl::Status EnsureMarkerTable() override { return real_->EnsureMarkerTable(); }
  absl::Status Begin(const TransactionOptions& options) override {
    UOW_RETURN_IF_ERROR(Strike("Begin"));
    return real_->Begin(options);
  }
  absl::Status Commit() override {
    UOW_RETURN_IF_ERROR(Strike("Commit"));
    UOW_RETURN_IF_ERROR(real_->Commit());
    return Strike("CommitTookEffect");
  }
  void Rollback() override { real_->Rollback(); }
  absl::Status TakeFence(const std::string& session, uint64_t fence, const std::string& executed) override {
    UOW_RETURN_IF_ERROR(Strike("TakeFence"));
    return real_->TakeFence(session, fence, executed);
  }
  absl::Status WriteMarker(const std::string& session, const Marker& marker) override {
    UOW_RETURN_IF_ERROR(Strike("WriteMarker"));
    return real_->WriteMarker(session, marker);
  }
  absl::StatusOr<Marker> Settle(const std::string& session, uint64_t fence) override {
    UOW_RETURN_IF_ERROR(Strike("Settle"));
    UOW_ASSIGN_OR_RETURN(Marker marker, real_->Settle(session, fence));
    UOW_RETURN_IF_ERROR(Strike("SettleTookEffect"));
    return marker;
  }
  void RemoveOldMarkers(size_t limit, const std::function<bool(const std::string&)>& alive) override {
    real_->RemoveOldMarkers(limit, alive);
  }
  absl::Status AllocateKeys(const SchemaIndex& schema, const Plan& plan, HandleMap& keys) override {
    return real_->AllocateKeys(schema, plan, keys);
  }
  absl::Status RunStep(const SchemaIndex& schema, const Step& step, HandleMap& keys) override {
    UOW_RETURN_IF_ERROR(real_->RunStep(schema, step, keys));
    return Strike("RunStep");
  }
  absl::StatusOr<std::vector<const StepRow*>> FindMissing(const SchemaIndex& schema, const Step& step, HandleMap& keys) override {
    return real_->FindMissing(schema, step, keys);
  }
  bool healthy() const override { return real_->healthy(); }

  std::unique_ptr<Connection> real_;

 private:
  absl::Status Strike(const std::string& call) {
    if (fault_.call != call || fault_.times == 0) return absl::OkStatus();
    --fault_.times;
    return MakeError(fault_.reason, "a fault of the test");
  }

  Fault& fault_;
};

class FaultyTarget final : public Target {
 public:
  explicit FaultyTarget(std::unique_ptr<Target> real) : real_(std::move(real)) {}

  const std::string& name() const override { return real_->name(); }
  v1::Dialect dialect() const override { return real_->dialect(); }
  PlanTraits traits() const override { return real_->traits(); }
  RenderedStep Render(const SchemaIndex& schema, const Step& step) const override { return real_->Render(schema, step); }
  std::vector<v1::PlannedStatement> RenderKeyAllocation(const SchemaIndex&, const Plan&) const override { return {}; }
  absl::StatusOr<TargetDescription> Describe() override { return real_->Describe(); }
  absl::StatusOr<std::unique_ptr<Connection>> Acquire() override {
    if (fault.call == "Acquire") return MakeError(fault.reason, "a fault of the test");
    ++acquired;
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, real_->Acquire());
    return std::make_unique<FaultyConnection>(std::move(connection), fault);
  }
  void Release(std::unique_ptr<Connection> connection) override {
    --acquired;
    real_->Release(std::move(static_cast<FaultyConnection&>(*connection).real_));
  }

  Fault fault;
  int acquired = 0;

 private:
  std::unique_ptr<Target> real_;
};

// Of few rows, and of so many that the transaction begins while they are planned.
class SaveTaskTest : public testing::TestWithParam<int> {
 protected:
  SaveTaskTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "uow-save-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    EXPECT_EQ(sqlite3_open((directory_ + "/test.db").c_str(), &db_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db_, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", nullptr, nullptr, nullptr), SQLITE_OK);
    TargetConfig config;
    config.name = "test";
    config.dsn = absl::StrCat("sqlite:", directory_, "/test.db");
    target_ = std::make_unique<FaultyTarget>(*MakeTarget(config));
    schema_ = *SchemaIndex::Create(target_->Describe()->schema);
    for (int i = 1; i <= GetParam(); ++i) {
      v1::NetChange& change = changes_.emplace_back();
      change.set_kind(v1::CHANGE_KIND_INSERT);
      *change.add_key() = test::Ref(i);
    }
    intent_.save_id = "s1";
    intent_.to = static_cast<uint64_t>(GetParam());
    intent_.attempt = 1;
  }
  ~SaveTaskTest() override {
    EXPECT_EQ(target_->acquired, 0) << "every connection goes back";
    sqlite3_close(db_);
    std::filesystem::remove_all(directory_);
  }

  absl::StatusOr<SaveOutcome> Save() {
    SaveTask task;
    task.session = SessionId::Parse("00112233445566778899aabbccddeeff").value();
    task.intent = intent_;
    task.schema = schema_;
    task.changes = &changes_;
    task.on_progress = [this](const v1::SaveProgress& progress) { progress_.push_back(progress); };
    task.session_alive = [](const std::string&) { return true; };
    return RunSave(*target_, task);
  }
  absl::StatusOr<SaveOutcome> Settle(uint64_t attempt) {
    SaveIntent intent = intent_;
    intent.attempt = attempt;
    return SettleSave(*target_, "00112233445566778899aabbccddeeff", intent);
  }
  // What a save writes.
  uint64_t rows() const { return static_cast<uint64_t>(GetParam()); }
  // What is there.
  int Rows() {
    int rows = -1;
    auto read = [](void* out, int, char** values, char**) { return *static_cast<int*>(out) = std::stoi(values[0]), 0; };
    EXPECT_EQ(sqlite3_exec(db_, "SELECT count(*) FROM t", read, &rows, nullptr), SQLITE_OK);
    return rows;
  }

  std::string directory_;
  sqlite3* db_ = nullptr;
  std::unique_ptr<FaultyTarget> target_;
  SchemaRef schema_;
  std::vector<v1::NetChange> changes_;
  SaveIntent intent_;
  std::vector<v1::SaveProgress> progress_;
};

INSTANTIATE_TEST_SUITE_P(Rows, SaveTaskTest, testing::Values(3, 1500), testing::PrintToStringParamName());

TEST_P(SaveTaskTest, ATransactionThatTheTargetGaveUpIsReplayed) {
  for (const char* call : {"Begin", "TakeFence", "RunStep", "WriteMarker", "Commit"}) {
    SCOPED_TRACE(call);
    target_->fault = {call, v1::ERROR_REASON_TARGET_CONFLICT, 2};
    auto outcome = Save();
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->inserted, rows());
    EXPECT_EQ(outcome->generated.size(), rows()) << "no key of a lost attempt is left";
    intent_.executed_save_id = intent_.save_id;
    intent_.save_id += "'";
    ++intent_.attempt;
  }
  EXPECT_EQ(Rows(), 5 * GetParam());
}

TEST_P(SaveTaskTest, ReplaysComeToAnEnd) {
  target_->fault = {"RunStep", v1::ERROR_REASON_TARGET_CONFLICT, 100};
  EXPECT_EQ(ReasonOf(Save().status()), v1::ERROR_REASON_TARGET_CONFLICT);
  EXPECT_EQ(target_->fault.times, 94) << "once, and five times again";
  EXPECT_EQ(Rows(), 0);
}

TEST_P(SaveTaskTest, ADeadConnectionIsReplacedOnce) {
  target_->fault = {"Begin", v1::ERROR_REASON_TARGET_UNAVAILABLE, 1};
  EXPECT_TRUE(Save().ok());
  target_->fault = {"Begin", v1::ERROR_REASON_TARGET_UNAVAILABLE, 2};
  intent_.executed_save_id = "s1";
  intent_.attempt = 2;
  EXPECT_EQ(ReasonOf(Save().status()), v1::ERROR_REASON_TARGET_UNAVAILABLE);
  EXPECT_EQ(target_->fault.times, 0);
}

TEST_P(SaveTaskTest, ATargetThatIsAwayIsAnErrorAndNoMore) {
  target_->fault = {"Acquire", v1::ERROR_REASON_TARGET_UNAVAILABLE};
  EXPECT_EQ(ReasonOf(Save().status()), v1::ERROR_REASON_TARGET_UNAVAILABLE);
  target_->fault = {};
  EXPECT_TRUE(Save().ok());
  EXPECT_EQ(Rows(), GetParam());
}

TEST_P(SaveTaskTest, AConstraintIsNotTriedAgain) {
  target_->fault = {"RunStep", v1::ERROR_REASON_CONSTRAINT_UNIQUE, 2};
  EXPECT_EQ(ReasonOf(Save().status()), v1::ERROR_REASON_CONSTRAINT_UNIQUE);
  EXPECT_EQ(target_->fault.times, 1);
  EXPECT_EQ(Rows(), 0);
}

TEST_P(SaveTaskTest, ALostCommitReplyIsSettledAsCommitted) {
  target_->fault = {"CommitTookEffect", v1::ERROR_REASON_SAVE_IN_DOUBT};
  EXPECT_EQ(ReasonOf(Save().status()), v1::ERROR_REASON_SAVE_IN_DOUBT);
  auto settled = Settle(2);
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_EQ(settled->inserted, rows());
  EXPECT_EQ(settled->generated.size(), rows());
  EXPECT_EQ(Rows(), GetParam());
}

TEST_P(SaveTaskTest, ALostCommitIsSettledAsNotCommitted) {
  target_->fault = {"Commit", v1::ERROR_REASON_SAVE_IN_DOUBT};
  EXPECT_EQ(ReasonOf(Save().status()), v1::ERROR_REASON_SAVE_IN_DOUBT);
  // The session's connection was lost with its transaction; here it still has it.
  auto lease = target_->Acquire();
  ASSERT_TRUE(lease.ok());
  (*lease)->Rollback();
  target_->Release(std::move(*lease));
  EXPECT_EQ(ReasonOf(Settle(2).status()), v1::ERROR_REASON_SAVE_NOT_FOUND);
  EXPECT_EQ(Rows(), 0);
}

TEST_P(SaveTaskTest, ALostReplyWhileSettlingLeavesTheSaveInDoubtUntilTheNextAttempt) {
  ASSERT_TRUE(Save().ok());
  target_->fault = {"SettleTookEffect", v1::ERROR_REASON_TARGET_UNAVAILABLE};
  EXPECT_EQ(ReasonOf(Settle(2).status()), v1::ERROR_REASON_SAVE_IN_DOUBT);
  EXPECT_TRUE(Settle(3).ok());
}

TEST_P(SaveTaskTest, SettlingWaitsOutAConflict) {
  ASSERT_TRUE(Save().ok());
  target_->fault = {"Settle", v1::ERROR_REASON_TARGET_CONFLICT, 3};
  EXPECT_TRUE(Settle(2).ok());
}

TEST_P(SaveTaskTest, ProgressCountsStatementsAndRows) {
  ASSERT_TRUE(Save().ok());
  ASSERT_EQ(progress_.size(), 2u);
  EXPECT_EQ(progress_[0].rows_done(), 0u);
  EXPECT_EQ(progress_[0].statements_total(), 1u);
  EXPECT_EQ(progress_[1].rows_done(), rows());
  EXPECT_EQ(progress_[1].rows_total(), rows());
  EXPECT_EQ(progress_[1].statements_done(), 1u);
}

TEST_P(SaveTaskTest, ChangesThatCantBePlannedLeaveNothing) {
  *changes_.back().add_fields()->mutable_value() = test::Ref(GetParam() + 1);
  changes_.back().mutable_fields(0)->set_column(1);
  EXPECT_EQ(ReasonOf(Save().status()), v1::ERROR_REASON_HANDLE_UNKNOWN);
  target_->fault = {"TakeFence", v1::ERROR_REASON_TARGET_REJECTED};
  EXPECT_EQ(ReasonOf(Save().status()), v1::ERROR_REASON_HANDLE_UNKNOWN) << "the changes are to blame first";
  target_->fault = {};
  EXPECT_EQ(Rows(), 0);
  changes_.back().clear_fields();
  EXPECT_TRUE(Save().ok()) << "the fence isn't taken";
  EXPECT_EQ(Rows(), GetParam());
}

TEST_P(SaveTaskTest, AnEmptyPlanNeedsNoConnection) {
  for (size_t i = 0; i < changes_.size(); ++i) {
    changes_[i].set_kind(v1::CHANGE_KIND_UPDATE);
    *changes_[i].mutable_key(0) = test::Int(static_cast<int64_t>(i));
  }
  target_->fault = {"Begin", v1::ERROR_REASON_TARGET_UNAVAILABLE, 100};
  auto outcome = Save();
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_FALSE(outcome->executed);
  EXPECT_THAT(progress_, IsEmpty());
}

}  // namespace
}  // namespace uow
