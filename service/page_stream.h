#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/log.h"
#include "service/runtime.h"
#include "service/status_wire.h"

namespace uow {

// At most this many rows, and about this many bytes, go into one message of a read stream.
inline constexpr int kPageRows = 1000;
inline constexpr size_t kPageBytes = 1 << 20;

// Makes the messages of a read stream, one after the other, on a pool's threads.
template <typename Response>
class PageSource {
 public:
  enum class Next { kPage, kEnd, kAskAgain };

  virtual ~PageSource() = default;
  // Fills in the next message. kAskAgain where it has to wait for something: others get their turn first.
  virtual absl::StatusOr<Next> Fill(Response& response) = 0;
};

// Sends what a source makes. The next message is made once the last one is sent, so that a slow client holds up neither a thread
// nor more memory than the source keeps. Deletes itself.
template <typename Response>
class PageStream final : public grpc::ServerWriteReactor<Response> {
 public:
  using Source = PageSource<Response>;

  static grpc::ServerWriteReactor<Response>* Start(Runtime& runtime, grpc::CallbackServerContext* context, absl::string_view call,
                                                   std::unique_ptr<Source> source) {
    auto* stream = new PageStream(runtime.calls, call, std::move(source));
    if (absl::Status status = runtime.authenticator.Check(*context); !status.ok()) {
      stream->End(status);
    } else if (!runtime.calls.TryPost([stream] { stream->Step(); })) {
      stream->End(Overloaded("too many calls are waiting"));
    }
    return stream;
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("the client went away"));
    pool_.Post([this] { Step(); });
  }
  void OnCancel() override { cancelled_ = true; }
  void OnDone() override { delete this; }

 private:
  PageStream(BlockingPool& pool, absl::string_view call, std::unique_ptr<Source> source)
      : pool_(pool), call_(call), source_(std::move(source)) {}

  void Step() {
    if (cancelled_) return End(absl::CancelledError("the client went away"));
    response_.Clear();
    absl::StatusOr<typename Source::Next> next = source_->Fill(response_);
    if (!next.ok()) return End(next.status());
    switch (*next) {
      case Source::Next::kPage:
        return this->StartWrite(&response_);
      case Source::Next::kAskAgain:
        return pool_.Post([this] { Step(); });
      case Source::Next::kEnd:
        return End(absl::OkStatus());
    }
  }

  void End(const absl::Status& status) {
    LogCallEnd(call_, status);
    this->Finish(ToGrpc(status));
  }

  BlockingPool& pool_;
  const absl::string_view call_;
  const std::unique_ptr<Source> source_;
  std::atomic<bool> cancelled_{false};
  Response response_;
};

}  // namespace uow
