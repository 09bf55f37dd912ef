#include "journal/session_id.h"

#include <gtest/gtest.h>

#include <set>

#include "journal/errors.h"

namespace uow {
namespace {

TEST(SessionId, ReadsBackWhatItShows) {
  SessionId id = SessionId::Random();
  EXPECT_EQ(id.ToString().size(), 32u);
  EXPECT_EQ(SessionId::Parse(id.ToString()).value(), id);
  EXPECT_EQ(id.AsBytes().size(), 16u);
}

TEST(SessionId, RandomIdsDiffer) {
  std::set<SessionId> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(SessionId::Random());
  EXPECT_EQ(ids.size(), 1000u);
}

TEST(SessionId, AcceptsUpperCaseAndShowsLowerCase) {
  EXPECT_EQ(SessionId::Parse("00112233445566778899AABBCCDDEEFF")->ToString(), "00112233445566778899aabbccddeeff");
}

TEST(SessionId, TextThatCantBeAnIdIsAnUnknownSession) {
  for (const char* text : {"", "0011", "00112233445566778899aabbccddeeff0", "00112233445566778899aabbccddeefg", "日本語"}) {
    EXPECT_EQ(ReasonOf(SessionId::Parse(text).status()), v1::ERROR_REASON_SESSION_NOT_FOUND) << text;
  }
}

TEST(SessionId, OrderIsThatOfTheBytes) {
  EXPECT_LT(SessionId::Parse("00ffffffffffffffffffffffffffffff").value(),
            SessionId::Parse("80000000000000000000000000000000").value());
}

}  // namespace
}  // namespace uow
