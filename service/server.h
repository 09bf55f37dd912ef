#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/config.h"

namespace uow {

// A running uowd: the journal, the targets and the listeners. Start and Shutdown are for one thread.
class Server {
 public:
  // Opens the journal and serves. INVALID_REQUEST where the configuration is to be corrected; otherwise the error of what failed.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Config& config);
  // Shuts down, unless that was done.
  ~Server();

  // Where it listens, with the real port in the place of port 0.
  const std::vector<std::string>& addresses() const;

  // Takes nothing new, lets running saves finish within the drain timeout, delivers the last acknowledgements, ends the streams and
  // closes the listeners. False where a save still ran then, in which case the process should exit without destroying the server.
  bool Shutdown();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace uow
