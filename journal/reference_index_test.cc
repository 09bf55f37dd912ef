#include "journal/reference_index.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "journal/test_shop.h"

namespace uow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace shop;  // NOLINT: the words of these tests

class ReferenceIndexTest : public testing::Test {
 protected:
  ReferenceIndexTest() { Use(Schema()); }

  // With what deleting, or changing the key of, a tag does to the tags below it.
  void LetParentsAct(v1::ReferentialAction on_delete, v1::ReferentialAction on_update) {
    v1::Schema definition = Schema();
    v1::ForeignKey& key = *definition.mutable_tables(kTags)->mutable_foreign_keys(0);
    key.set_on_delete(on_delete);
    key.set_on_update(on_update);
    Use(definition);
  }
  void Use(const v1::Schema& definition) {
    schema_ = SchemaIndex::Create(definition).value();
    index_.emplace(*schema_);
  }

  // A tag whose parent is known, unknown where `parent` has no kind.
  static NetEntity Tag(const std::string& name, v1::Value parent) {
    NetFields fields;
    if (parent.kind_case() != v1::Value::KIND_NOT_SET) {
      NetField& field = fields.emplace_back();
      field.column = kParentTag;
      field.value = std::move(parent);
    }
    return NetEntity(v1::CHANGE_KIND_INSERT, kTags, {Text(name)}, 0, 0, std::move(fields));
  }

  // The entities that refer to the tag.
  std::vector<uint32_t> Below(const std::string& name) const {
    return index_->Find({kTags, 0}, index_->TupleOf(Tag(name, Null()), schema_->table(kTags).primary_key()));
  }

  SchemaRef schema_;
  std::optional<ReferenceIndex> index_;
};

TEST_F(ReferenceIndexTest, OnlyForeignKeysThatDoSomethingCount) {
  LetParentsAct(v1::REFERENTIAL_ACTION_RESTRICT, v1::REFERENTIAL_ACTION_UNSPECIFIED);
  EXPECT_THAT(index_->referring(kTags), IsEmpty());
  EXPECT_FALSE(index_->is_referred_to(kTags, kTag));
  EXPECT_FALSE(index_->acts_on_delete(kTags));

  LetParentsAct(v1::REFERENTIAL_ACTION_UNSPECIFIED, v1::REFERENTIAL_ACTION_CASCADE);
  EXPECT_THAT(index_->referring(kTags), SizeIs(1));
  EXPECT_TRUE(index_->is_referred_to(kTags, kTag));
  EXPECT_FALSE(index_->is_referred_to(kTags, kColor));
  EXPECT_FALSE(index_->acts_on_delete(kTags)) << "only a change of the key acts";

  LetParentsAct(v1::REFERENTIAL_ACTION_SET_NULL, v1::REFERENTIAL_ACTION_UNSPECIFIED);
  EXPECT_TRUE(index_->acts_on_delete(kTags));
  EXPECT_FALSE(index_->acts_on_delete(kOrders));
}

TEST_F(ReferenceIndexTest, UntilItIsUsedItStaysEmpty) {
  LetParentsAct(v1::REFERENTIAL_ACTION_CASCADE, v1::REFERENTIAL_ACTION_CASCADE);
  const NetEntity child = Tag("b", Text("a"));
  index_->Note(1, &child);
  EXPECT_THAT(Below("a"), IsEmpty());
  index_->Use();
  index_->Note(1, &child);
  EXPECT_THAT(Below("a"), ElementsAre(1));
}

TEST_F(ReferenceIndexTest, ReferrersAreFoundInOrder) {
  LetParentsAct(v1::REFERENTIAL_ACTION_CASCADE, v1::REFERENTIAL_ACTION_CASCADE);
  index_->Use();
  for (uint32_t entity : {9, 2, 5}) {
    const NetEntity child = Tag("child", Text("a"));
    index_->Note(entity, &child);
  }
  const NetEntity elsewhere = Tag("other", Text("b"));
  index_->Note(3, &elsewhere);
  EXPECT_THAT(Below("a"), ElementsAre(2, 5, 9));
  EXPECT_THAT(Below("b"), ElementsAre(3));
  EXPECT_THAT(Below("c"), IsEmpty());
}

TEST_F(ReferenceIndexTest, WhoMovesAwayOrGoesIsNotFoundAnyMore) {
  LetParentsAct(v1::REFERENTIAL_ACTION_CASCADE, v1::REFERENTIAL_ACTION_CASCADE);
  index_->Use();
  NetEntity child = Tag("child", Text("a"));
  index_->Note(1, &child);
  NetFields moved(1);
  moved[0].column = kParentTag;
  moved[0].value = Text("b");
  child.Update(1, moved);
  index_->Note(1, &child);
  EXPECT_THAT(Below("a"), IsEmpty());
  EXPECT_THAT(Below("b"), ElementsAre(1));
  index_->Note(1, nullptr);
  EXPECT_THAT(Below("b"), IsEmpty());
  index_->Note(1, nullptr);  // it was forgotten already
}

TEST_F(ReferenceIndexTest, ADeletedEntityRefersToNothing) {
  LetParentsAct(v1::REFERENTIAL_ACTION_CASCADE, v1::REFERENTIAL_ACTION_CASCADE);
  index_->Use();
  NetFields fields(1);
  fields[0].column = kParentTag;
  fields[0].old = Text("a");
  const NetEntity deleted(v1::CHANGE_KIND_DELETE, kTags, {Text("child")}, 0, 0, std::move(fields));
  index_->Note(1, &deleted);
  EXPECT_THAT(Below("a"), IsEmpty());
}

TEST_F(ReferenceIndexTest, NullAndUnknownReferToNothing) {
  LetParentsAct(v1::REFERENTIAL_ACTION_CASCADE, v1::REFERENTIAL_ACTION_CASCADE);
  index_->Use();
  const NetEntity root = Tag("root", Null()), unknown = Tag("unknown", {});
  index_->Note(1, &root);
  index_->Note(2, &unknown);
  EXPECT_EQ(index_->TupleOf(root, schema_->table(kTags).foreign_keys(0).columns()), "");
  EXPECT_EQ(index_->TupleOf(unknown, schema_->table(kTags).foreign_keys(0).columns()), "");
  EXPECT_THAT(index_->Find({kTags, 0}, ""), IsEmpty());
}

TEST_F(ReferenceIndexTest, AKeyIsWhatTheEventsHaveLeftOfIt) {
  LetParentsAct(v1::REFERENTIAL_ACTION_CASCADE, v1::REFERENTIAL_ACTION_CASCADE);
  NetEntity tag(v1::CHANGE_KIND_UPDATE, kTags, {Text("a")}, 0, 0, {});
  const auto& key = schema_->table(kTags).primary_key();
  EXPECT_EQ(index_->TupleOf(tag, key), index_->TupleOf(Tag("a", Null()), key));
  tag.ChangeKey(1, {Text("b")});
  EXPECT_EQ(index_->TupleOf(tag, key), index_->TupleOf(Tag("b", Null()), key));
}

}  // namespace
}  // namespace uow
