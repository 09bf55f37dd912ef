#include "tests/bench/echo_server.h"

#include <rocksdb/db.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "echo.grpc.pb.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "journal/mutex.h"

namespace uow::bench {
namespace {

// A stream of acknowledgements that never has more than one write under way: what comes meanwhile goes into the next.
template <typename Request, typename Response>
class AckingStream : public grpc::ServerBidiReactor<Request, Response> {
 public:
  // Up to `messages` are done.
  void Acknowledge(uint64_t messages) {
    Advance([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { acknowledged_ = messages; });
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      Take(++received_, request_);
      this->StartRead(&request_);
      return;
    }
    Advance([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      ended_ = true;
      last_ = received_;
    });
  }

  void OnWriteDone(bool ok) override {
    Advance([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { writing_ = false; });
  }

  void OnDone() override { delete this; }

 protected:
  void Begin() { this->StartRead(&request_); }
  // A message came; it may be moved from.
  virtual void Take(uint64_t number, Request& request) = 0;

 private:
  // Changes the state, then writes or finishes as it allows. Finish comes last and without the lock: the stream may be gone after
  // it.
  template <typename Change>
  void Advance(Change change) {
    {
      MutexLock lock(mutex_);
      change();
      if (writing_ || finished_) return;
      if (acknowledged_ > written_) {
        written_ = acknowledged_;
        writing_ = true;
        response_.set_messages(written_);
        this->StartWrite(&response_);
        return;
      }
      if (!ended_ || acknowledged_ < last_) return;
      finished_ = true;
    }
    this->Finish(grpc::Status::OK);
  }

  Request request_;
  uint64_t received_ = 0;
  Mutex mutex_;
  Response response_ ABSL_GUARDED_BY(mutex_);
  uint64_t acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t written_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

using StoreStreamBase = AckingStream<echo::v1::StoreRequest, echo::v1::StoreResponse>;

// One thread that turns all that waits into one synced write: a key a stream, as the journal has a key a session.
class Committer {
 public:
  explicit Committer(rocksdb::DB* db) : db_(db), thread_([this] { Run(); }) {}

  void Add(StoreStreamBase* stream, uint64_t stream_id, uint64_t number, std::string payload) {
    MutexLock lock(mutex_);
    queue_.push_back({stream, stream_id, number, std::move(payload)});
    if (queue_.size() == 1) arrived_.NotifyOne();
  }

 private:
  struct Waiting {
    StoreStreamBase* stream;
    uint64_t stream_id;
    uint64_t number;
    std::string payload;
  };
  struct Chunk {
    StoreStreamBase* stream;
    uint64_t stream_id;
    uint64_t last = 0;
    std::string bytes;
  };

  void Run() {
    std::vector<Waiting> batch;
    while (true) {
      batch.clear();
      {
        MutexLock lock(mutex_);
        while (queue_.empty()) arrived_.Wait(mutex_);
        batch.swap(queue_);
      }
      Commit(batch);
    }
  }

  void Commit(std::vector<Waiting>& batch) {
    std::vector<Chunk> chunks;
    for (Waiting& waiting : batch) {
      Chunk* chunk = nullptr;
      for (Chunk& each : chunks) {
        if (each.stream == waiting.stream) chunk = &each;
      }
      if (chunk == nullptr) chunk = &chunks.emplace_back(Chunk{waiting.stream, waiting.stream_id});
      chunk->last = waiting.number;
      chunk->bytes += waiting.payload;
    }
    rocksdb::WriteBatch write;
    for (const Chunk& chunk : chunks) {
      write.Put(absl::StrCat(absl::Hex(chunk.stream_id, absl::kZeroPad16), absl::Hex(chunk.last, absl::kZeroPad16)), chunk.bytes);
    }
    rocksdb::WriteOptions synced;
    synced.sync = true;
    if (rocksdb::Status status = db_->Write(synced, &write); !status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      std::abort();
    }
    for (const Chunk& chunk : chunks) chunk.stream->Acknowledge(chunk.last);
  }

  rocksdb::DB* const db_;
  Mutex mutex_;
  CondVar arrived_;
  std::vector<Waiting> queue_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

class StoreStream final : public StoreStreamBase {
 public:
  StoreStream(Committer& committer, uint64_t id) : committer_(committer), id_(id) { Begin(); }

 private:
  void Take(uint64_t number, echo::v1::StoreRequest& request) override {
    committer_.Add(this, id_, number, std::move(*request.mutable_payload()));
  }

  Committer& committer_;
  const uint64_t id_;
};

class BareStream final : public AckingStream<echo::v1::BareRequest, echo::v1::BareResponse> {
 public:
  BareStream() { Begin(); }

 private:
  void Take(uint64_t number, echo::v1::BareRequest&) override { Acknowledge(number); }
};

class EchoService final : public echo::v1::EchoService::CallbackService {
 public:
  explicit EchoService(rocksdb::DB* db) : committer_(db) {}

  grpc::ServerBidiReactor<echo::v1::StoreRequest, echo::v1::StoreResponse>* Store(grpc::CallbackServerContext*) override {
    return new StoreStream(committer_, ++streams_);
  }
  grpc::ServerBidiReactor<echo::v1::BareRequest, echo::v1::BareResponse>* Bare(grpc::CallbackServerContext*) override {
    return new BareStream;
  }

 private:
  Committer committer_;
  std::atomic<uint64_t> streams_{0};
};

}  // namespace

int RunEchoServer(const std::string& directory, const std::string& address) {
  // As the journal's, where it bears on writes.
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kLZ4Compression;
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.write_buffer_size = 32 << 20;
  options.max_total_wal_size = 64 << 20;
  options.allow_concurrent_memtable_write = false;
  options.bytes_per_sync = 1 << 20;
  options.max_background_jobs = 2;
  rocksdb::DB* db = nullptr;
  if (rocksdb::Status status = rocksdb::DB::Open(options, directory, &db); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  EchoService service(db);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  builder.SetMaxReceiveMessageSize(16 << 20);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
  return 0;
}

}  // namespace uow::bench
