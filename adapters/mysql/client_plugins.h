#pragma once

#include <string>

namespace uow::mysql {

// Where libmariadb finds what it loads by name to log in: MySQL 8 asks for `caching_sha2_password`, others for `client_ed25519`. A
// uowd that was installed with its libraries, as the npm package is, has them in `../lib/mariadb-plugins`, seen from the program.
// Empty for any other: the library knows the system's place. Thread-safe.
const std::string& PluginDirectory();

}  // namespace uow::mysql
