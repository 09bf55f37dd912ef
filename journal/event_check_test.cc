#include "journal/event_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "journal/errors.h"
#include "journal/test_shop.h"

namespace {

// Counts allocations of this thread while `counting` is set.
thread_local bool counting = false;
thread_local int allocations = 0;

}  // namespace

void* operator new(size_t size) {
  if (counting) ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  if (counting) ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace uow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace shop;  // NOLINT: the words of these tests

class EventCheck : public ::testing::Test {
 protected:
  v1::ErrorReason Check(v1::Event event) {
    status_ = CheckEvent(*schema_, kLimit, event);
    return ReasonOf(status_);
  }
  v1::ErrorDetail Detail() const { return DetailOf(status_).value(); }

  static constexpr size_t kLimit = 1000;
  static constexpr auto kGood = v1::ERROR_REASON_UNSPECIFIED;
  SchemaRef schema_ = Index();
  absl::Status status_;
};

TEST_F(EventCheck, GoodEventsPass) {
  EXPECT_EQ(Check(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}, {kEmail, Null()}, {kBalance, Decimal("1.5")}})), kGood);
  EXPECT_EQ(Check(Created(kCustomers, {Int(7)}, {{kName, Text("Ada")}})), kGood);
  EXPECT_EQ(Check(Created(kItems, {Handle(2, "other"), Int(1)})), kGood);
  EXPECT_EQ(Check(Updated(kOrders, {Handle(2)}, {{kCustomer, Handle(1), Int(4)}, {kNote, Null(), Text("x")}})), kGood);
  EXPECT_EQ(Check(Deleted(kCustomers, {Int(7)})), kGood);
  EXPECT_EQ(Check(Deleted(kCustomers, {Int(7)}, {{kName, {}, Text("Ada")}, {kNameLength, {}, Int(3)}})), kGood);
  EXPECT_EQ(Check(Observed(kCustomers, {Int(7)}, {{kName, Text("Ada")}, {kNameLength, Int(3)}})), kGood);
}

TEST_F(EventCheck, AGoodEventCostsNoAllocation) {
  v1::Event events[] = {
      Created(kCustomers, {Handle(1)},
              {{kName, Text("a name that is too long for the small string optimisation")}, {kEmail, Null()}}),
      Created(kItems, {Handle(1, "some-other-writer-with-a-long-id"), Int(1)},
              {{kProduct, Text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")}}),
      Updated(kCustomers, {Int(1)}, {{kBalance, Decimal("12345678.90"), Int(5)}}),
      Updated(kTags, {Text("a")}, {{kColor, Text("green")}}),
      Deleted(kTags, {Text("a")}),
  };
  for (v1::Event& event : events) {
    allocations = 0;
    counting = true;
    absl::Status status = CheckEvent(*schema_, kLimit, event);
    counting = false;
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(allocations, 0) << event.ShortDebugString();
  }
}

TEST_F(EventCheck, NamesBecomePositions) {
  v1::Event event = Updated(0, {Int(1)}, {{0, Text("x")}});
  event.set_table_name("orders");
  event.mutable_fields(0)->set_column_name("note");
  ASSERT_TRUE(CheckEvent(*schema_, kLimit, event).ok());
  EXPECT_EQ(event.SerializeAsString(), Updated(kOrders, {Int(1)}, {{kNote, Text("x")}}).SerializeAsString());
}

TEST_F(EventCheck, TablesAndColumnsMustBeThere) {
  EXPECT_EQ(Check(Deleted(4, {Int(1)})), v1::ERROR_REASON_TABLE_NOT_FOUND);
  v1::Event event = Deleted(0, {Int(1)});
  event.set_table_name("nowhere");
  EXPECT_EQ(Check(event), v1::ERROR_REASON_TABLE_NOT_FOUND);
  EXPECT_EQ(Check(Updated(kOrders, {Int(1)}, {{3, Text("x")}})), v1::ERROR_REASON_COLUMN_NOT_FOUND);
  event = Updated(kOrders, {Int(1)}, {{kNote, Text("x")}});
  event.mutable_fields(0)->set_column_name("notes");
  EXPECT_EQ(Check(event), v1::ERROR_REASON_COLUMN_NOT_FOUND);
}

TEST_F(EventCheck, AnEventSaysWhatHappened) {
  v1::Event event = Deleted(kTags, {Text("a")});
  event.clear_kind();
  EXPECT_EQ(Check(event), v1::ERROR_REASON_INVALID_REQUEST);
  event.set_kind(static_cast<v1::EventKind>(17));
  EXPECT_EQ(Check(event), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_F(EventCheck, AVersionIsOneOfTheVersionColumn) {
  auto with_version = [](v1::Event event, v1::Value version) {
    *event.mutable_version() = std::move(version);
    return event;
  };
  EXPECT_EQ(Check(with_version(Deleted(kTags, {Text("a")}), Int(1))), v1::ERROR_REASON_INVALID_REQUEST) << "no such column";
  v1::Schema schema = Schema();
  v1::Column& version = *schema.mutable_tables(kTags)->add_columns();
  version.set_name("version");
  version.mutable_type()->set_kind(v1::Type::KIND_INT32);
  version.set_version(true);
  schema_ = SchemaIndex::Create(schema).value();
  EXPECT_EQ(Check(with_version(Deleted(kTags, {Text("a")}), Int(1))), kGood);
  EXPECT_EQ(Check(with_version(Updated(kTags, {Text("a")}, {{kColor, Null()}}), Null())), kGood);
  EXPECT_EQ(Check(with_version(Deleted(kTags, {Text("a")}), Text("1"))), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  EXPECT_EQ(Check(with_version(Deleted(kTags, {Text("a")}), Int(1LL << 40))), v1::ERROR_REASON_VALUE_OUT_OF_RANGE);
  EXPECT_EQ(Check(with_version(Created(kTags, {Text("a")}), Int(1))), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Check(Created(kTags, {Text("a")})), kGood) << "the save gives a new row its version";
}

TEST_F(EventCheck, ANewKeyIsCompleteAndOfAnUpdate) {
  auto moved = [](v1::Event event, Key key) {
    for (v1::Value& value : key) *event.add_new_key() = std::move(value);
    return event;
  };
  EXPECT_EQ(Check(moved(Updated(kItems, {Int(1), Int(1)}, {}), {Int(1), Int(2)})), kGood);
  EXPECT_EQ(Check(moved(Updated(kItems, {Int(1), Int(1)}, {}), {Handle(7), Int(2)})), kGood);
  EXPECT_EQ(Check(moved(Updated(kTags, {Text("a")}, {{kColor, Null()}}), {Text("b")})), kGood);
  EXPECT_EQ(Check(moved(Updated(kItems, {Int(1), Int(1)}, {}), {Int(1)})), v1::ERROR_REASON_KEY_MISSING);
  EXPECT_EQ(Check(moved(Updated(kTags, {Text("a")}, {}), {Null()})), v1::ERROR_REASON_KEY_NULL);
  EXPECT_EQ(Check(moved(Updated(kTags, {Text("a")}, {}), {Int(1)})), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  EXPECT_EQ(Check(moved(Deleted(kTags, {Text("a")}), {Text("b")})), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Check(moved(Updated(kOrders, {Int(1)}, {}), {Handle(7)})), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_F(EventCheck, AKeyIsCompleteAndNeverNull) {
  EXPECT_EQ(Check(Deleted(kItems, {})), v1::ERROR_REASON_KEY_MISSING);
  EXPECT_EQ(Check(Deleted(kItems, {Int(1)})), v1::ERROR_REASON_KEY_MISSING);
  EXPECT_THAT(std::string(status_.message()), HasSubstr("\"order_id\", \"line\""));
  EXPECT_EQ(Check(Deleted(kItems, {Int(1), Int(2), Int(3)})), v1::ERROR_REASON_KEY_MISSING);
  EXPECT_EQ(Check(Deleted(kItems, {Int(1), v1::Value()})), v1::ERROR_REASON_KEY_MISSING);
  EXPECT_EQ(Check(Deleted(kItems, {Int(1), Null()})), v1::ERROR_REASON_KEY_NULL);
  EXPECT_EQ(Detail().entities(0).table(), "items");
  EXPECT_THAT(Detail().columns(), ElementsAre("line"));
  EXPECT_EQ(Check(Deleted(kItems, {Int(1), Text("2")})), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  EXPECT_EQ(Check(Deleted(kItems, {Int(1), Int(1ll << 40)})), v1::ERROR_REASON_VALUE_OUT_OF_RANGE);
}

TEST_F(EventCheck, HandlesStandForGeneratedKeysAlone) {
  EXPECT_EQ(Check(Deleted(kTags, {Handle(1)})), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  EXPECT_EQ(Check(Deleted(kItems, {Int(1), Handle(1)})), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  EXPECT_EQ(Check(Updated(kOrders, {Int(1)}, {{kNote, Handle(1)}})), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  EXPECT_THAT(Detail().columns(), ElementsAre("note"));
}

TEST_F(EventCheck, AHandleHasACounterAndAPrintableWriter) {
  EXPECT_EQ(Check(Deleted(kOrders, {Handle(0)})), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Check(Deleted(kOrders, {Handle(1, std::string(64, 'w'))})), kGood);
  EXPECT_EQ(Check(Deleted(kOrders, {Handle(1, std::string(65, 'w'))})), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Check(Deleted(kOrders, {Handle(1, "a\n")})), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Check(Deleted(kOrders, {Handle(1, "ä")})), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_F(EventCheck, TwoGeneratedKeyColumnsNeedTwoHandles) {
  v1::Schema schema = Schema();
  for (v1::Column& column : *schema.mutable_tables(kItems)->mutable_columns()) {
    if (column.name() != "product") column.set_generation(v1::GENERATION_KEY);
  }
  schema_ = SchemaIndex::Create(schema).value();
  EXPECT_EQ(Check(Created(kItems, {Handle(1), Handle(2)})), kGood);
  EXPECT_EQ(Check(Created(kItems, {Handle(1), Handle(1)})), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_F(EventCheck, KeyColumnsAreNoFields) {
  EXPECT_EQ(Check(Updated(kItems, {Int(1), Int(1)}, {{kLine, Int(2)}})), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Check(Created(kItems, {Int(1), Int(1)}, {{kLine, Int(1)}})), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Check(Observed(kItems, {Int(1), Int(1)}, {{kLine, Int(1)}})), v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(Check(Deleted(kItems, {Int(1), Int(1)}, {{kLine, {}, Int(1)}})), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_F(EventCheck, ACreateGivesEveryColumnThatNothingElseFillsIn) {
  EXPECT_EQ(Check(Created(kCustomers, {Handle(1)}, {{kEmail, Text("a@b")}})), v1::ERROR_REASON_VALUE_NULL);
  EXPECT_THAT(Detail().columns(), ElementsAre("name"));
  EXPECT_EQ(Check(Observed(kCustomers, {Int(1)}, {{kEmail, Text("a@b")}})), kGood);
}

TEST_F(EventCheck, FieldsCarryTheValuesThatTheirEventNeeds) {
  constexpr auto kInvalid = v1::ERROR_REASON_INVALID_REQUEST;
  EXPECT_EQ(Check(Updated(kOrders, {Int(1)}, {})), kInvalid);
  EXPECT_EQ(Check(Updated(kOrders, {Int(1)}, {{kNote, {}, Text("old")}})), kInvalid);
  EXPECT_EQ(Check(Updated(kOrders, {Int(1)}, {{kNote, {}}})), kInvalid);
  EXPECT_EQ(Check(Created(kTags, {Text("a")}, {{kColor, {}}})), kInvalid);
  EXPECT_EQ(Check(Created(kTags, {Text("a")}, {{kColor, Text("red"), Text("green")}})), kInvalid);
  EXPECT_EQ(Check(Observed(kTags, {Text("a")}, {{kColor, Text("red"), Text("green")}})), kInvalid);
  EXPECT_EQ(Check(Deleted(kTags, {Text("a")}, {{kColor, Text("red")}})), kInvalid);
  EXPECT_EQ(Check(Deleted(kTags, {Text("a")}, {{kColor, Text("red"), Text("red")}})), kInvalid);
  EXPECT_EQ(Check(Deleted(kTags, {Text("a")}, {{kColor, {}}})), kInvalid);
}

TEST_F(EventCheck, AColumnIsNamedOnce) {
  EXPECT_EQ(Check(Updated(kOrders, {Int(1)}, {{kNote, Text("a")}, {kCustomer, Int(1)}, {kNote, Text("a")}})),
            v1::ERROR_REASON_COLUMN_REPEATED);
  EXPECT_THAT(Detail().columns(), ElementsAre("note"));
}

TEST_F(EventCheck, ComputedColumnsAreTheDatabases) {
  EXPECT_EQ(Check(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}, {kNameLength, Int(3)}})),
            v1::ERROR_REASON_COLUMN_GENERATED);
  EXPECT_EQ(Check(Updated(kCustomers, {Int(1)}, {{kNameLength, Int(3)}})), v1::ERROR_REASON_COLUMN_GENERATED);
}

TEST_F(EventCheck, NullIsForNullableColumnsButAnOldValueMayAlwaysBeNull) {
  EXPECT_EQ(Check(Updated(kCustomers, {Int(1)}, {{kName, Null()}})), v1::ERROR_REASON_VALUE_NULL);
  EXPECT_EQ(Check(Observed(kCustomers, {Int(1)}, {{kName, Null()}})), v1::ERROR_REASON_VALUE_NULL);
  EXPECT_EQ(Check(Updated(kCustomers, {Int(1)}, {{kName, Text("a"), Null()}})), kGood);
}

TEST_F(EventCheck, OldValuesAreCheckedLikeNewOnes) {
  EXPECT_EQ(Check(Updated(kOrders, {Int(1)}, {{kNote, Text("a"), Int(1)}})), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  EXPECT_EQ(Check(Deleted(kCustomers, {Int(1)}, {{kBalance, {}, Decimal("1.005")}})), v1::ERROR_REASON_VALUE_OUT_OF_RANGE);
}

TEST_F(EventCheck, AValueHasALimitOfBytes) {
  EXPECT_EQ(Check(Updated(kOrders, {Int(1)}, {{kNote, Text(std::string(kLimit, 'x'))}})), kGood);
  EXPECT_EQ(Check(Updated(kOrders, {Int(1)}, {{kNote, Text(std::string(kLimit + 1, 'x'))}})), v1::ERROR_REASON_VALUE_TOO_LARGE);
  EXPECT_EQ(Check(Deleted(kTags, {Text(std::string(100 * kLimit, 'x'))})), v1::ERROR_REASON_VALUE_TOO_LARGE);
  // What is too large to be accepted isn't sent back either.
  EXPECT_LT(Detail().ByteSizeLong(), 2 * kLimit);
}

TEST_F(EventCheck, AnErrorNamesEntityAndColumn) {
  EXPECT_EQ(Check(Updated(kOrders, {Int(5)}, {{kNote, Int(1)}})), v1::ERROR_REASON_VALUE_TYPE_MISMATCH);
  EXPECT_EQ(status_.message(), "table \"orders\", column \"note\": expected a text_value, got 1");
  EXPECT_EQ(Detail().entities(0).table(), "orders");
  EXPECT_EQ(Detail().entities(0).key(0).int64_value(), 5);
}

}  // namespace
}  // namespace uow
