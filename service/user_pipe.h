#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "journal/mutex.h"

namespace uow {

// Tells when the last process that uses this server has gone, however it ended: a named pipe that each of them holds open for
// writing, and that the system closes for those that are killed. Opening it without waiting (O_WRONLY | O_NONBLOCK) also tells a
// process whether there is a server: ENOENT or ENXIO, there is none.
class UserPipe {
 public:
  // Makes the pipe at `path`; what a server that was killed left there is replaced. Calls `on_unused` once, from a thread of its
  // own, when nobody has held the pipe open for `grace`; the pipe is gone then, so that no further process counts on this server.
  // INVALID_REQUEST where the pipe can't be made.
  static absl::StatusOr<std::unique_ptr<UserPipe>> Make(const std::string& path, absl::Duration grace,
                                                        std::function<void()> on_unused);
  // Removes the pipe, unless that was done.
  ~UserPipe();
  UserPipe(const UserPipe&) = delete;
  UserPipe& operator=(const UserPipe&) = delete;

 private:
  UserPipe(std::string path, int fd, absl::Duration grace, std::function<void()> on_unused);
  void Run();
  bool HasUsers() const;
  bool Retire();

  const std::string path_;
  const int fd_;
  const absl::Duration grace_;
  const std::function<void()> on_unused_;
  bool retired_ = false;  // written by the thread, read after it has ended
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace uow
