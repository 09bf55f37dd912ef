#include "tests/bench/save_measures.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "journal/errors.h"
#include "tests/bench/saver.h"
#include "tests/support/child_process.h"

namespace uow::bench {
namespace {

constexpr int kCustomers = 1000;
constexpr int kChanged = 20'000;
constexpr int kMixed = 4'000;  // of each kind
constexpr double kBudget = 0.8;

// How many times as fast as a rival a save has to be.
constexpr struct {
  const char* rival;
  const char* target;
  double factor;
} kRivalBudgets[] = {
    {"SQLAlchemy", "postgres", 5}, {"MikroORM", "postgres", 2.5}, {"MikroORM", "mariadb", 2}, {"MikroORM", "sqlite", 5}};

// One kind of work, for a session and by hand.
struct Work {
  std::string kind;  // a rival's name for it
  std::string name;
  Commands commands;
  int rows = 0;
  std::function<absl::Status(ByHand&)> prepare;
  std::function<absl::StatusOr<double>(ByHand&)> by_hand;
};

absl::Status Fill(ByHand& database) { return database.Fill(2 * kChanged); }

Work Inserts() {
  const Shop shop = MakeShop(kCustomers);
  return {"insert",
          "save of 26,000 new rows, 3 levels",
          ShopCommands(shop),
          shop.rows(),
          [](ByHand& database) { return database.Clear(); },
          [shop](ByHand& database) { return database.Insert(shop); }};
}

Work Updates() {
  return {"update", "update of 20,000 rows, one field each", UpdateCommands({1, kChanged}), kChanged, Fill, [](ByHand& database) {
            return database.Update({1, kChanged});
          }};
}

Work VersionedUpdates() {
  return {"versioned", "the same with versions", VersionedUpdateCommands({1, kChanged}), kChanged, Fill, [](ByHand& database) {
            return database.UpdateVersioned({1, kChanged});
          }};
}

Work Deletes() {
  return {"delete", "delete of 20,000 rows", DeleteCommands({1, kChanged}), kChanged, Fill, [](ByHand& database) {
            return database.Delete({1, kChanged});
          }};
}

Work Mix() {
  const Shop added = MakeItems(kMixed);
  return {"mix",
          "12,000 inserts, updates and deletes mixed",
          MixCommands(added, {1, kMixed}, {kMixed + 1, 2 * kMixed}),
          3 * kMixed,
          Fill,
          [added](ByHand& database) {
            return database.Mix(added, {1, kMixed}, {kMixed + 1, 2 * kMixed});
          }};
}

// Medians of seconds.
struct Medians {
  double record = 0, save = 0, by_hand = 0;
};

absl::StatusOr<Medians> Measure(SaveDatabases& databases, Database& database, const Work& work, int rounds) {
  std::vector<double> records, saves, hands;
  for (int round = -1; round < rounds; ++round) {
    // Both find the tables alike.
    UOW_RETURN_IF_ERROR(work.prepare(*database.by_hand));
    UOW_ASSIGN_OR_RETURN(SaveTimes times,
                         RecordAndSave(databases.uowd(), databases.schema_id(), database.target, work.commands, work.rows));
    UOW_RETURN_IF_ERROR(work.prepare(*database.by_hand));
    UOW_ASSIGN_OR_RETURN(double hand, work.by_hand(*database.by_hand));
    if (round < 0) continue;  // warms up
    records.push_back(times.record);
    saves.push_back(times.save);
    hands.push_back(hand);
  }
  return Medians{Median(records), Median(saves), Median(hands)};
}

// Seconds of a rival's flush.
absl::StatusOr<double> Measure(SaveDatabases& databases, const Database& database, const Rival& rival, const Work& work,
                               int rounds) {
  const std::string output = absl::StrCat(databases.directory(), "/", rival.name, "-", database.target, "-", work.kind);
  std::vector<std::string> arguments = rival.program;
  for (const std::string& argument : {database.dsn, work.kind, absl::StrCat(rounds)}) arguments.push_back(argument);
  ChildProcess child;
  UOW_RETURN_IF_ERROR(child.Start(arguments, {}, output));
  const std::optional<ProcessEnd> end = child.Wait(absl::Minutes(10));
  std::ifstream file(output);
  const std::string said(std::istreambuf_iterator<char>(file), {});
  const std::vector<std::string> lines = absl::StrSplit(absl::StripTrailingAsciiWhitespace(said), '\n');
  double seconds = 0;
  if (!end || end->signalled || end->code != 0 || !absl::SimpleAtod(lines.back(), &seconds) || seconds <= 0) {
    return absl::InternalError(absl::StrCat(rival.name, ", ", work.kind, " in ", database.label, ": ", said));
  }
  return seconds;
}

}  // namespace

absl::StatusOr<std::vector<Row>> MeasureSaves(SaveDatabases& databases, Database& database, const std::vector<Rival>& rivals,
                                              const std::string& only, int rounds) {
  std::vector<Row> rows;
  for (const Work& work : {Inserts(), Updates(), VersionedUpdates(), Deletes(), Mix()}) {
    if (!absl::StrContains(work.name, only)) continue;
    UOW_ASSIGN_OR_RETURN(Medians medians, Measure(databases, database, work, rounds));
    const std::string name = absl::StrCat(database.label, ": ", work.name);
    const double rate = work.rows / medians.save, by_hand = work.rows / medians.by_hand;
    rows.push_back(database.set_based ? Compare(name, "rows/s", rate, by_hand, Budget::kAtLeast, kBudget)
                                      : Note(name, "rows/s", rate, by_hand));
    if (rows.size() == 1) {
      rows.push_back(Note("  the same with recording them", "rows/s", work.rows / (medians.record + medians.save), by_hand));
    }
    for (const Rival& rival : rivals) {
      for (const auto& budget : kRivalBudgets) {
        if (budget.rival != rival.name || budget.target != database.target) continue;
        UOW_ASSIGN_OR_RETURN(double seconds, Measure(databases, database, rival, work, rounds));
        rows.push_back(
            Compare(absl::StrCat("  beside ", rival.name), "rows/s", rate, work.rows / seconds, Budget::kAtLeast, budget.factor));
      }
    }
  }
  return rows;
}

absl::StatusOr<std::vector<Row>> MeasureGrowth(SaveDatabases& databases, Database& database) {
  constexpr int kSizes[] = {10'000, 100'000, 1'000'000};
  std::vector<Row> rows;
  double first = 0;
  for (int size : kSizes) {
    const Shop shop = MakeShop(size / kRowsOfCustomer);
    const Commands commands = ShopCommands(shop);
    std::vector<double> times;
    for (int round = 0; round < (size > 100'000 ? 1 : 5); ++round) {
      UOW_RETURN_IF_ERROR(database.by_hand->Clear());
      UOW_ASSIGN_OR_RETURN(SaveTimes saved,
                           RecordAndSave(databases.uowd(), databases.schema_id(), database.target, commands, shop.rows()));
      times.push_back(saved.save / shop.rows() * 1e6);
    }
    const double each = Median(times);
    if (size == kSizes[0]) first = each;
    const std::string name = absl::StrCat(database.label, ": a change of ", size, " in a save (beside: of 10,000)");
    rows.push_back(Compare(name, "us", each, first, Budget::kAtMost, 1.5));
  }
  return rows;
}

}  // namespace uow::bench
