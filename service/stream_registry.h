#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "journal/mutex.h"
#include "journal/session_id.h"

namespace uow {

class RecordStream;

// The open Record streams, and which of them is its writer's current one. Thread-safe.
class StreamRegistry {
 public:
  // False once EndAll was called: the stream isn't kept.
  bool Add(const std::shared_ptr<RecordStream>& stream);
  // Makes the stream its writer's current one and returns the one before, if any.
  std::shared_ptr<RecordStream> Attach(const SessionId& session, const std::string& writer,
                                       const std::shared_ptr<RecordStream>& stream);
  // Forgets a stream that is over; `session` and `writer` where it attached.
  void Remove(const std::shared_ptr<RecordStream>& stream, const SessionId& session, const std::string& writer);
  // Ends all streams, these and later ones, once their commands are acknowledged.
  void EndAll(const absl::Status& status);

 private:
  using Key = std::pair<SessionId, std::string>;

  Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<std::shared_ptr<RecordStream>> all_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Key, std::shared_ptr<RecordStream>> current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace uow
