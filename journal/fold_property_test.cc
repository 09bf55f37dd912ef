// The fold against a plain model: a map of rows to which events are applied one by one.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "journal/canonical.h"
#include "journal/event_check.h"
#include "journal/fold.h"
#include "journal/test_shop.h"

namespace uow {
namespace {

using namespace shop;  // NOLINT: the words of these tests

constexpr char kWriter[] = "w";
constexpr int64_t kFirstHandleKey = 1000;  // the key that the database generates for handle n is 1000 + n
constexpr uint64_t kSavedHandles = 3;      // handles 1 to 3 were resolved by an earlier save

using RowId = std::pair<uint32_t, std::string>;  // table; key bytes
struct Row {
  v1::Value key;
  std::map<uint32_t, v1::Value> columns;  // what isn't here has its default

  bool operator==(const Row& other) const {
    auto same = [](const auto& a, const auto& b) { return a.first == b.first && SameValue(a.second, b.second); };
    return std::equal(columns.begin(), columns.end(), other.columns.begin(), other.columns.end(), same);
  }
};
using Database = std::map<RowId, Row>;

v1::Value WithoutHandle(const v1::Value& value) {
  if (!value.has_handle_value()) return value;
  return Int(kFirstHandleKey + static_cast<int64_t>(value.handle_value().counter()));
}

RowId IdOf(uint32_t table, const v1::Value& key) {
  std::string bytes;
  AppendValueBytes(WithoutHandle(key), bytes);
  return {table, bytes};
}

Database InitialRows() {
  Database rows;
  auto add = [&](uint32_t table, const v1::Value& key, std::map<uint32_t, v1::Value> columns) {
    rows[IdOf(table, key)] = {key, std::move(columns)};
  };
  for (int i = 0; i < 2; ++i) add(kTags, Text(std::string(1, 'a' + i)), {{kColor, Text("red")}, {kParentTag, Null()}});
  for (int i = 1; i <= 2; ++i) add(kCustomers, Int(kFirstHandleKey + i), {{kName, Text("Ada")}, {kEmail, Null()}});
  add(kOrders, Int(kFirstHandleKey + 3), {{kCustomer, Int(kFirstHandleKey + 1)}, {kNote, Null()}});
  return rows;
}

// How clients fill in `old`.
enum class Olds { kAlways, kSometimes };

using Choice = std::tuple<uint8_t, uint8_t, uint8_t, uint8_t>;

// Turns arbitrary numbers into events that make sense one after another, and applies them to the rows as it goes.
class Session {
 public:
  explicit Session(Olds olds) : olds_(olds) {}

  void Step(const Choice& choice) {
    auto [what, a, b, c] = choice;
    switch (what % 8) {
      case 0:
        return CreateTag(a, b);
      case 1:
        return CreateCustomer(a);
      case 2:
        return CreateOrder(a, b);
      case 3:
        return Delete(a, b);
      default:
        return Update(a, b, c);
    }
  }

  const std::vector<v1::Event>& events() const { return events_; }
  const Database& rows() const { return rows_; }

 private:
  // A key as an event would name it: by its handle where it has to, or may.
  v1::Value Name(const v1::Value& key, uint8_t choice) const {
    if (key.kind_case() != v1::Value::kInt64Value) return key;
    uint64_t counter = key.int64_value() - kFirstHandleKey;
    return counter > kSavedHandles || choice % 2 == 0 ? Handle(counter) : key;
  }
  std::vector<const Row*> RowsOf(std::optional<uint32_t> table) const {
    std::vector<const Row*> found;
    for (const auto& [id, row] : rows_) {
      if (!table || id.first == *table) found.push_back(&row);
    }
    return found;
  }

  void Apply(v1::Event event) {
    ASSERT_TRUE(CheckEvent(*schema_, 1000, event).ok());
    RowId id = IdOf(event.table(), event.key(0));
    if (event.kind() == v1::EVENT_KIND_CREATED) {
      rows_[id].key = WithoutHandle(event.key(0));
      rows_[id].columns.clear();
    }
    if (event.kind() == v1::EVENT_KIND_DELETED) {
      rows_.erase(id);
    } else {
      for (const v1::Field& field : event.fields()) rows_[id].columns[field.column()] = WithoutHandle(field.value());
    }
    events_.push_back(std::move(event));
  }

  void CreateTag(uint8_t a, uint8_t b) {
    v1::Value key = Text(std::string(1, 'a' + a % 4));
    if (rows_.contains(IdOf(kTags, key))) return;
    std::vector<Change> changes;
    if (b % 2 == 0) changes.push_back({kColor, Text(b % 4 == 0 ? "red" : "green")});
    if (b % 3 == 0) changes.push_back({kParentTag, Null()});
    Apply(Created(kTags, {key}, changes));
  }
  void CreateCustomer(uint8_t a) {
    Apply(Created(kCustomers, {Handle(++last_handle_)}, {{kName, Text(a % 2 == 0 ? "Ada" : "Bob")}}));
  }
  void CreateOrder(uint8_t a, uint8_t b) {
    std::vector<const Row*> customers = RowsOf(kCustomers);
    if (customers.empty()) return;
    Apply(Created(kOrders, {Handle(++last_handle_)}, {{kCustomer, Name(customers[a % customers.size()]->key, b)}}));
  }

  bool IsReferredTo(const v1::Value& key) const {
    for (const Row* order : RowsOf(kOrders)) {
      if (SameValue(order->columns.at(kCustomer), key)) return true;
    }
    return false;
  }
  void Delete(uint8_t a, uint8_t b) {
    if (rows_.empty()) return;
    auto it = std::next(rows_.begin(), a % rows_.size());
    auto [table, bytes] = it->first;
    if (table == kCustomers && IsReferredTo(it->second.key)) return;
    std::vector<Change> olds;
    if (b % 3 == 0) {
      for (const auto& [column, value] : it->second.columns) olds.push_back({column, {}, NameValue(table, column, value, b)});
    }
    Apply(Deleted(table, {Name(it->second.key, b)}, olds));
  }

  v1::Value NameValue(uint32_t table, uint32_t column, const v1::Value& value, uint8_t choice) const {
    return table == kOrders && column == kCustomer ? Name(value, choice) : value;
  }
  v1::Value NewValue(uint32_t table, uint32_t column, uint8_t choice) const {
    if (table == kTags && column == kColor) return choice % 3 == 0 ? Null() : Text(choice % 3 == 1 ? "red" : "green");
    if (table == kOrders && column == kCustomer) {
      std::vector<const Row*> customers = RowsOf(kCustomers);
      return Name(customers[choice % customers.size()]->key, choice / 16);
    }
    return choice % 2 == 0 ? Text("Ada") : Text("x");
  }
  void Update(uint8_t a, uint8_t b, uint8_t c) {
    if (rows_.empty()) return;
    auto it = std::next(rows_.begin(), a % rows_.size());
    uint32_t table = it->first.first;
    std::vector<Change> changes;
    for (uint32_t column = 1; column <= 2; ++column) {
      if (b % 3 == column) continue;
      Change change{column, NewValue(table, column, c)};
      auto current = it->second.columns.find(column);
      // A default's value isn't known to the client.
      bool known = current != it->second.columns.end() && (olds_ == Olds::kAlways || b / 8 % 4 != 0);
      if (known) change.old = NameValue(table, column, current->second, c / 8);
      changes.push_back(change);
      c = static_cast<uint8_t>(c * 7 + 1);
    }
    Apply(Updated(table, {Name(it->second.key, b)}, changes));
  }

  const SchemaRef schema_ = Index();
  const Olds olds_;
  Database rows_ = InitialRows();
  std::vector<v1::Event> events_;
  uint64_t last_handle_ = kSavedHandles;
};

// Folds events and applies the net changes to the rows. Handles up to `resolved` were resolved by earlier saves.
void FoldInto(Database& rows, const std::vector<v1::Event>& events, size_t from, size_t to, uint64_t resolved, Olds olds) {
  Fold fold(Index(), [resolved](const v1::Handle& handle, v1::Value& value) -> absl::StatusOr<bool> {
    if (handle.counter() > resolved) return false;
    value = Int(kFirstHandleKey + static_cast<int64_t>(handle.counter()));
    return true;
  });
  for (size_t i = from; i < to; ++i) {
    absl::Status status = fold.Add(i, kWriter, events[i]);
    RC_ASSERT(status.ok());
  }
  absl::StatusOr<std::vector<v1::NetChange>> changes = fold.Finish();
  RC_ASSERT(changes.ok());
  std::set<RowId> seen;
  for (const v1::NetChange& change : *changes) {
    RowId id = IdOf(change.table(), change.key(0));
    RC_ASSERT(seen.insert(id).second);
    RC_ASSERT(rows.contains(id) == (change.kind() != v1::CHANGE_KIND_INSERT));
    for (const v1::Field& field : change.fields()) {
      auto before = rows[id].columns.find(field.column());
      if (field.has_old()) RC_ASSERT(before != rows[id].columns.end() && SameValue(before->second, field.old()));
      if (olds == Olds::kAlways && change.kind() == v1::CHANGE_KIND_UPDATE && before != rows[id].columns.end()) {
        RC_ASSERT(!SameValue(before->second, WithoutHandle(field.value())));
      }
    }
    if (change.kind() == v1::CHANGE_KIND_DELETE) {
      rows.erase(id);
      continue;
    }
    if (change.kind() != v1::CHANGE_KIND_UPDATE) rows[id].columns.clear();
    for (const v1::Field& field : change.fields()) rows[id].columns[field.column()] = WithoutHandle(field.value());
  }
}

uint64_t LastHandle(const std::vector<v1::Event>& events, size_t to) {
  uint64_t last = kSavedHandles;
  for (size_t i = 0; i < to; ++i) {
    if (events[i].kind() == v1::EVENT_KIND_CREATED && events[i].key(0).has_handle_value()) {
      last = std::max<uint64_t>(last, events[i].key(0).handle_value().counter());
    }
  }
  return last;
}

void CheckAgainstModel(const std::vector<Choice>& choices, Olds olds) {
  Session session(olds);
  for (const Choice& choice : choices) session.Step(choice);
  Database rows = InitialRows();
  FoldInto(rows, session.events(), 0, session.events().size(), kSavedHandles, olds);
  RC_ASSERT(rows == session.rows());
}

RC_GTEST_PROP(FoldProperty, MeansItsEventsAppliedOneByOne, (const std::vector<Choice>& choices)) {
  CheckAgainstModel(choices, Olds::kSometimes);
}

RC_GTEST_PROP(FoldProperty, WritesNothingThatIsThereWhereEveryOldIsKnown, (const std::vector<Choice>& choices)) {
  CheckAgainstModel(choices, Olds::kAlways);
}

RC_GTEST_PROP(FoldProperty, TwoSavesEndLikeOne, (const std::vector<Choice>& choices, uint16_t where)) {
  Session session(Olds::kSometimes);
  for (const Choice& choice : choices) session.Step(choice);
  const std::vector<v1::Event>& events = session.events();
  size_t split = where % (events.size() + 1);
  Database rows = InitialRows();
  FoldInto(rows, events, 0, split, kSavedHandles, Olds::kSometimes);
  FoldInto(rows, events, split, events.size(), LastHandle(events, split), Olds::kSometimes);
  RC_ASSERT(rows == session.rows());
}

}  // namespace
}  // namespace uow
