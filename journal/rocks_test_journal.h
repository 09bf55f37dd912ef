#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "journal/rocks_journal.h"

namespace uow {

// A directory that goes away with its owner.
class TempDirectory {
 public:
  TempDirectory() : path_((std::filesystem::temp_directory_path() / "uow-journal-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TempDirectory() { std::filesystem::remove_all(path_); }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline RocksJournalOptions OptionsFor(const std::string& directory) {
  return {.directory = directory, .free_space_reserve = 1 << 20};
}

inline std::unique_ptr<Journal> OpenOrDie(const RocksJournalOptions& options) {
  absl::StatusOr<std::unique_ptr<Journal>> journal = OpenRocksJournal(options);
  if (!journal.ok()) ADD_FAILURE() << journal.status();
  return journal.ok() ? *std::move(journal) : nullptr;
}

// The directory as a process that was killed would leave it: a copy of what is in the files while they are still open.
inline void CopyAsCrashed(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

// The journal's log that was written last.
inline std::string NewestLog(const std::string& directory) {
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".log" && entry.path().string() > newest) newest = entry.path().string();
  }
  return newest;
}

inline void FlipByte(const std::string& file, uint64_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  char byte = static_cast<char>(stream.get() ^ 0x55);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
}

// A source for one command.
class OneCommand final : public CommandSource {
 public:
  using CommandSource::CommandSource;
  void OnCommitted(const v1::Ack& ack) override { outcome_.set_value(ack); }
  void OnFailed(uint64_t, const absl::Status& status) override { outcome_.set_value(status); }
  absl::StatusOr<v1::Ack> Wait() { return outcome_.get_future().get(); }

 private:
  std::promise<absl::StatusOr<v1::Ack>> outcome_;
};

inline absl::StatusOr<v1::Ack> Send(Journal& journal, const SessionId& id, const std::string& writer, const Command& command) {
  auto source = std::make_shared<OneCommand>(id, writer);
  while (!journal.Submit(source, command)) std::this_thread::yield();
  return source->Wait();
}

// Appends created events with the keys [from, to).
inline AppendAction AppendNumbers(int64_t from, int64_t to) {
  v1::AppendEvents events;
  for (int64_t number = from; number < to; ++number) {
    v1::Event& event = *events.add_events();
    event.set_kind(v1::EVENT_KIND_CREATED);
    event.add_key()->set_int64_value(number);
  }
  return {.events = static_cast<uint64_t>(to - from), .bytes = events.SerializeAsString()};
}

// The keys of a session's events, or the error that the reading ended with.
inline absl::StatusOr<std::vector<int64_t>> ReadNumbers(Journal& journal, const SessionId& id, uint64_t from, uint64_t to) {
  std::vector<int64_t> numbers;
  absl::Status status = journal.ReadEvents(id, from, to, std::nullopt,
                                           [&](uint64_t, absl::string_view, uint64_t, absl::Time, const v1::Event& event) {
                                             numbers.push_back(event.key(0).int64_value());
                                             return absl::OkStatus();
                                           });
  if (!status.ok()) return status;
  return numbers;
}

inline SessionId NewTestSession(Journal& journal) {
  return journal.CreateSession({.target = "shop", .schema_id = "schema", .idle_ttl = absl::Hours(1)})->id;
}

}  // namespace uow
