#pragma once

#include <string>

namespace uow::bench {

// Serves uow.echo.v1.EchoService at `address`, with its RocksDB in `directory`, until the process is killed. Returns 1 where it
// can't.
int RunEchoServer(const std::string& directory, const std::string& address);

}  // namespace uow::bench
