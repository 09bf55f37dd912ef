#include "tests/bench/load.h"

#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "tests/support/rpc_error.h"

namespace uow::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Small messages share a frame: only every so many is pushed out to the wire by itself.
constexpr uint64_t kFlushEvery = 64;

// Runs one stream on the calling thread: at any time one write and one read at most are under way.
class StreamRun {
 public:
  explicit StreamRun(const Stream& stream) : stream_(stream), stub_(stream.channel) {}

  absl::Status Open() {
    call_ = stub_.PrepareCall(&context_, stream_.method, &queue_);
    call_->StartCall(Tag(kOther));
    if (!Wait()) return Broken();
    if (!stream_.attach.has_value()) return absl::OkStatus();
    call_->Write(*stream_.attach, Tag(kOther));
    if (!Wait()) return Broken();
    call_->Read(&response_, Tag(kOther));
    return Wait() ? absl::OkStatus() : Broken();
  }

  absl::Status SendAll() {
    call_->Read(&response_, Tag(kRead));
    SendNext();
    while (acknowledged_ < stream_.messages) {
      void* tag = nullptr;
      bool ok = false;
      queue_.Next(&tag, &ok);
      if (!ok) return Broken();
      if (tag == Tag(kWrite)) {
        writing_ = false;
      } else {
        acknowledged_ = std::max(acknowledged_, stream_.acknowledged(response_));
        if (acknowledged_ < stream_.messages) call_->Read(&response_, Tag(kRead));
      }
      SendNext();
    }
    return absl::OkStatus();
  }

  // Waits for what is under way, and for the server to end the stream.
  absl::Status Close() {
    while (writing_) {
      void* tag = nullptr;
      bool ok = false;
      queue_.Next(&tag, &ok);
      writing_ = false;
    }
    call_->WritesDone(Tag(kOther));
    if (!Wait()) return Broken();
    grpc::Status status;
    call_->Finish(&status, Tag(kOther));
    Wait();
    return status.ok() ? absl::OkStatus() : absl::UnknownError(Describe(status));
  }

  // One message and its acknowledgement.
  absl::Status RoundTrip(uint64_t number) {
    call_->Write(stream_.message(number), Tag(kOther));
    if (!Wait()) return Broken();
    do {
      call_->Read(&response_, Tag(kOther));
      if (!Wait()) return Broken();
    } while (stream_.acknowledged(response_) < number);
    return absl::OkStatus();
  }

 private:
  enum Kind { kOther, kRead, kWrite };
  void* Tag(Kind kind) { return &tags_[kind]; }

  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  absl::Status Broken() {
    grpc::Status status;
    call_->Finish(&status, Tag(kOther));
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok) && tag != Tag(kOther)) {
    }
    return absl::UnknownError(absl::StrCat(stream_.method, " broke: ", Describe(status)));
  }

  void SendNext() {
    if (writing_ || sent_ == stream_.messages || sent_ - acknowledged_ >= stream_.window) return;
    grpc::ByteBuffer message = stream_.message(++sent_);
    grpc::WriteOptions options;
    bool last = sent_ == stream_.messages || sent_ - acknowledged_ == stream_.window;
    if (!last && sent_ % kFlushEvery != 0) options.set_buffer_hint();
    writing_ = true;
    call_->Write(message, options, Tag(kWrite));
  }

  const Stream& stream_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer response_;
  uint64_t sent_ = 0;
  uint64_t acknowledged_ = 0;
  bool writing_ = false;
  char tags_[3] = {};  // their addresses tell operations apart
};

}  // namespace

absl::StatusOr<double> RunStreams(const std::vector<Stream>& streams) {
  std::vector<std::unique_ptr<StreamRun>> runs;
  for (const Stream& stream : streams) {
    runs.push_back(std::make_unique<StreamRun>(stream));
    if (absl::Status status = runs.back()->Open(); !status.ok()) return status;
  }
  std::vector<absl::Status> statuses(streams.size());
  std::vector<std::thread> threads;
  SteadyClock::time_point begin = SteadyClock::now();
  for (size_t i = 0; i < runs.size(); ++i) threads.emplace_back([&, i] { statuses[i] = runs[i]->SendAll(); });
  for (std::thread& thread : threads) thread.join();
  double seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  for (size_t i = 0; i < runs.size(); ++i) {
    if (statuses[i].ok()) statuses[i] = runs[i]->Close();
    if (!statuses[i].ok()) return statuses[i];
  }
  return seconds;
}

absl::StatusOr<std::vector<double>> MeasureRoundTrips(const Stream& stream) {
  StreamRun run(stream);
  if (absl::Status status = run.Open(); !status.ok()) return status;
  std::vector<double> microseconds;
  for (uint64_t number = 1; number <= stream.messages; ++number) {
    SteadyClock::time_point begin = SteadyClock::now();
    if (absl::Status status = run.RoundTrip(number); !status.ok()) return status;
    microseconds.push_back(std::chrono::duration<double, std::micro>(SteadyClock::now() - begin).count());
  }
  if (absl::Status status = run.Close(); !status.ok()) return status;
  return microseconds;
}

}  // namespace uow::bench
