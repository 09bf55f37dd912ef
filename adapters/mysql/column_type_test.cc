#include "adapters/mysql/column_type.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace uow::mysql {
namespace {

using testing::ElementsAre;

TEST(MysqlColumnType, IntegersHaveRoomForAllOfTheirValues) {
  EXPECT_EQ(TypeOf("tinyint", "tinyint(4)", false).kind(), v1::Type::KIND_INT16);
  EXPECT_EQ(TypeOf("tinyint", "tinyint(1)", false).kind(), v1::Type::KIND_BOOL);
  EXPECT_EQ(TypeOf("tinyint", "tinyint(3) unsigned", false).kind(), v1::Type::KIND_INT16);
  EXPECT_EQ(TypeOf("smallint", "smallint unsigned", false).kind(), v1::Type::KIND_INT32);
  EXPECT_EQ(TypeOf("int", "int(10) unsigned zerofill", false).kind(), v1::Type::KIND_INT64);
  EXPECT_EQ(TypeOf("bigint", "bigint(20)", false).kind(), v1::Type::KIND_INT64);
  EXPECT_EQ(TypeOf("bigint", "bigint(20) unsigned", false).kind(), v1::Type::KIND_UINT64);
  EXPECT_EQ(TypeOf("bit", "bit(1)", false).kind(), v1::Type::KIND_BOOL);
  EXPECT_EQ(TypeOf("bit", "bit(12)", false).kind(), v1::Type::KIND_UINT64);
}

TEST(MysqlColumnType, ColumnsSayWhatTheyHold) {
  struct Case {
    const char* data_type;
    const char* column_type;
    int64_t least, greatest;
    uint32_t max_length;
  };
  for (const Case& c :
       {Case{"tinyint", "tinyint(4)", -128, 127, 0}, Case{"tinyint", "tinyint(3) unsigned", 0, 255, 0},
        Case{"smallint", "smallint(6)", -32768, 32767, 0}, Case{"mediumint", "mediumint(9)", -8388608, 8388607, 0},
        Case{"int", "int(10) unsigned", 0, 4294967295, 0}, Case{"bigint", "bigint(20)", 0, 0, 0},
        Case{"bigint", "bigint(20) unsigned", 0, 0, 0}, Case{"year", "year(4)", 1901, 2155, 0}, Case{"bit", "bit(12)", 0, 4095, 0},
        Case{"varchar", "varchar(3)", 0, 0, 3}, Case{"char", "char(1)", 0, 0, 1}, Case{"varbinary", "varbinary(16)", 0, 0, 16},
        Case{"text", "text", 0, 0, 0}}) {
    v1::Column column;
    *column.mutable_type() = TypeOf(c.data_type, c.column_type, false);
    SetLimits(c.data_type, c.column_type, column);
    EXPECT_EQ(column.least(), c.least) << c.column_type;
    EXPECT_EQ(column.greatest(), c.greatest) << c.column_type;
    EXPECT_EQ(column.max_length(), c.max_length) << c.column_type;
  }
}

TEST(MysqlColumnType, DecimalsHaveTheirScaleAndEnumsTheirLabels) {
  const v1::Type decimal = TypeOf("decimal", "decimal(38,18) unsigned", false);
  EXPECT_EQ(decimal.precision(), 38u);
  EXPECT_EQ(decimal.scale(), 18u);
  EXPECT_EQ(TypeOf("decimal", "decimal(10,0)", false).precision(), 10u);
  EXPECT_THAT(TypeOf("enum", "enum('sad','so, so','it''s (ok)','')", false).enum_values(),
              ElementsAre("sad", "so, so", "it's (ok)", ""));
  EXPECT_TRUE(TypeOf("enum", "enum('a')", false).name().empty());
}

TEST(MysqlColumnType, WhatHasNoKindOfItsOwnIsCastText) {
  const v1::Type set = TypeOf("set", "set('a','b')", false);
  EXPECT_EQ(set.kind(), v1::Type::KIND_OTHER);
  EXPECT_EQ(set.name(), "set");
  EXPECT_EQ(TypeOf("inet6", "inet6", false).kind(), v1::Type::KIND_OTHER);
  EXPECT_EQ(TypeOf("longtext", "longtext", true).kind(), v1::Type::KIND_JSON);
  EXPECT_EQ(TypeOf("longtext", "longtext", false).kind(), v1::Type::KIND_TEXT);
}

}  // namespace
}  // namespace uow::mysql
