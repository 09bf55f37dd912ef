#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/byte_buffer.h"

namespace uow::bench {

// One stream of pipelined messages, and how its acknowledgements are read. The same code drives uowd and what it is compared with;
// only these differ.
struct Stream {
  std::shared_ptr<grpc::Channel> channel;
  std::string method;
  // Sent first and answered once, before the clock starts.
  std::optional<grpc::ByteBuffer> attach;
  // The n-th message, from 1.
  std::function<grpc::ByteBuffer(uint64_t number)> message;
  // The number of the last message that a response acknowledges; 0 if it isn't an acknowledgement.
  std::function<uint64_t(grpc::ByteBuffer& response)> acknowledged;
  uint64_t messages = 0;
  uint64_t window = 1;  // unacknowledged messages
};

// Seconds from the first message to the last acknowledgement, of all streams at once, each on a thread of its own.
absl::StatusOr<double> RunStreams(const std::vector<Stream>& streams);

// Microseconds from each message to its acknowledgement, one at a time.
absl::StatusOr<std::vector<double>> MeasureRoundTrips(const Stream& stream);

// A protobuf message as bytes to send.
template <typename Message>
grpc::ByteBuffer ToBuffer(const Message& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeToArray(const_cast<uint8_t*>(slice.begin()), slice.size());
  return grpc::ByteBuffer(&slice, 1);
}

template <typename Message>
bool FromBuffer(const grpc::ByteBuffer& buffer, Message& message) {
  grpc::Slice slice;
  return buffer.DumpToSingleSlice(&slice).ok() && message.ParseFromArray(slice.begin(), slice.size());
}

}  // namespace uow::bench
