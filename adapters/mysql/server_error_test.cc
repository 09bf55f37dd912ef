#include "adapters/mysql/server_error.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::ErrorDetail DetailFor(unsigned number, const std::string& message) {
  return *DetailOf(ToStatus({number, "23000", message}, "target t"));
}

TEST(MysqlServerError, NamesTheUniqueKeyWhateverTheValueSays) {
  EXPECT_EQ(DetailFor(1062, "Duplicate entry 'a@x' for key 'email'").constraint(), "email");
  EXPECT_EQ(DetailFor(1062, "Duplicate entry 'x' for key 'y'' for key 'email'").constraint(), "email");
  EXPECT_EQ(DetailFor(1062, "Duplicate entry '1' for key 'customer.PRIMARY'").constraint(), "PRIMARY");
  EXPECT_EQ(DetailFor(1062, "no such words").constraint(), "");
}

TEST(MysqlServerError, NamesForeignKeysChecksAndColumns) {
  EXPECT_EQ(DetailFor(1452,
                      "Cannot add or update a child row: a foreign key constraint fails (`d`.`o`, CONSTRAINT `to``p` FOREIGN KEY "
                      "(`p_id`) REFERENCES `p` (`id`))")
                .constraint(),
            "to`p");
  EXPECT_EQ(DetailFor(4025, "CONSTRAINT `customer.age` failed for `d`.`customer`").constraint(), "customer.age");
  EXPECT_EQ(DetailFor(3819, "Check constraint 'positive' is violated.").constraint(), "positive");
  EXPECT_THAT(DetailFor(1048, "Column 'name' cannot be null").columns(), ElementsAre("name"));
  EXPECT_THAT(DetailFor(1364, "Field 'name' doesn't have a default value").columns(), ElementsAre("name"));
  EXPECT_THAT(DetailFor(1406, "Data too long for column 'n' at row 2").columns(), ElementsAre("n"));
  EXPECT_THAT(DetailFor(1406, "Data too long").columns(), IsEmpty());
}

TEST(MysqlServerError, OnlyARowsOwnFaultsAreNarrowed) {
  EXPECT_TRUE(IsAboutOneRow(ToStatus({1062, "23000", ""}, "t")));
  EXPECT_TRUE(IsAboutOneRow(ToStatus({1264, "22003", ""}, "t")));
  EXPECT_TRUE(IsAboutOneRow(ToStatus({1644, "45000", "not on Sundays"}, "t")));
  EXPECT_FALSE(IsAboutOneRow(ToStatus({1213, "40001", ""}, "t")));
  EXPECT_FALSE(IsAboutOneRow(ToStatus({1969, "70100", "max_statement_time"}, "t")));
  EXPECT_FALSE(IsAboutOneRow(ToStatus({1146, "42S02", ""}, "t")));
}

TEST(MysqlServerError, ALostConnectionIsUnavailable) {
  EXPECT_TRUE(IsLost(2013));
  EXPECT_FALSE(IsLost(1213));
  EXPECT_EQ(ReasonOfError({2006, "HY000", ""}), v1::ERROR_REASON_TARGET_UNAVAILABLE);
  EXPECT_EQ(ReasonOfError({2002, "HY000", ""}), v1::ERROR_REASON_TARGET_UNAVAILABLE);
  EXPECT_EQ(ReasonOfError({1045, "28000", ""}), v1::ERROR_REASON_TARGET_DENIED);
  EXPECT_EQ(ReasonOfError({1205, "HY000", ""}), v1::ERROR_REASON_TARGET_CONFLICT);
}

}  // namespace
}  // namespace uow::mysql
