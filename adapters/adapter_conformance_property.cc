// Whatever a session does to whatever tables, saved in parts and rolled back: the database ends as a model that applies its events
// one by one, with their cascades, and checks constraints at the end. UOW_PROPERTY_ROUNDS sets how many schemas are tried with 60
// sessions each. A failure prints the smallest case that still fails, as kKeptCases has them.
#include <rapidcheck.h>
#include <rapidcheck/detail/TestParams.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/adapter_conformance.h"
#include "adapters/random_journal.h"
#include "adapters/random_schema.h"
#include "adapters/random_session.h"
#include "gmock/gmock.h"
#include "journal/errors.h"
#include "journal/event_check.h"
#include "journal/fold.h"
#include "journal/rocks_test_journal.h"

namespace uow {
namespace {

using test::RandomSchema;
using test::RandomSession;
using test::RandomStep;

constexpr uint64_t kLeastUses = 50;
// What a run must have come across that often.
constexpr const char* kRules[] = {"save",
                                  "partial save",
                                  "rollback to a checkpoint",
                                  "rollback of what broke a constraint",
                                  "replaced row",
                                  "row that refers to itself",
                                  "row that takes another's place",
                                  "key change",
                                  "ON UPDATE CASCADE",
                                  "ON DELETE CASCADE",
                                  "ON DELETE SET NULL",
                                  "row that a cascade takes first",
                                  "swap of a nullable unique value",
                                  "swap of a unique value that can't be NULL",
                                  "value given up early by an update",
                                  "new row written with NULL first"};
constexpr char kJournaled[] = "save of what the journal gave back", kDeferred[] = "deferred constraint",
               kEarlyDelete[] = "value given up early by a delete";
// The fewer the better.
constexpr char kRefusals[] = "refusal of a cycle", kUnseen[] = "refusal of what only a cascade makes right",
               kReplaced[] = "refusal of a deleted row that others refer to";

// Sessions that once went wrong: the schema's number, and steps.
struct KeptCase {
  uint32_t schema;
  std::vector<RandomStep> steps;
};
const KeptCase kKeptCases[] = {
    {15,
     {{0, 0, 0, 0},
      {0, 0, 0, 0},
      {0, 0, 0, 37},
      {0, 0, 0, 71},
      {0, 0, 0, 0},
      {14, 0, 0, 0},
      {0, 0, 0, 0},
      {11, 0, 0, 117},
      {9, 0, 67, 0}}},
    {22, {{0, 3, 0, 0}, {0, 3, 0, 31}, {0, 15, 49, 439}, {14, 0, 0, 0}, {0, 15, 917, 851}, {9, 7, 0, 0}}},
    {24, {{0, 280, 0, 0}, {0, 41, 0, 0}, {14, 0, 0, 0}, {17, 10, 0, 0}, {10, 190, 0, 1}}},
    {44, {{0, 0, 0, 0}, {10, 0, 0, 847}, {14, 0, 0, 0}, {9, 0, 0, 0}, {0, 0, 0, 1}, {10, 0, 0, 847}}},
    {62, {{0, 329, 0, 0}, {0, 4, 0, 1}, {14, 0, 0, 0}, {5, 370, 0, 0}, {17, 281, 0, 0}, {5, 70, 0, 490}}},
    {108,
     {{0, 0, 0, 0},
      {0, 0, 0, 0},
      {0, 0, 1, 1},
      {0, 0, 30, 0},
      {9, 0, 253, 0},
      {18, 0, 0, 370},
      {14, 0, 0, 0},
      {16, 0, 0, 0},
      {16, 0, 0, 1}}},
    {15, {{0, 0, 0, 0}, {5, 0, 0, 170}, {14, 0, 0, 0}, {10, 0, 0, 0}, {5, 0, 0, 430}}},
    {19, {{0, 0, 0, 0}, {5, 0, 0, 886}, {14, 0, 0, 0}, {16, 0, 0, 1}}},
    {322,
     {{0, 0, 0, 0}, {0, 0, 7, 0}, {0, 0, 1, 341}, {0, 0, 1, 2}, {14, 0, 0, 0}, {16, 0, 93, 330}, {10, 0, 0, 4}, {10, 0, 0, 0}}},
    {324, {{0, 0, 0, 0}, {10, 0, 0, 118}, {14, 0, 0, 0}, {10, 0, 0, 0}, {0, 0, 910, 0}, {18, 0, 0, 3}}},
    {324, {{0, 0, 0, 0}, {10, 0, 0, 118}, {14, 0, 0, 0}, {15, 0, 0, 0}, {10, 0, 0, 0}, {0, 0, 910, 0}, {18, 0, 0, 3}}},
    {491, {{0, 0, 1, 0}, {0, 0, 0, 759}, {14, 0, 0, 0}, {10, 0, 0, 0}, {16, 0, 0, 522}}},
    {106, {{0, 0, 327, 0}, {0, 22, 0, 0}, {14, 0, 0, 0}, {16, 0, 0, 0}, {0, 0, 933, 0}, {15, 4, 0, 0}, {5, 88, 20, 712}}},
    {106, {{0, 95, 0, 0}, {0, 0, 1, 1}, {0, 22, 0, 1}, {14, 0, 0, 0}, {16, 65, 0, 1}, {16, 0, 0, 0}}},
};

class PropertyRun {
 public:
  using SaveFunction = std::function<absl::StatusOr<SaveOutcome>(const std::vector<v1::NetChange>&)>;
  using RowsFunction = std::function<std::vector<std::string>(size_t table)>;

  PropertyRun(const RandomSchema& random, SchemaRef schema, PlanTraits traits, SaveFunction save, RowsFunction rows)
      : random_(random), schema_(std::move(schema)), traits_(traits), save_(std::move(save)), rows_(std::move(rows)) {}

  // What went wrong, or "". With a journal, the events go through it.
  std::string Run(const std::vector<RandomStep>& steps, test::RandomJournal* journal) {
    RandomSession session(random_, schema_, journal);
    for (const RandomStep& step : steps) {
      if (!session.Do(step)) continue;
      if (std::string wrong = Save(session, step.a); !wrong.empty()) return wrong;
    }
    if (std::string wrong = Save(session, 1); !wrong.empty()) return wrong;
    for (const auto& [rule, count] : session.counts()) counts[rule] += count;
    return "";
  }

  std::map<std::string, uint64_t> counts;

 private:
  std::string Save(RandomSession& session, uint32_t choice) {
    std::optional<RandomSession::Range> range = session.BeginSave(choice);
    if (!range) return "";
    std::string story;
    for (size_t i = 0; i < range->events.size(); ++i) {
      absl::StrAppend(&story, "  ", range->from + i, ": ", range->events[i].ShortDebugString(), "\n");
    }
    absl::StatusOr<std::vector<v1::NetChange>> changes = FoldOf(session, *range);
    if (!changes.ok()) return absl::StrCat("the fold fails: ", changes.status().ToString(), "\n", story);
    if (SpellPlan(*changes) != SpellPlan(*FoldOf(session, *range)))
      return absl::StrCat("two plans of the same events differ\n", story);
    ++counts["save"];
    CountPlan(*changes);
    absl::StatusOr<SaveOutcome> outcome = save_(*changes);
    if (ReasonOf(outcome.status()) == v1::ERROR_REASON_ROW_CYCLE) {
      ++counts[kRefusals];
      session.Refuse();
      return "";
    }
    const bool refused = ReasonOf(outcome.status()) == v1::ERROR_REASON_CONSTRAINT_UNIQUE ||
                         ReasonOf(outcome.status()) == v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY ||
                         ReasonOf(outcome.status()) == v1::ERROR_REASON_STALE_ENTITY;
    if (refused && (session.KnowsTooLittle() || (!traits_.defers_foreign_keys && session.DeletesWhatIsReferredTo()))) {
      ++counts[session.KnowsTooLittle() ? kUnseen : kReplaced];
      session.Refuse();
      return "";
    }
    for (const v1::NetChange& change : *changes) absl::StrAppend(&story, "  net: ", change.ShortDebugString(), "\n");
    absl::StrAppend(&story, "  plan: ", SpellPlan(*changes), "\n");
    if (!outcome.ok()) return absl::StrCat("the save fails: ", outcome.status().ToString(), "\n", story);
    std::map<uint64_t, int64_t> generated;
    for (const v1::GeneratedEntity& entity : outcome->generated) {
      for (int k = 0; k < entity.key_size(); ++k) {
        if (entity.key(k).has_handle_value())
          generated[entity.key(k).handle_value().counter()] = entity.generated_key(k).int64_value();
      }
    }
    session.EndSave(generated);
    for (size_t table = 0; table < random_.tables.size(); ++table) {
      const std::vector<std::string> rows = rows_(table), expected = session.saved().Show(table);
      if (rows == expected) continue;
      return absl::StrCat("table ", random_.tables[table].name, " has\n  ", absl::StrJoin(rows, "\n  "), "\ninstead of\n  ",
                          absl::StrJoin(expected, "\n  "), "\n", story);
    }
    return "";
  }

  absl::StatusOr<std::vector<v1::NetChange>> FoldOf(const RandomSession& session, const RandomSession::Range& range) const {
    Fold fold(schema_, [&](const v1::Handle& handle, v1::Value& value) -> absl::StatusOr<bool> {
      auto key = session.resolved().find(handle.counter());
      if (key == session.resolved().end()) return false;
      value.set_int64_value(key->second);
      return true;
    });
    for (size_t i = 0; i < range.events.size(); ++i) {
      v1::Event event = range.events[i];
      UOW_RETURN_IF_ERROR(CheckEvent(*schema_, 1000, event));
      UOW_RETURN_IF_ERROR(fold.Add(range.from + i, "w", event));
    }
    return fold.Finish();
  }

  // All that a plan says.
  std::string SpellPlan(const std::vector<v1::NetChange>& changes) const {
    absl::StatusOr<Plan> plan = BuildPlan(*schema_, changes, traits_);
    if (!plan.ok()) return plan.status().ToString();
    std::string text;
    for (const DeferredConstraint& deferred : plan->deferred) absl::StrAppend(&text, deferred.table, "/", deferred.position, " ");
    for (const Step& step : plan->steps) {
      absl::StrAppend(&text, "\n", static_cast<int>(step.kind), " ", step.table, " ", step.generated, " ", step.may_be_gone);
      for (const std::vector<uint32_t>* columns : {&step.columns, &step.default_columns, &step.key_columns, &step.check_columns}) {
        absl::StrAppend(&text, "|", absl::StrJoin(*columns, ","));
      }
      for (const StepRow& row : step.rows) {
        absl::StrAppend(&text, "\n  ", row.change);
        for (const v1::Value& value : row.values) absl::StrAppend(&text, " ", value.ShortDebugString());
      }
    }
    return text;
  }

  void CountPlan(const std::vector<v1::NetChange>& changes) {
    absl::StatusOr<Plan> plan = BuildPlan(*schema_, changes, traits_);
    if (!plan.ok()) return;
    if (!plan->deferred.empty()) ++counts[kDeferred];
    std::map<size_t, int> statements;
    for (const Step& step : plan->steps) {
      if (step.may_be_gone) ++counts["row that a cascade takes first"];
      for (const StepRow& row : step.rows) ++statements[row.change];
    }
    for (const auto& [change, count] : statements) {
      const v1::NetChange& net = changes[change];
      if (net.kind() == v1::CHANGE_KIND_REPLACE) ++counts["replaced row"];
      if (count > 1 && net.kind() == v1::CHANGE_KIND_INSERT) ++counts["new row written with NULL first"];
      if (count > 1 && net.kind() == v1::CHANGE_KIND_UPDATE) ++counts["value given up early by an update"];
      if (count > 1 && net.kind() == v1::CHANGE_KIND_DELETE) ++counts[kEarlyDelete];
    }
  }

  const RandomSchema& random_;
  const SchemaRef schema_;
  const PlanTraits traits_;
  const SaveFunction save_;
  const RowsFunction rows_;
};

std::string SpellSteps(const std::vector<RandomStep>& steps) {
  return absl::StrJoin(steps, ", ", [](std::string* out, const RandomStep& step) {
    absl::StrAppend(out, "{", step.what, ", ", step.a, ", ", step.b, ", ", step.c, "}");
  });
}

// Random schemas to try: many over the fastest dialect, some over each database, a few in other ways to save into the same.
int Rounds(const std::string& name) {
  const char* rounds = std::getenv("UOW_PROPERTY_ROUNDS");
  if (rounds != nullptr) return std::atoi(rounds);
  if (name == "Sqlite") return 200;
  if (name == "SqliteClient") return 100;
  return name == "Identity" || name == "Mariadb" ? 25 : 5;
}

// Statements that empty the tables, whatever refers to what.
std::string EmptyTables(const RandomSchema& random, v1::Dialect dialect) {
  std::string sql = dialect == v1::DIALECT_POSTGRESQL ? "SET session_replication_role = replica;"
                    : dialect == v1::DIALECT_MYSQL    ? "SET foreign_key_checks = 0;"
                                                      : "";
  for (const test::RandomTable& table : random.tables) absl::StrAppend(&sql, "DELETE FROM ", table.name, ";");
  return sql;
}

// Tries sessions over one schema.
void TryRandomSessions(const RandomSchema& random, uint32_t number, PropertyRun& run, Journal& journal,
                       const std::function<void()>& empty_tables) {
  rc::detail::TestParams params;
  params.seed = uint64_t{number} + 1;
  params.maxSuccess = 60;
  params.maxSize = 80;
  int sessions = 0;
  const auto result = rc::detail::checkTestable(
      [&] {
        const auto choice = [](uint32_t limit) { return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<uint32_t>(0, limit)); };
        const auto steps = *rc::gen::container<std::vector<RandomStep>>(
            rc::gen::build<RandomStep>(rc::gen::set(&RandomStep::what, choice(20)), rc::gen::set(&RandomStep::a, choice(1000)),
                                       rc::gen::set(&RandomStep::b, choice(1000)), rc::gen::set(&RandomStep::c, choice(1000))));
        empty_tables();
        std::optional<test::RandomJournal> journaled;
        if (++sessions % 20 == 0) journaled.emplace(journal);
        const std::string wrong = run.Run(steps, journaled ? &*journaled : nullptr);
        if (!wrong.empty()) RC_FAIL(absl::StrCat("{", number, ", {", SpellSteps(steps), "}}\n", wrong));
      },
      rc::detail::TestMetadata(), params);
  if (result.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream what;
  rc::detail::printResultMessage(result, what);
  ADD_FAILURE() << random.Ddl(false) << "\n" << what.str();
}

TEST_P(AdapterConformance, AnySessionOverAnyTablesEndsAsIfItsEventsWereAppliedOneByOne) {
  const v1::Dialect dialect = target_->dialect();
  RandomSchema random;
  std::optional<PropertyRun> run;
  auto begin = [&](uint32_t number) {
    random = test::MakeRandomSchema(number, dialect);
    StartAfresh();
    CreateTables(random.Ddl(dialect != v1::DIALECT_SQLITE));
    run.emplace(
        random, schema_, target_->traits(), [this](const std::vector<v1::NetChange>& changes) { return Save(changes); },
        [&](size_t table) {
          const std::string columns =
              absl::StrJoin(random.tables[table].columns, ", ", [](std::string* out, const auto& column) { *out += column.name; });
          std::vector<std::string> rows = Query(absl::StrCat("SELECT ", columns, " FROM ", random.tables[table].name));
          std::sort(rows.begin(), rows.end());
          return rows;
        });
  };
  for (const KeptCase& kept : kKeptCases) {
    begin(kept.schema);
    EXPECT_EQ(run->Run(kept.steps, nullptr), "") << random.Ddl(false) << "\n" << SpellSteps(kept.steps);
  }

  TempDirectory directory;
  const std::unique_ptr<Journal> journal = OpenOrDie(OptionsFor(directory.path()));
  std::map<std::string, uint64_t> counts;
  const int rounds = Rounds(GetParam().name);
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    begin(static_cast<uint32_t>(round));
    TryRandomSessions(random, static_cast<uint32_t>(round), *run, *journal,
                      [&] { database_->Execute(EmptyTables(random, dialect)); });
    for (const auto& [rule, count] : run->counts) counts[rule] += count;
  }
  std::vector<std::string> rules(std::begin(kRules), std::end(kRules));
  rules.emplace_back(kJournaled);
  if (dialect == v1::DIALECT_POSTGRESQL) rules.emplace_back(kDeferred);
  if (!target_->traits().defers_foreign_keys) rules.emplace_back(kEarlyDelete);
  for (const auto& [rule, count] : counts) std::cout << "  " << rule << ": " << count << "\n";
  for (const std::string& rule : rules) {
    if (rounds < 100) continue;
    EXPECT_GE(counts[rule], kLeastUses) << rule << " was hardly tried";
  }
}

}  // namespace
}  // namespace uow
