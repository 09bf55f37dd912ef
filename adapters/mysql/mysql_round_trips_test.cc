// What a save of one row costs on the wire.
#include <memory>
#include <vector>

#include "absl/strings/str_replace.h"
#include "adapters/mysql/mysql_test_fixture.h"
#include "tests/support/turn_counter.h"

namespace uow {
namespace {

using test::Int;
using test::Ref;
using test::Text;

// Beyond the statement itself.
constexpr int kMostRoundTrips = 3;

class MysqlRoundTrips : public MysqlTest {
 protected:
  void SetUp() override {
    MysqlTest::SetUp();
    counter_ = std::make_unique<TurnCounter>(database().server().port());
    ASSERT_TRUE(counter_->Start().ok());
    TargetConfig config = database().Config();
    config.dsn =
        absl::StrReplaceAll(config.dsn, {{database().server().HostAndPort(), absl::StrCat("127.0.0.1:", counter_->port())}});
    target_ = TargetWith(config);
  }

  // How many it takes, on a connection that stands.
  int RoundTripsOf(const v1::NetChange& change) { return RoundTripsOf(std::vector<v1::NetChange>{change}); }
  int RoundTripsOf(const std::vector<v1::NetChange>& changes) {
    const int before = counter_->turns();
    absl::StatusOr<SaveOutcome> outcome = Save(changes);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return counter_->turns() - before;
  }

  std::unique_ptr<TurnCounter> counter_;
};
INSTANTIATE_TEST_SUITE_P(Mysql, MysqlRoundTrips, testing::Values(mysql::Mariadb()));

TEST_P(MysqlRoundTrips, ASaveOfOneRowTakesFew) {
  CreateTables("CREATE TABLE t (id {key}, n VARCHAR(200));");
  // Connects, makes the marker's table, and has the server prepare each kind of statement once.
  EXPECT_GT(RoundTripsOf(Insert("t", {Int(900)}, {{"n", Text("a")}})), kMostRoundTrips);
  RoundTripsOf(Insert("t", {Ref(1)}, {{"n", Text("b")}}));
  RoundTripsOf(Update("t", {Int(900)}, {{"n", Text("c")}}));
  RoundTripsOf(Delete("t", {Int(900)}));

  EXPECT_LE(RoundTripsOf(Insert("t", {Int(2000)}, {{"n", Text("d")}})), 1 + kMostRoundTrips);
  EXPECT_LE(RoundTripsOf(Insert("t", {Ref(2)}, {{"n", Text("e")}})), 1 + kMostRoundTrips);
  EXPECT_LE(RoundTripsOf(Update("t", {Int(2000)}, {{"n", Text("f")}})), 1 + kMostRoundTrips);
  EXPECT_LE(RoundTripsOf(Delete("t", {Int(2000)})), 1 + kMostRoundTrips);
}

TEST_P(MysqlRoundTrips, ManyNewRowsOfMariadbTakeOne) {
  CreateTables("CREATE TABLE t (id {key}, n VARCHAR(200));");
  std::vector<v1::NetChange> changes = {Insert("t", {Ref(1)}, {{"n", Text("a")}}), Insert("t", {Ref(2)}, {{"n", Text("a")}})};
  // The session's first save makes its marker, its second one has the server prepare how that is raised.
  RoundTripsOf(changes);
  RoundTripsOf(changes);
  for (int i = 3; i <= 5000; ++i) changes.push_back(Insert("t", {Ref(i)}, {{"n", Text("a")}}));
  // A savepoint beside it.
  EXPECT_LE(RoundTripsOf(changes), 2 + kMostRoundTrips);
}

}  // namespace
}  // namespace uow
