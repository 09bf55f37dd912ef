#include "journal/text.h"

#include <gtest/gtest.h>

namespace uow {
namespace {

TEST(Text, IsClippedBetweenCharacters) {
  EXPECT_EQ(ClipText("abc", 3), "abc");
  EXPECT_EQ(ClipText("abc", 2), "ab");
  EXPECT_EQ(ClipText("a€b", 2), "a");
  EXPECT_EQ(ClipText("a€b", 3), "a");
  EXPECT_EQ(ClipText("a€b", 4), "a€");
  EXPECT_EQ(ClipText("€", 0), "");
}

TEST(Text, IsQuotedForMessages) {
  EXPECT_EQ(Quoted("order"), "\"order\"");
  EXPECT_EQ(Quoted("a\"b\n"), "\"a\\\"b\\n\"");
  EXPECT_EQ(Quoted("größe"), "\"größe\"");
  EXPECT_EQ(Quoted("abcdef", 3), "\"abc…\"");
}

}  // namespace
}  // namespace uow
