// Random sessions: whatever events a session has, folded, planned and saved in parts, the database ends as if they had been applied
// one by one.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/adapter_conformance.h"
#include "gmock/gmock.h"
#include "journal/fold.h"

namespace uow {
namespace {

using test::Int;
using test::Null;
using test::Ref;
using test::Text;

// Nodes refer to nodes, links to two nodes by their key.
constexpr char kGraph[] =
    "CREATE TABLE node (id {key}, parent_id BIGINT REFERENCES node (id), name VARCHAR(40));"
    "CREATE TABLE link (a BIGINT NOT NULL REFERENCES node (id), b BIGINT NOT NULL REFERENCES node (id), note VARCHAR(40), "
    "via BIGINT REFERENCES node (id), PRIMARY KEY (a, b));";

// The session's entities as its events have left them. Nodes are numbered as they were created; a node's parent has a lower number,
// so that rows never refer to one another in a cycle.
class RandomSession {
 public:
  RandomSession(SchemaRef schema, uint32_t seed) : schema_(std::move(schema)), random_(seed) {
    node_ = *schema_->FindTable("node");
    link_ = *schema_->FindTable("link");
  }

  v1::Event Next() {
    while (true) {
      switch (Random(8)) {
        case 0:
        case 1:
        case 2:
          return CreateNode();
        case 3:
          if (!alive_.empty()) return UpdateNode();
          break;
        case 4:
          if (int node = AnyLeaf(); node >= 0) return DeleteNode(node);
          break;
        case 5:
        case 6:
          if (!alive_.empty()) return CreateOrUpdateLink();
          break;
        case 7:
          if (!links_.empty()) return DeleteLink();
          break;
      }
    }
  }

  std::vector<std::string> Nodes() const {
    std::vector<std::string> rows;
    rows.reserve(alive_.size());
    for (int n : alive_) rows.push_back(absl::StrCat(nodes_[n].name, "|", NameOf(nodes_[n].parent)));
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  std::vector<std::string> Links() const {
    std::vector<std::string> rows;
    rows.reserve(links_.size());
    for (const auto& [ends, link] : links_) {
      rows.push_back(absl::StrCat(NameOf(ends.first), "|", NameOf(ends.second), "|", link.note, "|", NameOf(link.via)));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

 private:
  struct Node {
    v1::Value key;
    int parent = -1;
    std::string name;
  };
  struct Link {
    std::string note;
    int via = -1;
  };

  int Random(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  int AnyNode() {
    auto it = alive_.begin();
    std::advance(it, Random(static_cast<int>(alive_.size())));
    return *it;
  }
  // A node that nothing refers to, or -1.
  int AnyLeaf() {
    std::set<int> free = alive_;
    for (int n : alive_) free.erase(nodes_[n].parent);
    for (const auto& [ends, link] : links_) {
      for (int n : {ends.first, ends.second, link.via}) free.erase(n);
    }
    if (free.empty()) return -1;
    auto it = free.begin();
    std::advance(it, Random(static_cast<int>(free.size())));
    return *it;
  }
  // A node below `limit`, or -1.
  int ParentBelow(int limit) {
    if (alive_.empty() || Random(4) == 0) return -1;
    int node = AnyNode();
    return node < limit ? node : -1;
  }
  std::string NameOf(int node) const { return node < 0 ? "NULL" : nodes_[node].name; }
  v1::Value KeyOf(int node) const { return node < 0 ? Null() : nodes_[node].key; }

  v1::Event Start(v1::EventKind kind, uint32_t table, std::vector<v1::Value> key) {
    v1::Event event;
    event.set_kind(kind);
    event.set_table(table);
    for (v1::Value& value : key) *event.add_key() = std::move(value);
    return event;
  }
  void Add(v1::Event& event, uint32_t table, const std::string& column, v1::Value value) {
    v1::Field& field = *event.add_fields();
    field.set_column(*schema_->FindColumn(table, column));
    *field.mutable_value() = std::move(value);
  }
  // Clients know the old value or don't.
  void AddOld(v1::Event& event, uint32_t table, const std::string& column, v1::Value old, bool alone) {
    if (Random(2) == 0) return;
    v1::Field& field = alone ? *event.add_fields() : *event.mutable_fields(event.fields_size() - 1);
    field.set_column(*schema_->FindColumn(table, column));
    *field.mutable_old() = std::move(old);
  }

  v1::Event CreateNode() {
    Node node;
    const int number = static_cast<int>(nodes_.size());
    // Far apart: SQLite generates the key after the largest.
    node.key = Random(5) == 0 ? Int(int64_t{1'000'000} * (number + 1)) : Ref(number + 1);
    node.parent = ParentBelow(number);
    node.name = absl::StrCat("n", number);
    v1::Event event = Start(v1::EVENT_KIND_CREATED, node_, {node.key});
    if (node.parent >= 0 || Random(2) == 0) Add(event, node_, "parent_id", KeyOf(node.parent));
    Add(event, node_, "name", Text(node.name));
    nodes_.push_back(std::move(node));
    alive_.insert(number);
    return event;
  }

  v1::Event UpdateNode() {
    const int number = AnyNode();
    Node& node = nodes_[number];
    v1::Event event = Start(v1::EVENT_KIND_UPDATED, node_, {node.key});
    if (Random(2) == 0) {
      int parent = ParentBelow(number);
      Add(event, node_, "parent_id", KeyOf(parent));
      AddOld(event, node_, "parent_id", KeyOf(node.parent), false);
      node.parent = parent;
    } else {
      std::string name = absl::StrCat("n", number, Random(3) == 0 ? "" : absl::StrCat("v", Random(3)));
      Add(event, node_, "name", Text(name));
      AddOld(event, node_, "name", Text(node.name), false);
      node.name = name;
    }
    return event;
  }

  v1::Event DeleteNode(int number) {
    v1::Event event = Start(v1::EVENT_KIND_DELETED, node_, {nodes_[number].key});
    AddOld(event, node_, "parent_id", KeyOf(nodes_[number].parent), true);
    alive_.erase(number);
    return event;
  }

  v1::Event CreateOrUpdateLink() {
    std::pair<int, int> ends = {AnyNode(), AnyNode()};
    auto [it, created] = links_.try_emplace(ends);
    Link& link = it->second;
    v1::Event event =
        Start(created ? v1::EVENT_KIND_CREATED : v1::EVENT_KIND_UPDATED, link_, {KeyOf(ends.first), KeyOf(ends.second)});
    link.note = absl::StrCat("l", Random(5));
    Add(event, link_, "note", Text(link.note));
    if (Random(2) == 0) {
      link.via = Random(3) == 0 ? -1 : AnyNode();
      Add(event, link_, "via", KeyOf(link.via));
    }
    return event;
  }

  v1::Event DeleteLink() {
    auto it = links_.begin();
    std::advance(it, Random(static_cast<int>(links_.size())));
    v1::Event event = Start(v1::EVENT_KIND_DELETED, link_, {KeyOf(it->first.first), KeyOf(it->first.second)});
    links_.erase(it);
    return event;
  }

  SchemaRef schema_;
  std::mt19937 random_;
  uint32_t node_, link_;
  std::vector<Node> nodes_;
  std::set<int> alive_;
  std::map<std::pair<int, int>, Link> links_;
};

TEST_P(AdapterConformance, ARandomSessionSavedInPartsEndsAsIfItsEventsWereAppliedOneByOne) {
  CreateTables(kGraph);
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    Execute("DELETE FROM link; UPDATE node SET parent_id = NULL; DELETE FROM node");
    RandomSession session(schema_, seed);
    std::map<uint64_t, v1::Value> resolved;
    uint64_t offset = 0;
    for (int save = 0; save < 8; ++save) {
      Fold fold(schema_, [&](const v1::Handle& handle, v1::Value& value) -> absl::StatusOr<bool> {
        auto it = resolved.find(handle.counter());
        if (it == resolved.end()) return false;
        value = it->second;
        return true;
      });
      for (int i = 0; i < 60; ++i) {
        absl::Status added = fold.Add(offset++, "w", session.Next());
        ASSERT_TRUE(added.ok()) << added;
      }
      auto changes = fold.Finish();
      ASSERT_TRUE(changes.ok()) << changes.status();
      auto outcome = Save(*changes);
      ASSERT_TRUE(outcome.ok()) << "save " << save << ": " << outcome.status();
      for (const v1::GeneratedEntity& entity : outcome->generated) {
        if (entity.key_size() == 1) resolved[entity.key(0).handle_value().counter()] = entity.generated_key(0);
      }
      EXPECT_THAT(Query("SELECT n.name, p.name FROM node n LEFT JOIN node p ON p.id = n.parent_id"),
                  testing::UnorderedElementsAreArray(session.Nodes()));
      EXPECT_THAT(Query("SELECT a.name, b.name, l.note, v.name FROM link l JOIN node a ON a.id = l.a JOIN node b ON b.id = l.b "
                        "LEFT JOIN node v ON v.id = l.via"),
                  testing::UnorderedElementsAreArray(session.Links()));
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace uow
