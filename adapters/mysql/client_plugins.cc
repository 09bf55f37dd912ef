#include "adapters/mysql/client_plugins.h"

#include <filesystem>
#include <system_error>

namespace uow::mysql {

const std::string& PluginDirectory() {
  static const std::string directory = [] {
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return std::string();
    const std::filesystem::path beside = program.parent_path().parent_path() / "lib" / "mariadb-plugins";
    return std::filesystem::is_directory(beside, error) ? beside.string() : std::string();
  }();
  return directory;
}

}  // namespace uow::mysql
