// What a save of one row costs on the wire.
#include "absl/strings/str_replace.h"
#include "adapters/postgres/postgres_test_fixture.h"
#include "tests/support/turn_counter.h"

namespace uow {
namespace {

using test::Int;
using test::Ref;
using test::Text;

// Beyond the statement itself.
constexpr int kMostRoundTrips = 3;

class PostgresRoundTrips : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    counter_ = std::make_unique<TurnCounter>(database().server().port());
    ASSERT_TRUE(counter_->Start().ok());
    TargetConfig config = database().Config();
    config.dsn =
        absl::StrReplaceAll(config.dsn, {{database().server().HostAndPort(), absl::StrCat("127.0.0.1:", counter_->port())}});
    target_ = TargetWith(config);
  }

  // How many it takes, on a connection that stands.
  int RoundTripsOf(const v1::NetChange& change) {
    const int before = counter_->turns();
    absl::StatusOr<SaveOutcome> outcome = Save({change});
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return counter_->turns() - before;
  }

  std::unique_ptr<TurnCounter> counter_;
};
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresRoundTrips, testing::Values(postgres::IdentityKeys(), postgres::SerialKeys()),
                         [](const auto& dialect) { return dialect.param.name; });

TEST_P(PostgresRoundTrips, ASaveOfOneRowTakesFew) {
  CreateTables("CREATE TABLE t (id {key}, n TEXT);");
  // Connects, and makes the marker's table.
  EXPECT_GT(RoundTripsOf(Insert("t", {Int(900)}, {{"n", Text("a")}})), kMostRoundTrips);
  EXPECT_LE(RoundTripsOf(Insert("t", {Int(1000)}, {{"n", Text("b")}})), 1 + kMostRoundTrips);
  EXPECT_LE(RoundTripsOf(Insert("t", {Ref(1)}, {{"n", Text("c")}})), 1 + kMostRoundTrips);
  EXPECT_LE(RoundTripsOf(Update("t", {Int(900)}, {{"n", Text("d")}})), 1 + kMostRoundTrips);
  EXPECT_LE(RoundTripsOf(Delete("t", {Int(900)})), 1 + kMostRoundTrips);
  transaction_ = {.isolation_level = v1::ISOLATION_LEVEL_SERIALIZABLE, .statement_timeout = absl::Seconds(5)};
  EXPECT_LE(RoundTripsOf(Update("t", {Int(1000)}, {{"n", Text("e")}})), 1 + kMostRoundTrips);
}

}  // namespace
}  // namespace uow
