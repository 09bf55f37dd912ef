#pragma once

#include <string>

namespace uow {

// A new directory under TMPDIR or /tmp, removed with all that is in it when this goes away, unless Keep was called. Others may
// enter it, since a private PostgreSQL runs as another user.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // Leaves the directory behind, for someone to look at after a failure.
  void Keep() { keep_ = true; }

 private:
  std::string path_;
  bool keep_ = false;
};

// A TCP port of 127.0.0.1 that nobody listens on now.
int FreePort();

}  // namespace uow
