// uow-bench-save [--json] [--large] [--only postgres|mariadb|sqlite] [--work TEXT] [--rounds N] [--compare NAME PROGRAM ARGUMENT]…
//
// Saves, from the call of Save to its answer, beside what an application would write by hand for the same rows; with --large how a
// save's time grows with its changes; with --work only what has TEXT in its name; with --compare also beside the flush of another
// unit of work.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "journal/errors.h"
#include "tests/bench/save_measures.h"

namespace uow::bench {
namespace {

struct Arguments {
  bool json = false;
  bool large = false;
  std::string only;
  std::string work;
  int rounds = 9;
  std::vector<Rival> rivals;
};

absl::StatusOr<std::vector<Row>> MeasureAll(const Arguments& arguments) {
  UOW_ASSIGN_OR_RETURN(std::unique_ptr<SaveDatabases> databases, SaveDatabases::Start(arguments.only));
  std::vector<Row> rows;
  auto add = [&rows](std::vector<Row> more) { rows.insert(rows.end(), more.begin(), more.end()); };
  for (Database& database : databases->databases()) {
    UOW_ASSIGN_OR_RETURN(std::vector<Row> saves,
                         MeasureSaves(*databases, database, arguments.rivals, arguments.work, arguments.rounds));
    add(std::move(saves));
    if (arguments.large) {
      UOW_ASSIGN_OR_RETURN(std::vector<Row> growth, MeasureGrowth(*databases, database));
      add(std::move(growth));
    }
  }
  return rows;
}

}  // namespace
}  // namespace uow::bench

int main(int argc, char** argv) {
  uow::bench::Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    arguments.json |= std::strcmp(argv[i], "--json") == 0;
    arguments.large |= std::strcmp(argv[i], "--large") == 0;
    if (std::strcmp(argv[i], "--only") == 0 && i + 1 < argc) arguments.only = argv[++i];
    if (std::strcmp(argv[i], "--work") == 0 && i + 1 < argc) arguments.work = argv[++i];
    if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) arguments.rounds = std::max(1, std::atoi(argv[++i]));
    if (std::strcmp(argv[i], "--compare") == 0 && i + 3 < argc) {
      arguments.rivals.push_back({argv[i + 1], {argv[i + 2], argv[i + 3]}});
      i += 3;
    }
  }
  auto rows = uow::bench::MeasureAll(arguments);
  if (!rows.ok()) {
    std::fprintf(stderr, "uow-bench-save: %s\n", std::string(rows.status().message()).c_str());
    return 1;
  }
  uow::bench::Print(*rows, arguments.json);
  return 0;
}
