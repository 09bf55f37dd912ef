#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"

// A child process. Killed when this goes away. It is also killed when this process dies.
class Child {
 public:
  Child() = default;
  ~Child() { Kill(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Starts a program, found by PATH where its name has no slash. Its input comes from `input` and its output goes to the end of
  // `log`; where they are empty they are ours.
  absl::Status Start(const std::vector<std::string>& arguments, const std::string& input, const std::string& log);
  // Waits for its end. An error where it fails.
  absl::Status Wait();
  // Whether it still runs.
  bool Running();
  // SIGKILL, and waits for its end.
  void Kill();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};
