#include "service/stream_registry.h"

#include "service/record_stream.h"

namespace uow {

bool StreamRegistry::Add(const std::shared_ptr<RecordStream>& stream) {
  MutexLock lock(mutex_);
  if (ended_) return false;
  all_.insert(stream);
  return true;
}

std::shared_ptr<RecordStream> StreamRegistry::Attach(const SessionId& session, const std::string& writer,
                                                     const std::shared_ptr<RecordStream>& stream) {
  MutexLock lock(mutex_);
  return std::exchange(current_[Key(session, writer)], stream);
}

void StreamRegistry::Remove(const std::shared_ptr<RecordStream>& stream, const SessionId& session, const std::string& writer) {
  MutexLock lock(mutex_);
  all_.erase(stream);
  auto it = current_.find(Key(session, writer));
  if (it != current_.end() && it->second == stream) current_.erase(it);
}

void StreamRegistry::EndAll(const absl::Status& status) {
  std::vector<std::shared_ptr<RecordStream>> streams;
  {
    MutexLock lock(mutex_);
    ended_ = true;
    streams.assign(all_.begin(), all_.end());
  }
  for (const auto& stream : streams) stream->End(status);
}

}  // namespace uow
