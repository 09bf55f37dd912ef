#include "service/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "service/listen.h"
#include "tests/support/temp_dir.h"

namespace uow {
namespace {

class ConfigTest : public ::testing::Test {
 protected:
  absl::StatusOr<CommandLine> Parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "uowd");
    return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data(), [this](const char* name) -> const char* {
      auto it = environment_.find(name);
      return it == environment_.end() ? nullptr : it->second.c_str();
    });
  }
  std::string WriteFile(const std::string& text) {
    std::string path = directory_.path() + "/uowd.yaml";
    std::ofstream(path) << text;
    return path;
  }
  std::string ErrorOf(std::vector<const char*> arguments) { return std::string(Parse(std::move(arguments)).status().message()); }

  TempDir directory_;
  std::map<std::string, std::string> environment_;
};

TEST_F(ConfigTest, FlagsComeBeforeEnvironmentBeforeFile) {
  std::string file = WriteFile("data-dir: /file\nlog-level: debug\nqueue-bytes: 32MiB\ndrain-timeout: 3s\n");
  environment_ = {{"UOWD_LOG_LEVEL", "warn"}, {"UOWD_QUEUE_BYTES", "48MiB"}, {"UOWD_CONFIG", file}};
  auto line = Parse({"--queue-bytes", "80MiB"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->config.queue_bytes, 80u << 20);
  EXPECT_EQ(line->config.log_level, "warn");
  EXPECT_EQ(line->config.drain_timeout, absl::Seconds(3));
  EXPECT_EQ(line->config.data_dir, "/file");
  EXPECT_EQ(line->config.listen, std::vector<std::string>{"unix:/file/uowd.sock"});
}

TEST_F(ConfigTest, ListsAreTakenWhole) {
  auto line = Parse({"--data-dir=/d", "--listen", "127.0.0.1:0", "--listen", "unix:/s", "--target", "a=sqlite:/a.db", "--target",
                     "b=postgresql://u:p@h/d?x=y"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->config.listen, (std::vector<std::string>{"127.0.0.1:0", "unix:/s"}));
  EXPECT_EQ(line->config.targets.at("b"), "postgresql://u:p@h/d?x=y");
  environment_["UOWD_TARGET"] = "a=sqlite:/a.db\nc=postgresql:host=x dbname=y\n";
  line = Parse({"--data-dir=/d"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->config.targets.at("c"), "postgresql:host=x dbname=y");
  std::string file = WriteFile("target:\n  main: sqlite:/m.db\nlisten: [unix:/x, 'localhost:1']\ninsecure-listen: true\n");
  environment_.clear();
  line = Parse({"--data-dir=/d", "--config", file.c_str()});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->config.targets.at("main"), "sqlite:/m.db");
  EXPECT_EQ(line->config.listen.size(), 2u);
  EXPECT_TRUE(line->config.insecure_listen);
}

TEST_F(ConfigTest, ErrorsNameTheFlagAndSayWhatToDo) {
  EXPECT_EQ(ErrorOf({}), "--data-dir is missing: name the directory that keeps the journal");
  EXPECT_EQ(ErrorOf({"--data-dir=/d", "--queue-bytes", "lots"}),
            "--queue-bytes: \"lots\" is not a size: write a number of bytes, or one with KiB, MiB or GiB, such as 16MiB");
  environment_["UOWD_IDLE_TTL"] = "-3h";
  EXPECT_EQ(ErrorOf({"--data-dir=/d"}), "--idle-ttl (from UOWD_IDLE_TTL): \"-3h\" must be above 0");
  environment_.clear();
  EXPECT_NE(ErrorOf({"--data-dir=/d", "--nonsense"}).find("uowd --help lists the flags"), std::string::npos);
  EXPECT_NE(ErrorOf({"--data-dir=/d", "--config", "/no/such/file"}).find("--config: can't read /no/such/file"), std::string::npos);
  std::string file = WriteFile("dta-dir: x\n");
  EXPECT_NE(ErrorOf({"--config", file.c_str()}).find("there is no setting \"dta-dir\""), std::string::npos);
  EXPECT_NE(ErrorOf({"--data-dir=/d", "--tls-cert=/c"}).find("--tls-cert and --tls-key need each other"), std::string::npos);
  EXPECT_NE(ErrorOf({"--data-dir=/d", "--idle-ttl=40d"}).find("--idle-ttl is above --max-idle-ttl"), std::string::npos);
}

TEST_F(ConfigTest, APasswordIsNeverShown) {
  EXPECT_EQ(ErrorOf({"--data-dir=/d", "--target", "postgresql://u:secret@h/d"}).find("secret"), std::string::npos);
}

TEST_F(ConfigTest, VersionAndHelpArePrinted) {
  EXPECT_NE(Parse({"--help"})->print.find("--data-dir"), std::string::npos);
  EXPECT_EQ(Parse({"--version"})->print.substr(0, 5), "uowd ");
}

TEST(ListenTest, OnlyThisMachineMayConnectWithoutCredentials) {
  Config config;
  auto exposure = [&](const char* text) { return CheckExposure(*ParseListenAddress(text), config); };
  EXPECT_TRUE(exposure("unix:/tmp/x").ok());
  EXPECT_TRUE(exposure("localhost:1").ok());
  EXPECT_TRUE(exposure("127.8.9.1:1").ok());
  EXPECT_TRUE(exposure("[::1]:1").ok());
  for (const char* wide : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.org:1"}) EXPECT_FALSE(exposure(wide).ok()) << wide;
  config.token_file = "t";
  EXPECT_FALSE(exposure("0.0.0.0:1").ok()) << "tokens in the clear";
  config.tls_cert = config.tls_key = "c";
  EXPECT_TRUE(exposure("0.0.0.0:1").ok());
  config = Config();
  config.insecure_listen = true;
  EXPECT_TRUE(exposure("0.0.0.0:1").ok());
}

TEST(ListenTest, AnAddressThatIsNoneIsRefused) {
  for (const char* bad : {"", "host", ":1", "host:", "host:x", "host:70000", "[::1:1", "unix:"}) {
    EXPECT_FALSE(ParseListenAddress(bad).ok()) << bad;
  }
  absl::Status status = ParseListenAddress("unix:/" + std::string(107, 'x')).status();
  EXPECT_NE(status.message().find("108 bytes, and the system allows 107"), absl::string_view::npos) << status;
  EXPECT_TRUE(ParseListenAddress("unix:/" + std::string(106, 'x')).ok());
}

}  // namespace
}  // namespace uow
