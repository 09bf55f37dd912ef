#include "service/client_fixture.h"

#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow {

std::string ClientSaveTest::OpenHeld(v1::Dialect dialect, const std::string& target) {
  v1::DescribeTargetRequest describe;
  v1::DescribeTargetResponse described;
  describe.set_target(target);
  EXPECT_OK(schemas_->DescribeTarget(NewContext().get(), describe, &described));
  v1::OpenSessionRequest request;
  v1::OpenSessionResponse response;
  request.set_dialect(dialect);
  request.set_schema_id(described.schema_id());
  EXPECT_OK(sessions_->OpenSession(NewContext().get(), request, &response));
  sequence_ = epoch_ = 0;
  return response.session().session_id();
}

v1::BeginSaveRequest ClientSaveTest::BeginRequest(const std::string& session, const std::string& save_id,
                                                  const std::string& client) const {
  v1::BeginSaveRequest request;
  request.set_session_id(session);
  request.set_save_id(save_id);
  request.set_client(client);
  return request;
}

Begun ClientSaveTest::BeginSave(const v1::BeginSaveRequest& request) {
  Begun begun;
  auto context = NewContext();
  auto reader = saves_->BeginSave(context.get(), request);
  v1::BeginSaveResponse response;
  while (reader->Read(&response)) {
    if (response.has_begun()) begun.header = response.begun();
    if (response.has_steps()) test::JoinSteps(response.steps(), begun.steps);
    if (response.has_committed()) begun.committed = response.committed();
    begun.generated.insert(begun.generated.end(), response.generated().entities().begin(), response.generated().entities().end());
    int rows = 0;
    for (const v1::SaveStep& step : response.steps().steps()) rows += step.rows_size();
    EXPECT_LE(rows, 1000);
  }
  begun.status = reader->Finish();
  return begun;
}

grpc::Status ClientSaveTest::FinishSave(v1::AttemptOutcome outcome, const std::string& result, v1::FinishSaveResponse* response) {
  v1::FinishSaveResponse ignored;
  auto context = NewContext();
  auto writer = saves_->FinishSave(context.get(), response == nullptr ? &ignored : response);
  outcome.set_result_size(result.size());
  v1::FinishSaveRequest request;
  *request.mutable_outcome() = std::move(outcome);
  bool writing = writer->Write(request);
  // Small parts, so that there are several.
  for (size_t at = 0; writing && at < result.size(); at += 100) {
    request.set_result(result.substr(at, 100));
    writing = writer->Write(request);
  }
  writer->WritesDone();
  return writer->Finish();
}

v1::AttemptOutcome ClientSaveTest::OutcomeOf(const std::string& session, const Begun& begun) {
  v1::AttemptOutcome outcome;
  outcome.set_session_id(session);
  outcome.set_save_id(begun.header.save_id());
  outcome.set_attempt(begun.header.attempt());
  return outcome;
}

absl::Status ClientSaveTest::Execute(test::ClientDriver& driver, const Begun& begun, test::ClientExecutor& executor) {
  executor.result() = begun.header.result();
  UOW_RETURN_IF_ERROR(executor.RunPhase(begun.steps, v1::STEP_PHASE_SETUP));
  UOW_RETURN_IF_ERROR(driver.Begin());
  absl::Status status = executor.RunPhase(begun.steps, v1::STEP_PHASE_TRANSACTION);
  if (status.ok()) status = driver.Commit();
  if (!status.ok()) driver.Rollback();
  return status;
}

grpc::Status ClientSaveTest::Report(const std::string& session, const Begun& begun, const absl::Status& status,
                                    test::ClientExecutor& executor, v1::FinishSaveResponse* response) {
  v1::AttemptOutcome outcome = OutcomeOf(session, begun);
  if (status.ok() && begun.header.kind() == v1::BEGUN_KIND_SETTLE) {
    *outcome.mutable_settled() = *executor.marker();
    return FinishSave(outcome, executor.marker_result(), response);
  }
  if (status.ok()) {
    outcome.mutable_committed();
    return FinishSave(outcome, executor.result().SerializeAsString(), response);
  }
  if (executor.fence_refused()) {
    *outcome.mutable_fence_refused() = *executor.marker();
  } else {
    *outcome.mutable_failed()->mutable_error() = DetailOf(status).value_or(v1::ErrorDetail());
    outcome.mutable_failed()->set_message(std::string(status.message()));
  }
  return FinishSave(outcome, "", response);
}

grpc::Status ClientSaveTest::ClientSave(test::ClientDriver& driver, v1::BeginSaveRequest request, v1::Save* save) {
  for (int round = 0; round < 10; ++round) {
    Begun begun = BeginSave(request);
    if (!begun.status.ok()) return begun.status;
    if (begun.header.kind() == v1::BEGUN_KIND_COMMITTED) {
      if (save != nullptr) *save = begun.committed;
      return grpc::Status::OK;
    }
    test::ClientExecutor executor(driver);
    absl::Status status = Execute(driver, begun, executor);
    v1::FinishSaveResponse response;
    if (grpc::Status reported = Report(request.session_id(), begun, status, executor, &response); !reported.ok()) return reported;
    if (save != nullptr) *save = response.save();
    if (begun.header.kind() == v1::BEGUN_KIND_SETTLE) continue;
    if (status.ok()) return grpc::Status::OK;
    if (executor.without_sequence()) {
      request.add_tables_without_sequence(*executor.without_sequence());
    } else if (executor.several_rows() && !request.single_rows()) {
      request.set_single_rows(true);
    } else {
      return grpc::Status::OK;
    }
  }
  return grpc::Status(grpc::StatusCode::INTERNAL, "the save never ended");
}

}  // namespace uow
