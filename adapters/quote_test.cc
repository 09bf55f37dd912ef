#include "adapters/quote.h"

#include <string>

#include "gtest/gtest.h"

namespace uow {
namespace {

TEST(QuoteTest, NamesStandBetweenDoubleQuotes) {
  EXPECT_EQ(QuoteName("order"), "\"order\"");
  EXPECT_EQ(QuoteName("My Table"), "\"My Table\"");
}

TEST(QuoteTest, AQuoteInANameNeverEndsIt) {
  EXPECT_EQ(QuoteName("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
  EXPECT_EQ(QuoteName("\""), "\"\"\"\"");
}

TEST(QuoteTest, ANulNeverCutsAStatementShort) {
  EXPECT_EQ(QuoteName(std::string("a\0b", 3)),
            "\"a\xEF\xBF\xBD"
            "b\"");
}

TEST(QuoteTest, TheNamespaceIsQuotedApart) {
  v1::Table table;
  table.set_name("a.b");
  EXPECT_EQ(QuoteTable(table), "\"a.b\"");
  table.set_namespace_("s.t");
  EXPECT_EQ(QuoteTable(table), "\"s.t\".\"a.b\"");
}

}  // namespace
}  // namespace uow
