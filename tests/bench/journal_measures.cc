#include "tests/bench/journal_measures.h"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/client_context.h"
#include "journal/errors.h"
#include "tests/bench/bench_session.h"
#include "tests/bench/load.h"
#include "tests/support/rpc_error.h"
#include "uow/v1/journal_service.grpc.pb.h"

namespace uow::bench {
namespace {

constexpr int kRounds = 7;
constexpr int kChunks = 10000;
constexpr int kEventsAChunk = 100;

double MicrosecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

// Appends as many bytes as a small command has to a file, and syncs them. The file's blocks are allocated ahead, as RocksDB does it
// with its log: otherwise each sync would wait for the file system to allocate some.
absl::StatusOr<std::vector<double>> MeasureSyncs(const std::string& file, int count) {
  int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4 << 20) != 0) return absl::ErrnoToStatus(errno, file);
  std::string bytes = SmallUpdates(1).SerializeAsString();
  std::vector<double> microseconds;
  for (int i = 0; i < count; ++i) {
    auto begin = std::chrono::steady_clock::now();
    if (::write(fd, bytes.data(), bytes.size()) < 0 || ::fdatasync(fd) != 0) return absl::ErrnoToStatus(errno, file);
    microseconds.push_back(MicrosecondsSince(begin));
  }
  ::close(fd);
  return microseconds;
}

// Milliseconds to delete as many keys of the same size as the journal's chunks, by one synced DeleteRange.
absl::StatusOr<double> MeasureDeleteRange(const std::string& directory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options, directory, &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  std::string value = SmallUpdates(kEventsAChunk).SerializeAsString();
  for (int i = 0; i < kChunks && status.ok(); ++i) {
    status = db->Put(rocksdb::WriteOptions(), absl::StrCat(absl::Hex(i, absl::kZeroPad16)), value);
  }
  // What was put isn't part of the measurement, nor is its sync.
  if (status.ok()) status = db->SyncWAL();
  rocksdb::WriteOptions synced;
  synced.sync = true;
  auto begin = std::chrono::steady_clock::now();
  if (status.ok()) status = db->DeleteRange(synced, db->DefaultColumnFamily(), "", "g");
  double milliseconds = MicrosecondsSince(begin) / 1000;
  if (!status.ok()) return absl::InternalError(status.ToString());
  return milliseconds;
}

absl::StatusOr<double> MeasureRollback(const std::shared_ptr<grpc::Channel>& channel, const std::string& session) {
  auto stub = v1::JournalService::NewStub(channel);
  v1::RollbackRequest request;
  v1::RollbackResponse response;
  request.set_session_id(session);
  request.set_writer("rollback");
  request.set_sequence(1);
  request.mutable_rollback()->set_offset(0);
  grpc::ClientContext context;
  auto begin = std::chrono::steady_clock::now();
  grpc::Status status = stub->Rollback(&context, request, &response);
  double milliseconds = MicrosecondsSince(begin) / 1000;
  if (!status.ok()) return absl::UnknownError(absl::StrCat("Rollback: ", Describe(status)));
  return milliseconds;
}

}  // namespace

absl::Status JournalBench::Start() {
  UowdOptions options;
  options.dir = directory_.path();
  // Never saved into.
  options.targets.emplace_back("main", absl::StrCat("sqlite:", directory_.path(), "/target.db"));
  uowd_ = std::make_unique<UowdProcess>(options);
  UOW_RETURN_IF_ERROR(uowd_->Start());
  UOW_ASSIGN_OR_RETURN(schema_id_, RegisterSchema(uowd_->NewChannel(), PersonSchema()));

  echo_address_ = absl::StrCat("unix:", directory_.path(), "/echo.sock");
  std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  UOW_RETURN_IF_ERROR(echo_.Start({self, "--echo-server", absl::StrCat(directory_.path(), "/echo"), echo_address_}, {},
                                  absl::StrCat(directory_.path(), "/echo.log")));
  std::shared_ptr<grpc::Channel> channel = NewTestChannel(echo_address_);
  absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (!IsServing(channel, absl::Seconds(1))) {
    if (absl::Now() > deadline || echo_.Wait(absl::Milliseconds(5)).has_value())
      return absl::UnavailableError("the echo server doesn't serve");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> JournalBench::NewSession() { return OpenSession(uowd_->NewChannel(), "main", schema_id_); }

absl::StatusOr<double> JournalBench::RunJournal(int streams, int events, uint64_t messages, uint64_t window) {
  std::vector<Stream> all;
  for (int i = 0; i < streams; ++i) {
    UOW_ASSIGN_OR_RETURN(std::string session, NewSession());
    all.push_back(JournalStream(uowd_->NewChannel(), session, SmallUpdates(events), messages, window));
  }
  return RunStreams(all);
}

absl::StatusOr<double> JournalBench::RunEcho(int streams, int events, uint64_t messages, uint64_t window) {
  std::vector<Stream> all;
  for (int i = 0; i < streams; ++i) {
    all.push_back(EchoStream(NewTestChannel(echo_address_), "Store", SmallUpdates(events), messages, window));
  }
  return RunStreams(all);
}

absl::Status JournalBench::CompareThroughput(int streams, int events, uint64_t messages, uint64_t window, double& journal,
                                             double& echo) {
  std::vector<double> journal_rates, echo_rates;
  double all = static_cast<double>(streams) * events * messages;
  for (int round = -1; round < kRounds; ++round) {
    UOW_ASSIGN_OR_RETURN(double journal_seconds, RunJournal(streams, events, messages, window));
    UOW_ASSIGN_OR_RETURN(double echo_seconds, RunEcho(streams, events, messages, window));
    if (round < 0) continue;  // warms up
    journal_rates.push_back(all / journal_seconds);
    echo_rates.push_back(all / echo_seconds);
  }
  journal = Median(journal_rates);
  echo = Median(echo_rates);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Row>> JournalBench::PipelinedAppend() {
  double journal = 0, echo = 0;
  UOW_RETURN_IF_ERROR(CompareThroughput(1, 1, 200000, 16384, journal, echo));
  return std::vector<Row>{Compare("append, 1 event a message, 1 stream", "events/s", journal, echo, Budget::kAtLeast, 0.8)};
}

absl::StatusOr<std::vector<Row>> JournalBench::BatchedAppend() {
  double journal = 0, echo = 0;
  UOW_RETURN_IF_ERROR(CompareThroughput(4, 100, 4000, 512, journal, echo));
  return std::vector<Row>{Compare("append, 100 events a message, 4 streams", "events/s", journal, echo, Budget::kAtLeast, 0.6),
                          Bound("the same, absolute", "events/s", journal, std::nullopt, Budget::kAtLeast, 1e6)};
}

absl::StatusOr<std::vector<Row>> JournalBench::SingleAppend() {
  // Short turns, since a disk's mood lasts for seconds.
  constexpr int kTurns = 56, kEach = 50;
  std::vector<double> append, echo, bare, sync;
  UOW_ASSIGN_OR_RETURN(std::string session, NewSession());
  auto add = [](std::vector<double>& to, const std::vector<double>& from) { to.insert(to.end(), from.begin(), from.end()); };
  for (int turn = 0; turn < kTurns; ++turn) {
    UOW_ASSIGN_OR_RETURN(auto appends, MeasureRoundTrips(JournalStream(uowd_->NewChannel(), session, SmallUpdates(1), kEach, 1)));
    UOW_ASSIGN_OR_RETURN(auto echoes,
                         MeasureRoundTrips(EchoStream(NewTestChannel(echo_address_), "Store", SmallUpdates(1), kEach, 1)));
    UOW_ASSIGN_OR_RETURN(auto bares,
                         MeasureRoundTrips(EchoStream(NewTestChannel(echo_address_), "Bare", SmallUpdates(1), kEach, 1)));
    UOW_ASSIGN_OR_RETURN(auto syncs, MeasureSyncs(absl::StrCat(directory_.path(), "/sync.file"), kEach));
    add(append, appends);
    add(echo, echoes);
    add(bare, bares);
    add(sync, syncs);
  }
  double both = Median(sync) + Median(bare);
  return std::vector<Row>{Compare("one append at a time, p50", "us", Median(append), both, Budget::kAtMost, 1.5),
                          Note("  of it: one fdatasync, p50", "us", Median(sync), std::nullopt),
                          Note("  of it: one bare gRPC round trip, p50", "us", Median(bare), std::nullopt),
                          Note("  beside: the echo server with RocksDB, p50", "us", Median(echo), std::nullopt)};
}

absl::StatusOr<std::vector<Row>> JournalBench::Rollback() {
  std::vector<double> rollbacks, baselines;
  for (int round = 0; round < 3; ++round) {
    UOW_ASSIGN_OR_RETURN(std::string session, NewSession());
    // One at a time, so that no two share a chunk.
    Stream stream = JournalStream(uowd_->NewChannel(), session, SmallUpdates(kEventsAChunk), kChunks, 1);
    UOW_RETURN_IF_ERROR(RunStreams({stream}).status());
    UOW_ASSIGN_OR_RETURN(double rollback, MeasureRollback(uowd_->NewChannel(), session));
    UOW_ASSIGN_OR_RETURN(double baseline, MeasureDeleteRange(absl::StrCat(directory_.path(), "/delete-", round)));
    rollbacks.push_back(rollback);
    baselines.push_back(baseline);
  }
  return std::vector<Row>{Bound("rollback of 1 M events in chunks of 100 (beside: one DeleteRange)", "ms", Median(rollbacks),
                                Median(baselines), Budget::kAtMost, 20)};
}

}  // namespace uow::bench
