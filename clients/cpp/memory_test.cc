#include "clients/cpp/memory.h"

#include <string>

#include "gtest/gtest.h"
#include "uow/uow.h"

namespace uow::inline client::internal {
namespace {

struct Node : Table<Node> {
  static constexpr absl::string_view kName = "nodes";
  static constexpr Column<"id", int64_t, kGeneratedKey> id{};
  static constexpr Column<"name", std::optional<std::string>> name{};
  static constexpr auto kColumns = Columns(id, name);
};
struct Edge : Table<Edge> {
  static constexpr absl::string_view kName = "edges";
  static constexpr Column<"a", Ref<Node>, kKey> a{};
  static constexpr Column<"b", Ref<Node>, kKey> b{};
  static constexpr auto kColumns = Columns(a, b);
};

constexpr uint32_t kNameColumn = 1;

class MemoryTest : public testing::Test {
 protected:
  static v1::Value Handle(uint64_t counter) {
    v1::Value value;
    value.mutable_handle_value()->set_writer("w");
    value.mutable_handle_value()->set_counter(counter);
    return value;
  }
  static v1::Value Int(int64_t number) { return ValueTraits<int64_t>::Encode(number); }
  static v1::Value Text(const std::string& text) { return ValueTraits<std::string>::Encode(text); }
  EntityPtr CreateNode(uint64_t handle, const std::string& name) {
    return memory_.Create(nodes_, {Handle(handle)}, {{kNameColumn, Text(name)}});
  }
  EntityPtr FindNode(const v1::Value& key) { return memory_.identities().Find(nodes_, {key}); }
  static std::string NameOf(const EntityPtr& entity) { return entity->slots[kNameColumn].value.text_value(); }

  Binding binding_ = *Binding::Make(tables<Node, Edge>(), *DeclaredSchema(tables<Node, Edge>()));
  const BoundTable& nodes_ = **binding_.Find(InfoOf<Node>());
  const BoundTable& edges_ = **binding_.Find(InfoOf<Edge>());
  Memory memory_{nullptr};
};

TEST_F(MemoryTest, OneObjectPerRow) {
  EntityPtr node = CreateNode(1, "a");
  EXPECT_EQ(FindNode(Handle(1)), node);
  EXPECT_EQ(FindNode(Handle(2)), nullptr);
  EXPECT_EQ(memory_.identities().Find(edges_, {Handle(1), Handle(1)}), nullptr);
}

TEST_F(MemoryTest, RollbackRestoresValuesCreatedAndErasedState) {
  EntityPtr kept = CreateNode(1, "kept");
  EntityPtr erased = CreateNode(2, "erased");
  uint64_t checkpoint = memory_.position();
  memory_.Set(kept, kNameColumn, Text("wrong"));
  memory_.Set(kept, kNameColumn, Text("wronger"));
  memory_.Erase(erased);
  EntityPtr created = CreateNode(3, "created");
  memory_.Set(created, kNameColumn, Text("changed"));
  EXPECT_EQ(FindNode(Handle(2)), nullptr);

  memory_.UndoTo(checkpoint);
  EXPECT_EQ(NameOf(kept), "kept");
  EXPECT_EQ(FindNode(Handle(2)), erased);
  EXPECT_EQ(erased->life, EntityLife::kLive);
  EXPECT_EQ(FindNode(Handle(3)), nullptr);
  EXPECT_EQ(created->life, EntityLife::kDetached);
  EXPECT_EQ(memory_.position(), checkpoint);
}

TEST_F(MemoryTest, AKeyCreatedAgainAfterAnErasureIsAnotherEntityUntilRolledBack) {
  EntityPtr old = memory_.Attach(nodes_, {Int(5)});
  uint64_t checkpoint = memory_.position();
  memory_.Erase(old);
  EXPECT_TRUE(memory_.identities().IsErased(nodes_, {Int(5)}));
  EntityPtr fresh = memory_.Create(nodes_, {Int(5)}, {});
  EXPECT_EQ(FindNode(Int(5)), fresh);
  memory_.UndoTo(checkpoint);
  EXPECT_EQ(FindNode(Int(5)), old);
  EXPECT_FALSE(memory_.identities().IsErased(nodes_, {Int(5)}));
}

TEST_F(MemoryTest, AGeneratedKeyIsTheSameKeyAsItsHandle) {
  EntityPtr a = CreateNode(1, "a");
  EntityPtr b = CreateNode(2, "b");
  EntityPtr edge = memory_.Create(edges_, {Handle(1), Handle(2)}, {});
  memory_.Resolve(Handle(1).handle_value(), Int(101));
  EXPECT_EQ(FindNode(Int(101)), a);
  EXPECT_EQ(FindNode(Handle(1)), a);
  EXPECT_EQ(memory_.identities().Find(edges_, {Int(101), Handle(2)}), edge);
  memory_.Resolve(Handle(2).handle_value(), Int(102));
  EXPECT_EQ(memory_.identities().Find(edges_, {Handle(1), Int(102)}), edge);
  EXPECT_EQ(FindNode(Int(102)), b);
}

TEST_F(MemoryTest, AnErasedEntityComesBackUnderTheKeyThatWasGeneratedMeanwhile) {
  EntityPtr node = CreateNode(1, "a");
  uint64_t saved = memory_.position();
  memory_.Erase(node);
  memory_.TrimTo(saved);
  memory_.Resolve(Handle(1).handle_value(), Int(101));
  EXPECT_TRUE(memory_.identities().IsErased(nodes_, {Int(101)}));
  memory_.UndoTo(saved);
  EXPECT_EQ(FindNode(Int(101)), node);
}

TEST_F(MemoryTest, WhatIsSavedCantBeUndone) {
  EntityPtr node = CreateNode(1, "a");
  memory_.Set(node, kNameColumn, Text("b"));
  uint64_t saved = memory_.position();
  memory_.Set(node, kNameColumn, Text("c"));
  memory_.TrimTo(saved);
  EXPECT_EQ(memory_.saved_position(), saved);
  memory_.UndoTo(saved);
  EXPECT_EQ(NameOf(node), "b");
  EXPECT_EQ(node->slots[kNameColumn].pending, 0u);
}

TEST_F(MemoryTest, ARereadNeverOverwritesAPendingChange) {
  EntityPtr node = memory_.Attach(nodes_, {Int(1)});
  memory_.Load(node, kNameColumn, Text("loaded"));
  uint64_t before = memory_.position();
  memory_.Set(node, kNameColumn, Text("mine"));
  memory_.Load(node, kNameColumn, Text("theirs"));
  EXPECT_EQ(NameOf(node), "mine");
  memory_.UndoTo(before);
  memory_.Load(node, kNameColumn, Text("theirs"));
  EXPECT_EQ(NameOf(node), "theirs");
}

TEST_F(MemoryTest, HydrationGoesBeneathLaterChanges) {
  EntityPtr node = CreateNode(1, "a");
  uint64_t saved = memory_.position();
  memory_.Set(node, kNameColumn, Text("later"));
  memory_.Set(node, kNameColumn, Text("latest"));
  memory_.TrimTo(saved);
  memory_.Hydrate(node, kNameColumn, Text("from the database"));
  EXPECT_EQ(NameOf(node), "latest");
  memory_.UndoTo(saved);
  EXPECT_EQ(NameOf(node), "from the database");
}

TEST_F(MemoryTest, ARollbackTouchesOnlyWhatItUndoes) {
  for (uint64_t i = 1; i <= 1000; ++i) CreateNode(i, "a");
  uint64_t checkpoint = memory_.position();
  EntityPtr one = FindNode(Handle(500));
  memory_.Set(one, kNameColumn, Text("b"));
  EXPECT_EQ(memory_.position() - checkpoint, 1u);
  memory_.UndoTo(checkpoint);
  EXPECT_EQ(NameOf(one), "a");
  EXPECT_EQ(memory_.identities().List(nodes_).size(), 1000u);
}

TEST_F(MemoryTest, EntitiesAreListedInTheOrderInWhichTheyCame) {
  EntityPtr second = CreateNode(9, "a");
  EntityPtr third = CreateNode(3, "b");
  memory_.Create(edges_, {Handle(9), Handle(3)}, {});
  EXPECT_EQ(memory_.identities().List(nodes_), (std::vector<EntityPtr>{second, third}));
}

}  // namespace
}  // namespace uow::inline client::internal
