#include "adapters/mysql/client_render.h"

#include "gtest/gtest.h"

namespace uow::mysql {
namespace {

ClientServer ServerOf(const char* version) {
  v1::MysqlServer server;
  server.set_version(version);
  return ClientServerOf(server);
}

TEST(ClientServerOf, KeysAreReturnedCountedUpOrTakenOneByOne) {
  struct Case {
    const char* version;
    Product product;
    bool keys_count_up;
  };
  for (const Case& server : {
           Case{"10.11.14-MariaDB-0+deb12u2 Debian 12", Product::kMariaDb, true},
           Case{"12.0.2-MariaDB mariadb.org binary distribution", Product::kMariaDb, true},
           Case{"10.4.34-MariaDB mariadb.org binary distribution", Product::kMySql, true},
           Case{"8.4.3 MySQL Community Server - GPL", Product::kMySql, true},
           Case{"8.0.36 Source distribution", Product::kMySql, true},
           Case{"8.0.11-TiDB-v8.5.0 TiDB Server (Apache License 2.0)", Product::kMySql, true},
           Case{"8.0.34-Vitess Vitess", Product::kMySql, false},
           Case{"5.7.32 SingleStoreDB source distribution (compatible; MySQL Enterprise & MySQL Commercial)", Product::kMySql,
                false},
           Case{"", Product::kMySql, false},
       }) {
    const ClientServer found = ServerOf(server.version);
    EXPECT_EQ(found.product, server.product) << server.version;
    EXPECT_EQ(found.keys_count_up, server.keys_count_up) << server.version;
  }
}

}  // namespace
}  // namespace uow::mysql
