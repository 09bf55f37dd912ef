#include "service/user_pipe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/temp_dir.h"

namespace uow {
namespace {

constexpr absl::Duration kGrace = absl::Milliseconds(300);

class UserPipeTest : public ::testing::Test {
 protected:
  std::unique_ptr<UserPipe> Make() {
    auto pipe = UserPipe::Make(path_, kGrace, [this] { unused_ = true; });
    EXPECT_TRUE(pipe.ok()) << pipe.status();
    return *std::move(pipe);
  }
  int Join() const { return open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC); }
  bool WaitUntilUnused(absl::Duration most) const {
    for (absl::Time end = absl::Now() + most; absl::Now() < end; absl::SleepFor(absl::Milliseconds(10))) {
      if (unused_) return true;
    }
    return unused_;
  }

  TempDir directory_;
  std::string path_ = directory_.path() + "/users";
  std::atomic<bool> unused_{false};
};

TEST_F(UserPipeTest, AServerThatNobodyCameToIsUnused) {
  auto pipe = Make();
  EXPECT_TRUE(WaitUntilUnused(absl::Seconds(10)));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UserPipeTest, ItIsUsedUntilTheLastUserLeaves) {
  auto pipe = Make();
  int first = Join(), second = Join();
  ASSERT_GE(first, 0);
  ASSERT_GE(second, 0);
  close(first);
  EXPECT_FALSE(WaitUntilUnused(3 * kGrace));
  close(second);
  EXPECT_TRUE(WaitUntilUnused(absl::Seconds(10)));
  EXPECT_EQ(Join(), -1);
  EXPECT_EQ(errno, ENOENT);
}

TEST_F(UserPipeTest, AKilledUserHasLeft) {
  auto pipe = Make();
  pid_t child = fork();
  if (child == 0) {
    if (open(path_.c_str(), O_WRONLY | O_NONBLOCK) < 0) _exit(1);
    while (true) pause();
  }
  EXPECT_FALSE(WaitUntilUnused(3 * kGrace));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(WaitUntilUnused(absl::Seconds(10)));
}

TEST_F(UserPipeTest, WithoutAServerOpeningFails) {
  { auto pipe = Make(); }
  EXPECT_EQ(Join(), -1);
  EXPECT_EQ(errno, ENOENT);
  // As a killed server leaves it.
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(Join(), -1);
  EXPECT_EQ(errno, ENXIO);
  auto pipe = Make();
  int user = Join();
  EXPECT_GE(user, 0);
  close(user);
}

TEST_F(UserPipeTest, APlaceWhereNoPipeCanBeIsRefused) {
  std::filesystem::create_directory(path_);
  auto pipe = UserPipe::Make(path_, kGrace, [] {});
  EXPECT_FALSE(pipe.ok());
  EXPECT_NE(pipe.status().message().find(path_), absl::string_view::npos);
}

}  // namespace
}  // namespace uow
