// Cascades, and keys that change, among the entities of a fold.
#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/event_check.h"
#include "journal/fold.h"
#include "journal/test_shop.h"

namespace uow {
namespace {

using ::testing::ElementsAre;
using namespace shop;  // NOLINT: the words of these tests

v1::Event Moved(Key key, Key to) {
  v1::Event event = Updated(kTags, std::move(key), {});
  for (v1::Value& value : to) *event.add_new_key() = std::move(value);
  return event;
}

v1::Event NewTag(absl::string_view tag) { return Created(kTags, {Text(tag)}, {{kColor, Text("red")}}); }

// The net changes of events of tags, whose parents act so where they are deleted: "update 'a' to 'b', parent = 'c' was 'd'".
std::vector<std::string> NetChanges(v1::ReferentialAction on_delete, std::vector<v1::Event> events) {
  v1::Schema definition = Schema();
  definition.mutable_tables(kTags)->mutable_foreign_keys(0)->set_on_delete(on_delete);
  definition.mutable_tables(kTags)->mutable_foreign_keys(0)->set_on_update(v1::REFERENTIAL_ACTION_CASCADE);
  const SchemaRef schema = SchemaIndex::Create(definition).value();
  Fold fold(schema, [](const v1::Handle&, v1::Value&) { return false; });
  for (size_t i = 0; i < events.size(); ++i) {
    absl::Status added = CheckEvent(*schema, 1000, events[i]);
    if (added.ok()) added = fold.Add(i, "w", events[i]);
    if (!added.ok()) return {added.ToString()};
  }
  constexpr absl::string_view kKinds[] = {"nothing", "insert", "update", "delete", "replace"};
  std::vector<std::string> shown;
  const std::vector<v1::NetChange> changes = fold.Finish().value();
  for (const v1::NetChange& change : changes) {
    std::string& text = shown.emplace_back(absl::StrCat(kKinds[change.kind()], " ", DebugString(change.key(0))));
    for (const v1::Value& value : change.new_key()) absl::StrAppend(&text, " to ", DebugString(value));
    for (const v1::Field& field : change.fields()) {
      absl::StrAppend(&text, ", ", schema->table(kTags).columns(static_cast<int>(field.column())).name());
      if (field.has_value()) absl::StrAppend(&text, " = ", DebugString(field.value()));
      if (field.has_old()) absl::StrAppend(&text, " was ", DebugString(field.old()));
    }
  }
  return shown;
}

TEST(FoldCascades, ANewRowTakesThePlaceOfTheDeletedOneWhoseKeyItGets) {
  EXPECT_THAT(NetChanges(v1::REFERENTIAL_ACTION_UNSPECIFIED, {Deleted(kTags, {Text("a")}, {{kColor, {}, Text("green")}}),
                                                              NewTag("b"), Moved({Text("b")}, {Text("a")})}),
              ElementsAre("replace 'a', color = 'red' was 'green'"));
}

TEST(FoldCascades, AReplacedRowKeepsItsRowUnderANewKey) {
  const std::vector<v1::Event> events = {Deleted(kTags, {Text("a")}), NewTag("a"), Moved({Text("a")}, {Text("b")})};
  EXPECT_THAT(NetChanges(v1::REFERENTIAL_ACTION_UNSPECIFIED, events), ElementsAre("replace 'a' to 'b', color = 'red'"));
  // Where its deletion does something to others, the row under the new key is another one.
  EXPECT_THAT(NetChanges(v1::REFERENTIAL_ACTION_CASCADE, events), ElementsAre("delete 'a'", "insert 'b', color = 'red'"));
}

TEST(FoldCascades, ARowOfAReplacedOneTakesThePlaceOfADeletedOne) {
  EXPECT_THAT(NetChanges(v1::REFERENTIAL_ACTION_CASCADE,
                         {Deleted(kTags, {Text("a")}), Deleted(kTags, {Text("b")}), NewTag("a"), Moved({Text("a")}, {Text("b")})}),
              ElementsAre("delete 'a'", "replace 'b', color = 'red'"));
}

TEST(FoldCascades, WhatIsWrittenAfterACascadeCountsThoughItIsWhatWasThere) {
  EXPECT_THAT(
      NetChanges(v1::REFERENTIAL_ACTION_SET_NULL,
                 {Updated(kTags, {Text("b")}, {{kColor, Text("red"), Text("green")}, {kParentTag, Text("a"), Text("a")}}),
                  Deleted(kTags, {Text("a")}), NewTag("a"), Updated(kTags, {Text("b")}, {{kParentTag, Text("a"), Null()}})}),
      ElementsAre("update 'b', color = 'red' was 'green', parent = 'a' was 'a'", "replace 'a', color = 'red'"));
}

TEST(FoldCascades, AReferenceThatIsGivenBackToAReplacedRowCounts) {
  const std::vector<v1::Event> events = {Updated(kTags, {Text("b")}, {{kParentTag, Null(), Text("a")}}),
                                         Deleted(kTags, {Text("a")}), NewTag("a"),
                                         Updated(kTags, {Text("b")}, {{kParentTag, Text("a"), Null()}})};
  EXPECT_THAT(NetChanges(v1::REFERENTIAL_ACTION_CASCADE, events),
              ElementsAre("update 'b', parent = 'a' was 'a'", "replace 'a', color = 'red'"));
  EXPECT_THAT(NetChanges(v1::REFERENTIAL_ACTION_UNSPECIFIED, events), ElementsAre("replace 'a', color = 'red'"));
}

}  // namespace
}  // namespace uow
