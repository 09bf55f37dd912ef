#include "tests/bench/saver.h"

#include <chrono>
#include <memory>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "journal/errors.h"
#include "tests/bench/bench_session.h"
#include "tests/bench/load.h"
#include "tests/support/rpc_error.h"
#include "uow/v1/save_service.grpc.pb.h"

namespace uow::bench {

absl::StatusOr<SaveTimes> RecordAndSave(const UowdProcess& uowd, const std::string& schema_id, const std::string& target,
                                        const Commands& commands, uint64_t rows) {
  std::shared_ptr<grpc::Channel> channel = uowd.NewChannel();
  UOW_ASSIGN_OR_RETURN(std::string session, OpenSession(channel, target, schema_id));
  Stream stream = JournalStream(channel, session, {}, commands.size(), commands.size());
  stream.message = [&commands](uint64_t number) { return ToBuffer(commands[number - 1]); };
  SaveTimes times;
  UOW_ASSIGN_OR_RETURN(times.record, RunStreams({stream}));
  v1::SaveRequest request;
  request.set_session_id(session);
  request.set_save_id("save");
  request.set_group_generated(true);
  grpc::ClientContext context;
  auto stub = v1::SaveService::NewStub(channel);
  const auto begin = std::chrono::steady_clock::now();
  auto reader = stub->Save(&context, request);
  v1::SaveResponse response;
  uint64_t written = 0, inserted = 0, keys = 0;
  while (reader->Read(&response)) {
    for (const v1::GeneratedKeys& group : response.grouped().keys()) keys += group.counters_size();
    inserted = response.committed().inserted();
    written = inserted + response.committed().updated() + response.committed().deleted();
  }
  grpc::Status status = reader->Finish();
  times.save = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!status.ok()) return absl::UnknownError(absl::StrCat("Save: ", Describe(status)));
  if (written != rows || keys != inserted) {
    return absl::InternalError(absl::StrCat(written, " rows and ", keys, " keys were saved, not ", rows));
  }
  return times;
}

}  // namespace uow::bench
