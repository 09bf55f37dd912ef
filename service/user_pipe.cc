#include "service/user_pipe.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow {
namespace {

// How often the pipe is looked at. A pipe without writers is always ready, so that waiting for it would spin.
constexpr absl::Duration kInterval = absl::Milliseconds(100);

}  // namespace

absl::StatusOr<std::unique_ptr<UserPipe>> UserPipe::Make(const std::string& path, absl::Duration grace,
                                                         std::function<void()> on_unused) {
  auto bad = [&path](absl::string_view what) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST,
                     absl::StrCat("--exit-when-unused: can't ", what, " the pipe ", path, ": ", std::strerror(errno)));
  };
  // The journal's lock says that there is no other server of this directory.
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return bad("replace");
  if (mkfifo(path.c_str(), 0600) != 0) return bad("make");
  int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return bad("open");
  return std::unique_ptr<UserPipe>(new UserPipe(path, fd, grace, std::move(on_unused)));
}

UserPipe::UserPipe(std::string path, int fd, absl::Duration grace, std::function<void()> on_unused)
    : path_(std::move(path)), fd_(fd), grace_(grace), on_unused_(std::move(on_unused)), thread_([this] { Run(); }) {}

UserPipe::~UserPipe() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
  if (!retired_) unlink(path_.c_str());
  close(fd_);
}

bool UserPipe::HasUsers() const {
  pollfd entry{fd_, POLLIN, 0};
  if (poll(&entry, 1, 0) < 0) return true;
  if (entry.revents & POLLIN) {
    // Nobody writes to it; what somebody wrote by mistake would hide that they have gone.
    char buffer[512];
    while (read(fd_, buffer, sizeof(buffer)) > 0) {
    }
  }
  return (entry.revents & POLLHUP) == 0;
}

// Takes the pipe away, so that nobody comes any more. False where somebody came at the last moment.
bool UserPipe::Retire() {
  std::string aside = path_ + ".closing";
  if (std::rename(path_.c_str(), aside.c_str()) != 0) return true;
  if (HasUsers()) {
    std::rename(aside.c_str(), path_.c_str());
    return false;
  }
  unlink(aside.c_str());
  return true;
}

void UserPipe::Run() {
  // A pipe that nobody has opened yet looks as if it had users: a first user of our own, gone at once, sets that right.
  int first = open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (first >= 0) close(first);
  absl::Time used = absl::Now();
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) changed_.WaitUntil(mutex_, absl::ToChronoTime(absl::Now() + kInterval));
      if (stopping_) return;
    }
    absl::Time now = absl::Now();
    if (HasUsers()) used = now;
    if (now - used >= grace_ && Retire()) {
      retired_ = true;
      on_unused_();
      return;
    }
  }
}

}  // namespace uow
