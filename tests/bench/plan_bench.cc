// How much processor time a plan takes, by its number of changes: `uow-bench-plan [--json] [--large]`. The baseline is the time per
// change of the smallest plan: ratios stay near 1, but for what falls out of caches.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/plan/plan.h"
#include "tests/bench/table.h"

namespace uow::bench {
namespace {

constexpr uint32_t kGroup = 0, kMember = 1;
constexpr uint32_t kId = 0, kCode = 1, kParent = 2;
// Rows that wait for one another go in rings of so many.
constexpr int64_t kRing = 10;

v1::Value Int(int64_t number) {
  v1::Value value;
  value.set_int64_value(number);
  return value;
}

v1::Value Text(std::string text) {
  v1::Value value;
  value.set_text_value(std::move(text));
  return value;
}

// Two tables of an id, a unique code and a parent: groups below groups, and members, which go with their group.
SchemaRef MakeSchema() {
  v1::Schema schema;
  for (const char* name : {"group", "member"}) {
    v1::Table& table = *schema.add_tables();
    table.set_name(name);
    for (const char* column_name : {"id", "code", "parent_id"}) {
      v1::Column& column = *table.add_columns();
      column.set_name(column_name);
      column.set_nullable(column.name() == "parent_id");
      column.mutable_type()->set_kind(column.name() == "code" ? v1::Type::KIND_TEXT : v1::Type::KIND_INT64);
    }
    table.add_primary_key(kId);
    table.add_uniques()->add_columns(kCode);
    v1::ForeignKey& key = *table.add_foreign_keys();
    key.add_columns(kParent);
    key.set_referenced_table(kGroup);
    key.add_referenced_columns(kId);
    if (table.name() == "member") key.set_on_delete(v1::REFERENTIAL_ACTION_CASCADE);
  }
  return SchemaIndex::Create(schema).value();
}

v1::NetChange Change(v1::ChangeKind kind, uint32_t table, int64_t id, uint64_t offset) {
  v1::NetChange change;
  change.set_kind(kind);
  change.set_table(table);
  *change.add_key() = Int(id);
  change.set_first_offset(offset);
  change.set_last_offset(offset);
  return change;
}

void Set(v1::NetChange& change, uint32_t column, const v1::Value* value, const v1::Value* old) {
  v1::Field& field = *change.add_fields();
  field.set_column(column);
  if (value != nullptr) *field.mutable_value() = *value;
  if (old != nullptr) *field.mutable_old() = *old;
}

std::string CodeOf(int64_t id) { return absl::StrCat("code ", id); }

// The row after this one in its ring of `size`.
int64_t NextInRing(int64_t i, int64_t size) { return i / size * size + (i % size + 1) % size; }

using Changes = std::vector<v1::NetChange>;

Changes NewRows(int64_t count) {
  Changes changes;
  for (int64_t i = 0; i < count; ++i) {
    v1::NetChange& change = changes.emplace_back(Change(v1::CHANGE_KIND_INSERT, i % kRing == 0 ? kGroup : kMember, i, i));
    const v1::Value code = Text(CodeOf(i)), parent = Int(i / kRing * kRing);
    Set(change, kCode, &code, nullptr);
    if (change.table() == kMember) Set(change, kParent, &parent, nullptr);
  }
  return changes;
}

Changes NewRowsInRings(int64_t count, int64_t size) {
  Changes changes;
  for (int64_t i = 0; i < count; ++i) {
    v1::NetChange& change = changes.emplace_back(Change(v1::CHANGE_KIND_INSERT, kGroup, i, i));
    const v1::Value code = Text(CodeOf(i)), parent = Int(NextInRing(i, size));
    Set(change, kCode, &code, nullptr);
    Set(change, kParent, &parent, nullptr);
  }
  return changes;
}

// Each row takes the code of the next.
Changes MovedCodes(int64_t count, int64_t size) {
  Changes changes;
  for (int64_t i = 0; i < count; ++i) {
    v1::NetChange& change = changes.emplace_back(Change(v1::CHANGE_KIND_UPDATE, kMember, i, i));
    const v1::Value code = Text(CodeOf(NextInRing(i, size))), old = Text(CodeOf(i));
    Set(change, kCode, &code, &old);
  }
  return changes;
}

Changes ExchangedKeys(int64_t count) {
  Changes changes;
  for (int64_t i = 0; i < count; ++i) {
    *changes.emplace_back(Change(v1::CHANGE_KIND_UPDATE, kMember, i, i)).add_new_key() = Int(NextInRing(i, 2));
  }
  return changes;
}

// Groups go with their members, some of which are named, and new ones take their codes.
Changes ReplacedGroups(int64_t count) {
  Changes changes;
  for (int64_t i = 0; i < count; ++i) {
    const bool group = i % 4 == 0, fresh = i % 4 == 3;
    const v1::Value code = Text(CodeOf(fresh ? i - 1 : i)), parent = Int(i / 4 * 4);
    v1::NetChange& change =
        changes.emplace_back(Change(fresh ? v1::CHANGE_KIND_INSERT : v1::CHANGE_KIND_DELETE, group ? kGroup : kMember, i, i));
    Set(change, kCode, fresh ? &code : nullptr, fresh ? nullptr : &code);
    if (!group && !fresh) Set(change, kParent, nullptr, &parent);
  }
  return changes;
}

double NanosecondsPerChange(const SchemaIndex& schema, const Changes& changes) {
  std::vector<double> times;
  for (int round = 0; round < 3; ++round) {
    const std::clock_t begin = std::clock();
    absl::StatusOr<Plan> plan = BuildPlan(schema, changes, PlanTraits());
    const double time = 1e9 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    if (!plan.ok()) {
      std::fprintf(stderr, "%s\n", plan.status().ToString().c_str());
      std::exit(1);
    }
    times.push_back(time / static_cast<double>(changes.size()));
  }
  return Median(times);
}

int Run(bool json, bool large) {
  struct Measure {
    const char* name;
    std::function<Changes(int64_t)> make;
  };
  const std::vector<Measure> measures = {
      {"new rows below one another", NewRows},
      {"new rows that refer to one another in rings of 10", [](int64_t n) { return NewRowsInRings(n, kRing); }},
      {"new rows that refer to one another in one ring", [](int64_t n) { return NewRowsInRings(n, n); }},
      {"unique values exchanged in pairs", [](int64_t n) { return MovedCodes(n, 2); }},
      {"unique values moved along rings of 10", [](int64_t n) { return MovedCodes(n, kRing); }},
      {"unique values moved along one ring", [](int64_t n) { return MovedCodes(n, n); }},
      {"keys exchanged in pairs", ExchangedKeys},
      {"rows deleted by cascades, whose unique values new ones take", ReplacedGroups},
  };
  const SchemaRef schema = MakeSchema();
  std::vector<Row> rows;
  for (const Measure& measure : measures) {
    std::optional<double> smallest;
    for (const int64_t count : {10'000, 100'000, 1'000'000}) {
      if (count == 1'000'000 && !large) continue;
      const double time = NanosecondsPerChange(*schema, measure.make(count));
      rows.push_back(Note(absl::StrCat("plan, ", count, " changes: ", measure.name), "ns a change", time, smallest));
      if (!smallest) smallest = time;
    }
  }
  Print(rows, json);
  return 0;
}

}  // namespace
}  // namespace uow::bench

int main(int argc, char** argv) {
  bool json = false, large = false;
  for (int i = 1; i < argc; ++i) {
    json |= std::string(argv[i]) == "--json";
    large |= std::string(argv[i]) == "--large";
  }
  return uow::bench::Run(json, large);
}
