#include "journal/fold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/errors.h"
#include "journal/event_check.h"
#include "journal/test_shop.h"

namespace uow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace shop;  // NOLINT: the words of these tests

// "insert tags 'a' {1: 'red'}": a net change for people. A column shows its value, and its old value after "was".
std::string Show(const SchemaIndex& schema, const v1::NetChange& change) {
  constexpr absl::string_view kKinds[] = {"nothing", "insert", "update", "delete", "replace"};
  std::string text = absl::StrCat(kKinds[change.kind()], " ", schema.TableLabel(change.table()));
  for (const v1::Value& value : change.key()) absl::StrAppend(&text, " ", DebugString(value));
  for (const v1::Field& field : change.fields()) {
    absl::StrAppend(&text, ", ", schema.table(change.table()).columns(field.column()).name());
    if (field.has_value()) absl::StrAppend(&text, " = ", DebugString(field.value()));
    if (field.has_old()) absl::StrAppend(&text, " was ", DebugString(field.old()));
  }
  return text;
}

class FoldTest : public ::testing::Test {
 public:
  // Adds an event of writer "w" at the next offset.
  FoldTest& Add(v1::Event event, absl::string_view writer = "w") {
    EXPECT_TRUE(CheckEvent(*schema_, 1000, event).ok()) << CheckEvent(*schema_, 1000, event);
    if (status_.ok()) status_ = fold_.Add(offset_, writer, event);
    ++offset_;
    return *this;
  }
  std::vector<std::string> Changes() {
    std::vector<std::string> shown;
    if (status_.ok()) {
      absl::StatusOr<std::vector<v1::NetChange>> changes = fold_.Finish();
      status_ = changes.status();
      if (changes.ok()) changes_ = std::move(*changes);
    }
    EXPECT_TRUE(status_.ok()) << status_;
    shown.reserve(changes_.size());
    for (const v1::NetChange& change : changes_) shown.push_back(Show(*schema_, change));
    return shown;
  }
  // The reason and the offset that it names.
  std::pair<v1::ErrorReason, uint64_t> Error() {
    if (status_.ok()) status_ = fold_.Finish().status();
    if (status_.ok()) return {};
    return {ReasonOf(status_), DetailOf(status_)->offset()};
  }

  SchemaRef schema_ = Index();
  uint64_t offset_ = 100;
  std::map<uint64_t, int64_t> saved_;  // keys of handles of writer "w" that earlier saves generated
  int resolver_calls_ = 0;
  Fold fold_{schema_, [this](const v1::Handle& handle, v1::Value& value) -> absl::StatusOr<bool> {
               ++resolver_calls_;
               auto it = saved_.find(handle.counter());
               if (handle.writer() != "w" || it == saved_.end()) return false;
               value = Int(it->second);
               return true;
             }};
  absl::Status status_;
  std::vector<v1::NetChange> changes_;
};

using Failure = std::pair<v1::ErrorReason, uint64_t>;

TEST_F(FoldTest, NoEventsChangeNothing) { EXPECT_THAT(Changes(), IsEmpty()); }

TEST_F(FoldTest, CreateAndUpdatesBecomeOneInsert) {
  Add(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}, {kBalance, Decimal("1")}}));
  Add(Updated(kCustomers, {Handle(1)}, {{kEmail, Text("a@b"), Null()}}));
  Add(Updated(kCustomers, {Handle(1)}, {{kName, Text("Ada L."), Text("Ada")}}));
  EXPECT_THAT(Changes(), ElementsAre("insert customers handle w/1, name = 'Ada L.', email = 'a@b', balance = 1.00"));
  EXPECT_EQ(changes_[0].first_offset(), 100u);
  EXPECT_EQ(changes_[0].last_offset(), 102u);
}

TEST_F(FoldTest, CreateAndDeleteVanish) {
  Add(Created(kTags, {Text("a")})).Add(Updated(kTags, {Text("a")}, {{kColor, Text("red")}})).Add(Deleted(kTags, {Text("a")}));
  EXPECT_THAT(Changes(), IsEmpty());
}

TEST_F(FoldTest, AVanishedKeyCanBeCreatedAgain) {
  Add(Created(kTags, {Text("a")}, {{kColor, Text("red")}})).Add(Deleted(kTags, {Text("a")}));
  Add(Created(kTags, {Text("b")}));
  Add(Created(kTags, {Text("a")}, {{kParentTag, Text("b")}}));
  EXPECT_THAT(Changes(), ElementsAre("insert tags 'a', parent = 'b'", "insert tags 'b'"));
  EXPECT_EQ(changes_[0].first_offset(), 100u);
  EXPECT_EQ(changes_[0].last_offset(), 103u);
}

TEST_F(FoldTest, UpdatesMergeWithTheirFirstOldValue) {
  Add(Updated(kTags, {Text("a")}, {{kParentTag, Text("p"), Null()}}));
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red"), Text("green")}, {kParentTag, Text("q"), Text("p")}}));
  EXPECT_THAT(Changes(), ElementsAre("update tags 'a', color = 'red' was 'green', parent = 'q' was NULL"));
}

TEST_F(FoldTest, AColumnBackAtItsOriginalDropsOut) {
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red"), Text("green")}, {kParentTag, Text("p"), Null()}}));
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("green"), Text("red")}}));
  EXPECT_THAT(Changes(), ElementsAre("update tags 'a', parent = 'p' was NULL"));
}

TEST_F(FoldTest, AnEntityBackAtItsOriginalVanishes) {
  Add(Updated(kCustomers, {Int(1)}, {{kBalance, Decimal("2"), Decimal("1.5")}}));
  Add(Updated(kCustomers, {Int(1)}, {{kBalance, Decimal("1.50"), Decimal("2.0")}}));
  EXPECT_THAT(Changes(), IsEmpty());
}

TEST_F(FoldTest, AnAbsentOldNeverCancels) {
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red")}}));
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("green"), Text("red")}}));
  EXPECT_THAT(Changes(), ElementsAre("update tags 'a', color = 'green'"));
}

TEST_F(FoldTest, AnAbsentOldInBetweenNeverCancels) {
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red"), Text("green")}}));
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("green")}}));
  EXPECT_THAT(Changes(), ElementsAre("update tags 'a', color = 'green' was 'green'"));
}

TEST_F(FoldTest, AnOldThatContradictsTheValueBeforeItNeverCancels) {
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red"), Text("green")}}));
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("green"), Null()}}));
  EXPECT_THAT(Changes(), ElementsAre("update tags 'a', color = 'green' was 'green'"));
}

TEST_F(FoldTest, WhatWasOnceBackStillKnowsItsOriginal) {
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red"), Text("green")}}));
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("green"), Text("red")}}));
  // A client that knows a wrong value writes it back: that is a change.
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red"), Null()}}));
  Add(Updated(kTags, {Text("a")}, {{kColor, Null(), Text("red")}}));
  EXPECT_THAT(Changes(), ElementsAre("update tags 'a', color = NULL was 'green'"));
}

TEST_F(FoldTest, AValueWrittenOverItselfIsNoChange) {
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red"), Text("red")}}));
  EXPECT_THAT(Changes(), IsEmpty());
}

TEST_F(FoldTest, UpdateAndDeleteBecomeADeleteOfTheOriginalRow) {
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red"), Text("green")}}));
  Add(Deleted(kTags, {Text("a")}, {{kColor, {}, Text("red")}, {kParentTag, {}, Text("p")}}));
  EXPECT_THAT(Changes(), ElementsAre("delete tags 'a', color was 'green', parent was 'p'"));
}

TEST_F(FoldTest, ADeleteDoesntTakeAPendingValueForTheOriginal) {
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red")}}));
  Add(Deleted(kTags, {Text("a")}, {{kColor, {}, Text("red")}}));
  EXPECT_THAT(Changes(), ElementsAre("delete tags 'a'"));
}

TEST_F(FoldTest, DeleteAndCreateOfOneKeyBecomeAReplace) {
  Add(Deleted(kTags, {Text("a")}, {{kColor, {}, Text("green")}, {kParentTag, {}, Text("p")}}));
  Add(Created(kTags, {Text("a")}, {{kColor, Text("red")}}));
  EXPECT_THAT(Changes(), ElementsAre("replace tags 'a', color = 'red' was 'green'"));
}

TEST_F(FoldTest, UpdatesMergeIntoAReplace) {
  Add(Deleted(kTags, {Text("a")})).Add(Created(kTags, {Text("a")}, {{kColor, Text("red")}}));
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("green"), Text("red")}, {kParentTag, Text("p"), Null()}}));
  EXPECT_THAT(Changes(), ElementsAre("replace tags 'a', color = 'green', parent = 'p'"));
}

TEST_F(FoldTest, AReplacedRowDeletedIsADeleteOfTheOriginal) {
  Add(Deleted(kTags, {Text("a")}, {{kColor, {}, Text("green")}}));
  Add(Created(kTags, {Text("a")}, {{kColor, Text("red")}}));
  Add(Deleted(kTags, {Text("a")}, {{kColor, {}, Text("red")}, {kParentTag, {}, Null()}}));
  EXPECT_THAT(Changes(), ElementsAre("delete tags 'a', color was 'green'"));
}

TEST_F(FoldTest, ObservedEventsChangeNothing) {
  Add(Observed(kTags, {Text("a")}, {{kColor, Text("red")}}));
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("green"), Text("red")}}));
  EXPECT_THAT(Changes(), ElementsAre("update tags 'a', color = 'green' was 'red'"));
  EXPECT_EQ(changes_[0].first_offset(), 101u);
}

TEST_F(FoldTest, FieldsComeInOrderOfColumnAndChangesInOrderOfFirstEvents) {
  Add(Created(kTags, {Text("b")}, {{kParentTag, Text("a")}, {kColor, Text("red")}}));
  Add(Created(kTags, {Text("a")}));
  Add(Deleted(kTags, {Text("z")}));
  Add(Updated(kTags, {Text("b")}, {{kColor, Text("green")}}));
  EXPECT_THAT(Changes(), ElementsAre("insert tags 'b', color = 'green', parent = 'a'", "insert tags 'a'", "delete tags 'z'"));
}

TEST_F(FoldTest, AnEntityIsOneEntityHoweverItsKeyIsSpelled) {
  constexpr absl::string_view kLower = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
  v1::Schema schema = Schema();
  schema.mutable_tables(kTags)->mutable_columns(kTag)->mutable_type()->set_kind(v1::Type::KIND_UUID);
  schema.mutable_tables(kTags)->clear_foreign_keys();
  Fold fold(SchemaIndex::Create(schema).value(), [](const v1::Handle&, v1::Value&) { return false; });
  ASSERT_TRUE(fold.Add(0, "w", Created(kTags, {Text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11")})).ok());
  ASSERT_TRUE(fold.Add(1, "w", Updated(kTags, {Text(kLower)}, {{kColor, Text("red")}})).ok());
  std::vector<v1::NetChange> changes = fold.Finish().value();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].key(0).text_value(), kLower);
}

TEST_F(FoldTest, KeysOfDifferentTablesAreDifferentEntities) {
  Add(Created(kCustomers, {Int(1)}, {{kName, Text("Ada")}})).Add(Created(kOrders, {Int(1)}, {{kCustomer, Int(1)}}));
  EXPECT_EQ(Changes().size(), 2u);
}

// ---- Errors ----

TEST_F(FoldTest, WhatExistsCantBeCreated) {
  Add(Created(kTags, {Text("a")})).Add(Created(kTags, {Text("a")}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_ENTITY_EXISTS, 101));
  EXPECT_EQ(DetailOf(status_)->entities(0).table(), "tags");
  EXPECT_EQ(DetailOf(status_)->entities(0).key(0).text_value(), "a");
  EXPECT_THAT(std::string(status_.message()), HasSubstr("event at offset 101, table \"tags\", key ('a')"));
}

TEST_F(FoldTest, WhatWasUpdatedExists) {
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("red"), Text("green")}}));
  Add(Updated(kTags, {Text("a")}, {{kColor, Text("green"), Text("red")}}));
  Add(Created(kTags, {Text("a")}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_ENTITY_EXISTS, 102));
}

TEST_F(FoldTest, AReplacedEntityExists) {
  Add(Deleted(kTags, {Text("a")})).Add(Created(kTags, {Text("a")})).Add(Created(kTags, {Text("a")}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_ENTITY_EXISTS, 102));
}

TEST_F(FoldTest, NothingIsDeletedTwice) {
  Add(Deleted(kTags, {Text("a")})).Add(Deleted(kTags, {Text("a")}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_ENTITY_DELETED, 101));
}

TEST_F(FoldTest, NothingDeletedIsUpdated) {
  Add(Deleted(kTags, {Text("a")})).Add(Updated(kTags, {Text("a")}, {{kColor, Text("red")}}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_ENTITY_DELETED, 101));
}

TEST_F(FoldTest, NothingThatCameAndWentIsUpdated) {
  Add(Created(kOrders, {Handle(1)}, {{kCustomer, Int(1)}})).Add(Deleted(kOrders, {Handle(1)}));
  Add(Updated(kOrders, {Handle(1)}, {{kNote, Text("x")}}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_ENTITY_DELETED, 102));
}

// ---- Handles ----

TEST_F(FoldTest, ABareHandleIsTheWritersOwn) {
  Add(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}}), "w");
  Add(Created(kCustomers, {Handle(1)}, {{kName, Text("Bob")}}), "v");
  Add(Updated(kCustomers, {Handle(1, "w")}, {{kEmail, Text("a@b")}}), "v");
  EXPECT_THAT(Changes(),
              ElementsAre("insert customers handle w/1, name = 'Ada', email = 'a@b'", "insert customers handle v/1, name = 'Bob'"));
}

TEST_F(FoldTest, ReferencesKeepTheirHandleAtAnyDepth) {
  Add(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}}));
  Add(Created(kOrders, {Handle(2)}, {{kCustomer, Handle(1)}}));
  Add(Created(kItems, {Handle(2), Int(1)}));
  Add(Updated(kItems, {Handle(2), Int(1)}, {{kProduct, Text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")}}));
  EXPECT_THAT(Changes(),
              ElementsAre("insert customers handle w/1, name = 'Ada'", "insert orders handle w/2, customer_id = handle w/1",
                          "insert items handle w/2 1, product = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"));
}

TEST_F(FoldTest, AHandleThatASaveResolvedIsItsKey) {
  saved_[1] = 41;
  Add(Updated(kCustomers, {Handle(1)}, {{kName, Text("Ada"), Text("ada")}}));
  Add(Updated(kCustomers, {Int(41)}, {{kEmail, Text("a@b"), Null()}}));
  Add(Created(kOrders, {Handle(2)}, {{kCustomer, Handle(1)}}));
  EXPECT_THAT(Changes(), ElementsAre("update customers 41, name = 'Ada' was 'ada', email = 'a@b' was NULL",
                                     "insert orders handle w/2, customer_id = 41"));
}

TEST_F(FoldTest, TheResolverIsAskedOncePerHandle) {
  saved_[1] = 41;
  for (int i = 2; i < 12; ++i) Add(Created(kOrders, {Handle(i)}, {{kCustomer, Handle(1)}}));
  for (int i = 2; i < 12; ++i) Add(Updated(kOrders, {Handle(i)}, {{kNote, Text("x")}}));
  EXPECT_EQ(Changes().size(), 10u);
  EXPECT_EQ(resolver_calls_, 11);
}

TEST_F(FoldTest, AReferenceToAHandleThatNobodyCreatedIsRefused) {
  Add(Created(kOrders, {Handle(2)}, {{kCustomer, Handle(1)}}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_HANDLE_UNKNOWN, 100));
  EXPECT_THAT(std::string(status_.message()), HasSubstr("handle w/1"));
}

TEST_F(FoldTest, AReferenceBeforeTheCreateIsRefused) {
  Add(Created(kOrders, {Handle(2)}, {{kCustomer, Handle(1)}})).Add(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_HANDLE_UNKNOWN, 100));
}

TEST_F(FoldTest, AChangeOfAHandleThatNobodyCreatedIsRefused) {
  Add(Updated(kCustomers, {Handle(1)}, {{kName, Text("Ada")}}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_HANDLE_UNKNOWN, 100));
}

TEST_F(FoldTest, AHandleNamesOnlyItsOwnEntity) {
  Add(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}})).Add(Deleted(kOrders, {Handle(1)}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_HANDLE_UNKNOWN, 101));
}

TEST_F(FoldTest, AChangeOfAnEntityUnderANewParentThatWasNeverCreatedIsRefused) {
  Add(Created(kOrders, {Handle(1)}, {{kCustomer, Int(1)}})).Add(Deleted(kItems, {Handle(1), Int(1)}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_HANDLE_UNKNOWN, 101));
}

TEST_F(FoldTest, AHandleIsNeverUsedForASecondEntity) {
  Add(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}})).Add(Created(kOrders, {Handle(1)}, {{kCustomer, Int(1)}}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_ENTITY_EXISTS, 101));
}

TEST_F(FoldTest, AHandleIsNotUsedAgainAfterItsEntityWent) {
  Add(Created(kOrders, {Handle(1)}, {{kCustomer, Int(1)}})).Add(Deleted(kOrders, {Handle(1)}));
  Add(Created(kOrders, {Handle(1)}, {{kCustomer, Int(1)}}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_ENTITY_EXISTS, 102));
}

TEST_F(FoldTest, AHandleIsNotUsedAgainAfterItsSave) {
  saved_[1] = 41;
  Add(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_ENTITY_EXISTS, 100));
}

TEST_F(FoldTest, ASurvivorThatRefersToAnEntityThatWentIsRefused) {
  Add(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}}));
  Add(Created(kOrders, {Handle(2)}, {{kNote, Text("x")}, {kCustomer, Handle(1)}}));
  Add(Deleted(kCustomers, {Handle(1)}));
  Add(Updated(kOrders, {Handle(2)}, {{kNote, Text("y")}}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_HANDLE_UNKNOWN, 101));
  EXPECT_EQ(DetailOf(status_)->entities(0).table(), "orders");
}

TEST_F(FoldTest, ASurvivorUnderAParentThatWentIsRefused) {
  Add(Created(kOrders, {Handle(1)}, {{kCustomer, Int(1)}}))
      .Add(Created(kItems, {Handle(1), Int(1)}))
      .Add(Deleted(kOrders, {Handle(1)}));
  EXPECT_EQ(Error(), Failure(v1::ERROR_REASON_HANDLE_UNKNOWN, 101));
  EXPECT_EQ(DetailOf(status_)->entities(0).table(), "items");
}

TEST_F(FoldTest, AReferenceThatWentWithItsEntityIsFine) {
  Add(Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}}));
  Add(Created(kOrders, {Handle(2)}, {{kCustomer, Handle(1)}}));
  Add(Created(kOrders, {Handle(3)}, {{kCustomer, Handle(1)}}));
  Add(Updated(kOrders, {Int(9)}, {{kCustomer, Handle(1), Int(5)}}));
  Add(Deleted(kOrders, {Handle(2)}));
  Add(Deleted(kCustomers, {Handle(1)}));
  Add(Updated(kOrders, {Handle(3)}, {{kCustomer, Int(4), Handle(1)}}));
  Add(Updated(kOrders, {Int(9)}, {{kCustomer, Int(5), Handle(1)}}));
  EXPECT_THAT(Changes(), ElementsAre("insert orders handle w/3, customer_id = 4"));
}

TEST_F(FoldTest, AnOldThatNoRowCanHaveHeldIsUnknown) {
  Add(Updated(kOrders, {Int(9)}, {{kCustomer, Int(5), Handle(1)}}));
  EXPECT_THAT(Changes(), ElementsAre("update orders 9, customer_id = 5"));
}

TEST_F(FoldTest, AnEntityMayReferToItself) {
  v1::Schema schema = Schema();
  v1::ForeignKey& fk = *schema.mutable_tables(kCustomers)->add_foreign_keys();
  fk.add_columns(kBalance);
  fk.add_referenced_columns(kCustomerId);
  Fold fold(SchemaIndex::Create(schema).value(), [](const v1::Handle&, v1::Value&) { return false; });
  ASSERT_TRUE(fold.Add(0, "w", Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}, {kBalance, Handle(1)}})).ok());
  EXPECT_EQ(fold.Finish()->size(), 1u);
}

TEST_F(FoldTest, AGeneratedKeyMayBeSharedAlongAForeignKey) {
  v1::Schema schema = Schema();
  v1::ForeignKey& fk = *schema.mutable_tables(kOrders)->add_foreign_keys();
  fk.add_columns(kOrderId);
  fk.add_referenced_columns(kCustomerId);
  Fold fold(SchemaIndex::Create(schema).value(), [](const v1::Handle&, v1::Value&) { return false; });
  ASSERT_TRUE(fold.Add(0, "w", Created(kCustomers, {Handle(1)}, {{kName, Text("Ada")}})).ok());
  ASSERT_TRUE(fold.Add(1, "w", Created(kOrders, {Handle(1)}, {{kCustomer, Handle(1)}})).ok());
  // Its end isn't the end of the customer's handle.
  ASSERT_TRUE(fold.Add(2, "w", Deleted(kOrders, {Handle(1)})).ok());
  ASSERT_TRUE(fold.Add(3, "w", Created(kOrders, {Handle(2)}, {{kCustomer, Handle(1)}})).ok());
  EXPECT_EQ(fold.Finish()->size(), 2u);
}

TEST_F(FoldTest, AFaultOfTheResolverEndsTheFold) {
  Fold fold(schema_, [](const v1::Handle&, v1::Value&) -> absl::StatusOr<bool> {
    return MakeError(v1::ERROR_REASON_JOURNAL_CORRUPT, "damaged");
  });
  EXPECT_EQ(ReasonOf(fold.Add(0, "w", Deleted(kOrders, {Handle(1)}))), v1::ERROR_REASON_JOURNAL_CORRUPT);
}

TEST_F(FoldTest, ManyUpdatesOfOneEntityAreOneChange) {
  v1::Event event = Updated(kCustomers, {Int(1)}, {{kName, Text("Ada"), Text("Bob")}});
  for (int i = 0; i < 100000; ++i) ASSERT_TRUE(fold_.Add(i, "w", event).ok());
  EXPECT_EQ(Changes().size(), 1u);
}

class VersionFold : public FoldTest {
 public:
  VersionFold() {
    v1::Schema schema = Schema();
    v1::Column& version = *schema.mutable_tables(kTags)->add_columns();
    version.set_name("version");
    version.mutable_type()->set_kind(v1::Type::KIND_INT64);
    version.set_version(true);
    schema_ = SchemaIndex::Create(schema).value();
  }
  static v1::Event BasedOn(v1::Event event, int64_t version) {
    *event.mutable_version() = Int(version);
    return event;
  }
  // The version that the net change of the tag 'a' must find, or 0.
  int64_t Expected(const std::vector<v1::Event>& events) {
    VersionResolver resolver;
    if (!saved_.empty()) {
      resolver = [this](uint32_t table, absl::Span<const v1::Value> key, SavedVersion& saved) -> absl::StatusOr<bool> {
        EXPECT_EQ(table, kTags);
        saved.version = Int(saved_.back());
        for (size_t i = 0; i + 1 < saved_.size(); ++i) saved.replaced.push_back(Int(saved_[i]));
        return key[0].text_value() == "a";
      };
    }
    Fold fold(
        schema_, [](const v1::Handle&, v1::Value&) { return false; }, resolver);
    for (uint64_t i = 0; i < events.size(); ++i) EXPECT_TRUE(fold.Add(i, "w", events[i]).ok());
    const std::vector<v1::NetChange> changes = fold.Finish().value();
    return changes.at(0).has_version() ? changes.at(0).version().int64_value() : 0;
  }

 protected:
  std::vector<int64_t> saved_;  // versions of the tag 'a' that saves of the session replaced, and last the one that it has
  v1::Event Red(int64_t version) { return BasedOn(Updated(kTags, {Text("a")}, {{kColor, Text("red")}}), version); }
  v1::Event RedWithout() { return Updated(kTags, {Text("a")}, {{kColor, Text("red")}}); }
};

TEST_F(VersionFold, TheFirstVersionThatIsGivenCounts) {
  EXPECT_EQ(Expected({Red(5), Red(6)}), 5);
  EXPECT_EQ(Expected({RedWithout(), Red(6)}), 6);
  EXPECT_EQ(Expected({RedWithout()}), 0);
}

TEST_F(VersionFold, AUpdatedAndDeletedRowIsDeletedAtItsOriginalVersion) {
  EXPECT_EQ(Expected({Red(5), BasedOn(Deleted(kTags, {Text("a")}), 6)}), 5);
  EXPECT_EQ(Expected({BasedOn(Deleted(kTags, {Text("a")}), 6), Created(kTags, {Text("a")})}), 6);
}

TEST_F(VersionFold, ANewRowHasNoVersionToCheck) { EXPECT_EQ(Expected({Created(kTags, {Text("a")}), Red(5)}), 0); }

TEST_F(VersionFold, WhatTheSessionSavedIsTheVersionOfLaterChanges) {
  saved_ = {5, 6, 7};
  EXPECT_EQ(Expected({RedWithout()}), 7) << "a client that didn't look at the saves' answers";
  EXPECT_EQ(Expected({Red(5)}), 7) << "a change made before the first save was done";
  EXPECT_EQ(Expected({Red(6)}), 7);
  EXPECT_EQ(Expected({Red(7)}), 7);
  EXPECT_EQ(Expected({Red(8)}), 8) << "a client that has loaded the row again since";
  EXPECT_EQ(Expected({Red(4)}), 4) << "a stale one stays stale";
}

}  // namespace
}  // namespace uow
