#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/client_executor.h"
#include "service/service_fixture.h"

namespace uow {

// What BeginSave streamed.
struct Begun {
  grpc::Status status;
  v1::BegunSave header;
  std::vector<v1::SaveStep> steps;
  std::vector<v1::GeneratedEntity> generated;
  v1::Save committed;
};

// Sessions whose target is held by the client, which is this test: the SQLite file of ServiceTest.
class ClientSaveTest : public ServiceTest {
 protected:
  // A session of the dialect, with the schema of the target "main" or another.
  std::string OpenHeld(v1::Dialect dialect = v1::DIALECT_SQLITE, const std::string& target = "main");

  using ServiceTest::Execute;

  v1::BeginSaveRequest BeginRequest(const std::string& session, const std::string& save_id,
                                    const std::string& client = "client") const;
  Begun BeginSave(const v1::BeginSaveRequest& request);
  grpc::Status FinishSave(v1::AttemptOutcome outcome, const std::string& result, v1::FinishSaveResponse* response = nullptr);

  // An outcome of the attempt, to be filled in.
  static v1::AttemptOutcome OutcomeOf(const std::string& session, const Begun& begun);
  // Runs SETUP and TRANSACTION, and commits. Where `executor` is given, it has what was found.
  absl::Status Execute(test::ClientDriver& driver, const Begun& begun, test::ClientExecutor& executor);
  // FinishSave after Execute has returned `status`.
  grpc::Status Report(const std::string& session, const Begun& begun, const absl::Status& status, test::ClientExecutor& executor,
                      v1::FinishSaveResponse* response = nullptr);
  // What a client does: begins, executes or settles, reports, as often as it takes. The last answer.
  grpc::Status ClientSave(test::ClientDriver& driver, v1::BeginSaveRequest request, v1::Save* save = nullptr);

  std::unique_ptr<test::ClientDriver> Sqlite() const { return test::OpenSqliteClient(database()); }
};

}  // namespace uow
