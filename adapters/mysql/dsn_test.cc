#include "adapters/mysql/dsn.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MysqlDsn, HasUserHostAndDatabase) {
  const auto dsn = ParseDsn("shop", "mysql://ada:s%40cret%2f@db.example:3307/shop%20one");
  ASSERT_TRUE(dsn.ok()) << dsn.status();
  EXPECT_EQ(dsn->user, "ada");
  EXPECT_EQ(dsn->password, "s@cret/");
  EXPECT_EQ(dsn->host, "db.example");
  EXPECT_EQ(dsn->port, 3307);
  EXPECT_EQ(dsn->database, "shop one");
  EXPECT_EQ(dsn->tls, Tls::kOff);
}

TEST(MysqlDsn, TakesAddressesSocketsAndOptions) {
  EXPECT_EQ(ParseDsn("t", "mariadb://[::1]/d")->host, "::1");
  EXPECT_EQ(ParseDsn("t", "mariadb://[::1]:99/d")->port, 99);
  EXPECT_EQ(ParseDsn("t", "mysql://u@/d?socket=/run/mysqld/mysqld.sock")->socket, "/run/mysqld/mysqld.sock");
  const auto dsn = ParseDsn("t", "mysql://u@h/d?ssl-mode=VERIFY_IDENTITY&ssl-ca=/etc/ca.pem");
  ASSERT_TRUE(dsn.ok()) << dsn.status();
  EXPECT_EQ(dsn->tls, Tls::kVerified);
  EXPECT_EQ(dsn->ca, "/etc/ca.pem");
}

TEST(MysqlDsn, WhatCannotBeReadIsRefusedWithoutShowingThePassword) {
  for (const char* text :
       {"mysql:u:hunter2@h/d", "mysql://u:hunter2@h", "mysql://u:hunter2@h/", "mysql://u:hunter2@/d", "mysql://u:hunter2@h:x/d",
        "mysql://u:hunter2%@h/d", "mysql://u:hunter2@h:70000/d", "mysql://u:hunter2@h/d?ssl-mode=maybe",
        "mysql://u:hunter2@h/d?nonsense=1", "mysql://u:hunter2@[::1/d"}) {
    const absl::Status status = ParseDsn("shop", text).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_REQUEST) << text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
    EXPECT_THAT(std::string(status.message()), HasSubstr("shop"));
  }
}

}  // namespace
}  // namespace uow::mysql
