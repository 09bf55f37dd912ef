#include "journal/event_scan.h"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "journal/event_check.h"
#include "journal/test_shop.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {
namespace {

using namespace shop;  // NOLINT: the words of these tests

constexpr size_t kLimit = 100;
constexpr char kMe[] = "me";

std::string AppendOf(const std::vector<v1::Event>& events) {
  v1::AppendEvents append;
  for (const v1::Event& event : events) *append.add_events() = event;
  return append.SerializeAsString();
}

const SchemaIndex& TheSchema() {
  static const SchemaRef schema = Index();
  return *schema;
}

std::optional<ScannedEvents> Scan(const std::string& bytes) { return ScanEvents(TheSchema(), kLimit, kMe, bytes); }

std::vector<v1::Event> GoodEvents() {
  return {Created(kCustomers, {Handle(1)}, {{kName, Text("Zoë")}, {kEmail, Null()}, {kBalance, Decimal("1.5")}}),
          Created(kCustomers, {Int(-7)}, {{kName, Text("")}}),
          Created(kItems, {Handle(2, "other"), Int(1)}),
          Created(kOrders, {Handle(900, kMe)}, {{kCustomer, Handle(1)}, {kNote, Text("x")}}),
          Updated(kOrders, {Handle(2)}, {{kCustomer, Handle(1), Int(4)}, {kNote, Null(), Text("x")}}),
          Updated(kCustomers, {Int(1)}, {{kName, Text("Ada"), Null()}, {kBalance, Int(12)}}),
          Updated(kTags, {Text("a")}, {{kColor, Text("red"), Text("green")}}),
          Observed(kCustomers, {Int(7)}, {{kName, Text("Ada")}, {kNameLength, Int(3)}}),
          Deleted(kCustomers, {Int(7)}),
          Deleted(kCustomers, {Int(7)}, {{kName, {}, Text("Ada")}})};
}

// What the slow way says: the number of events, or 0 where one is refused or changed.
ScannedEvents Parse(const std::string& bytes) {
  v1::AppendEvents append;
  if (!append.ParseFromString(bytes)) return {};
  ScannedEvents parsed;
  for (v1::Event& event : *append.mutable_events()) {
    const std::string before = event.SerializeAsString();
    if (!CheckEvent(TheSchema(), kLimit, event).ok() || event.SerializeAsString() != before) return {};
    ++parsed.events;
    if (event.kind() != v1::EVENT_KIND_CREATED) continue;
    for (const v1::Value& key : event.key()) {
      const v1::Handle& handle = key.handle_value();
      if (handle.writer().empty() || handle.writer() == kMe) parsed.last_handle = std::max(parsed.last_handle, handle.counter());
    }
  }
  return parsed;
}

TEST(EventScan, KnowsWhatClientsSend) {
  for (const v1::Event& event : GoodEvents()) EXPECT_TRUE(Scan(AppendOf({event}))) << event.ShortDebugString();
  std::optional<ScannedEvents> all = Scan(AppendOf(GoodEvents()));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->events, GoodEvents().size());
  EXPECT_EQ(all->last_handle, 900);
}

TEST(EventScan, SaysNothingOfBadEvents) {
  google::protobuf::LogSilencer silencer;
  const std::string long_text(kLimit + 1, 'x');
  const std::vector<v1::Event> bad = {
      Created(kCustomers, {Int(1)}),                                               // no name
      Created(kCustomers, {Int(1)}, {{kName, Null()}}),                            // it isn't nullable
      Created(kCustomers, {Int(1)}, {{kName, Text("a"), Text("b")}}),              // with an old value
      Created(kCustomers, {Int(1)}, {{kName, Text("a")}, {kNameLength, Int(1)}}),  // which is computed
      Created(kCustomers, {Int(1)}, {{kName, Text("a")}, {kName, Text("b")}}),     // twice
      Created(kCustomers, {Int(1)}, {{kName, Text(long_text)}}),
      Created(kCustomers, {Int(1)}, {{kName, Text("\xff")}}),
      Created(kCustomers, {}, {{kName, Text("a")}}),
      Created(kCustomers, {Null()}, {{kName, Text("a")}}),
      Created(kCustomers, {Handle(0)}, {{kName, Text("a")}}),
      Created(kCustomers, {Handle(1, "\n")}, {{kName, Text("a")}}),
      Created(99, {Int(1)}),
      Updated(kCustomers, {Int(1)}, {}),
      Updated(kCustomers, {Int(1)}, {{kCustomerId, Int(2)}}),
      Updated(kCustomers, {Int(1)}, {{kName, Int(2)}}),
      Updated(kCustomers, {Int(1)}, {{kName, Handle(2)}}),
      Updated(kCustomers, {Int(1)}, {{kBalance, Decimal("1.555")}}),
      Updated(kCustomers, {Int(1)}, {{99, Int(2)}}),
      Updated(kTags, {Text("a")}, {{kColor, Text("blue")}}),
      Deleted(kCustomers, {Int(7)}, {{kName, Text("Ada")}}),
  };
  for (const v1::Event& event : bad) EXPECT_FALSE(Scan(AppendOf({GoodEvents()[0], event}))) << event.ShortDebugString();
  EXPECT_FALSE(Scan(""));
}

// The scan may know less than the check, but never another thing.
TEST(EventScan, AgreesWithTheCheckOnDamagedBytes) {
  google::protobuf::LogSilencer silencer;
  std::mt19937 random(7);
  const std::vector<v1::Event> events = GoodEvents();
  int known = 0;
  for (int round = 0; round < 60000; ++round) {
    std::string bytes = AppendOf({events[random() % events.size()], events[random() % events.size()]});
    for (unsigned changes = random() % 3; changes > 0; --changes) {
      const size_t at = random() % bytes.size();
      const char with = static_cast<char>(random() % 4 == 0 ? random() : random() % 24);
      switch (random() % 4) {
        case 0:
          bytes.insert(at, 1, with);
          break;
        case 1:
          if (bytes.size() > 1) bytes.erase(at, 1);
          break;
        default:
          bytes[at] = with;
      }
    }
    std::optional<ScannedEvents> scanned = Scan(bytes);
    if (!scanned) continue;
    ++known;
    const ScannedEvents parsed = Parse(bytes);
    ASSERT_EQ(scanned->events, parsed.events) << "round " << round;
    ASSERT_EQ(scanned->last_handle, parsed.last_handle) << "round " << round;
  }
  EXPECT_GT(known, 20000);
}

}  // namespace
}  // namespace uow
