#pragma once

#include <functional>
#include <memory>

#include "adapters/client_executor.h"
#include "adapters/target.h"

namespace uow::test {

// A target whose connections run what a client would be given: fence, keys, steps and marker as segments, through ClientExecutor.
// With it the suite that every dialect passes holds for saves that clients execute. `described` is the dialect's own target, for
// its catalog; `mysql_server` is what a client of MySQL tells of its server.
std::unique_ptr<Target> MakeClientTarget(std::unique_ptr<Target> described,
                                         std::function<absl::StatusOr<std::unique_ptr<ClientDriver>>()> connect,
                                         v1::MysqlServer mysql_server = {});

}  // namespace uow::test
