// The main job on real data, told step by step: see README.md of the C++ client.
#include <sys/un.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "child.h"
#include "report.h"
#include "walk.h"

namespace {

struct Options {
  std::string uowd;
  std::string dir;
  std::string iso_codes = "/usr/share/iso-codes/json";
  bool fresh = false;
};

Options ParseOptions(int argc, char** argv) {
  Options options;
  bool usage = false;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name == "--fresh") {
      options.fresh = true;
      continue;
    }
    std::string* value = name == "--uowd"        ? &options.uowd
                         : name == "--dir"       ? &options.dir
                         : name == "--iso-codes" ? &options.iso_codes
                                                 : nullptr;
    if (value == nullptr || i + 1 == argc) {
      usage = true;
      break;
    }
    *value = argv[++i];
  }
  if (usage || options.uowd.empty() || options.dir.empty()) {
    std::fprintf(stderr,
                 "usage: uow-demo --uowd <path of uowd> --dir <directory for the journal, the database and the log>\n"
                 "                [--iso-codes <directory of iso_3166-1.json and iso_3166-2.json>] [--fresh: remove what an "
                 "earlier run left there]\n");
    std::exit(2);
  }
  return options;
}

// A directory, a database with empty tables, and uowd on both.
class Stage {
 public:
  explicit Stage(const Options& options) : uowd_path_(options.uowd), dir_(std::filesystem::absolute(options.dir)) {
    std::filesystem::create_directories(dir_);
    if (options.fresh) {
      for (const char* name : {"journal", "world.db", "uowd.sock", "uowd.log"}) std::filesystem::remove_all(dir_ + "/" + name);
    }
    ChooseSocket();
    if (std::filesystem::exists(database())) Fail(absl::StrCat(database(), " exists; give an empty directory, or --fresh"));
    Child shell;
    Check(shell.Start({"sqlite3", "-bail", database()}, UOW_DEMO_SQL, ""), "creating the database");
    Check(shell.Wait(), "creating the database by the sqlite3 shell");
  }

  std::string database() const { return dir_ + "/world.db"; }
  std::string address() const { return "unix:" + socket_; }
  pid_t pid() const { return uowd_.pid(); }

  // Starts uowd and connects; returns when it answers.
  uow::Client Start() {
    Check(uowd_.Start({uowd_path_, "--data-dir", dir_ + "/journal", "--listen", address(), "--target", "main=sqlite:" + database()},
                      "", dir_ + "/uowd.log"),
          "starting uowd");
    absl::SleepFor(absl::Milliseconds(20));
    if (!uowd_.Running()) Fail(absl::StrCat("uowd ended at once; ", dir_, "/uowd.log says why"));
    uow::ConnectOptions options;
    options.block_when_full = true;
    return Check(uow::Client::connect(address(), options), "connecting");
  }

  void Kill() { uowd_.Kill(); }
  ~Stage() {
    Kill();
    if (!socket_dir_.empty()) std::filesystem::remove_all(socket_dir_);
  }

  // Shows what a query finds, by the sqlite3 shell.
  void Show(const std::string& title, const std::string& sql) {
    std::printf("\n%s\n", title.c_str());
    std::fflush(stdout);
    Child shell;
    Check(shell.Start({"sqlite3", "-readonly", "-box", database(), sql}, "", ""), "starting the sqlite3 shell");
    Check(shell.Wait(), "the sqlite3 shell");
  }

 private:
  // Unix sockets have short paths.
  void ChooseSocket() {
    socket_ = dir_ + "/uowd.sock";
    if (socket_.size() < sizeof(sockaddr_un::sun_path)) return;
    char name[] = "/tmp/uow-demo.XXXXXX";
    if (mkdtemp(name) == nullptr) Fail("no directory for the socket can be made in /tmp");
    socket_dir_ = name;
    socket_ = socket_dir_ + "/uowd.sock";
  }

  const std::string uowd_path_;
  const std::string dir_;
  std::string socket_;
  std::string socket_dir_;
  Child uowd_;
};

std::string Describe(const Changes& changes) {
  return absl::StrCat(Number(changes.created), " created, ", Number(changes.changed), " changed, ", Number(changes.erased),
                      " erased");
}

std::string Describe(const uow::SaveResult& saved) {
  return absl::StrCat(Number(saved.inserted), " inserted, ", Number(saved.updated), " updated, ", Number(saved.deleted),
                      " deleted");
}

std::string Describe(const uow::PendingChanges& pending) {
  return absl::StrCat(Number(pending.inserts), " to insert, ", Number(pending.updates), " to update, ", Number(pending.deletes),
                      " to delete");
}

void ExpectPending(const uow::PendingChanges& pending, const Changes& changes) {
  ExpectEqual("pending inserts", pending.inserts, changes.created);
  ExpectEqual("pending updates", pending.updates, changes.changed);
  ExpectEqual("pending deletes", pending.deletes, changes.erased);
}

// Everything up to the crash: returns the session's id and what is pending.
std::pair<std::string, Changes> BeforeTheCrash(uow::Client client, const World& world) {
  std::unique_ptr<uow::Session> session;
  {
    Step step("open a session");
    session = Check(client.open({.target = "main", .tables = uow::tables<Country, Subdivision>(), .labels = {{"job", "demo"}}}),
                    "opening");
    step.Say(absl::StrCat("id ", session->id()));
  }
  Entities entities;
  {
    Step step("create all rows, the database to choose their keys");
    Changes changes;
    entities = CreateWorld(*session, world, changes);
    step.Say(absl::StrCat(Describe(changes), ", in memory"));
  }
  uow::Checkpoint complete;
  {
    Step step("set checkpoint \"complete\"; wait for the journal");
    complete = Check(session->set_checkpoint("complete"), "setting a checkpoint");
    Check(session->flush(), "flushing");
    step.Say("all durable");
  }
  {
    Step step("change a lot that turns out wrong");
    step.Say(Describe(GoWrong(*session, entities)));
  }
  {
    Step step("roll back to \"complete\"");
    Check(session->rollback(complete), "rolling back");
    step.Say("in memory; the journal follows");
  }
  {
    Step step("compare every row in memory with the list");
    ExpectWorld(*session, world, entities);
    step.Say(absl::StrCat(Count(world.countries.size() + world.subdivisions.size(), "row"), ", all as before"));
  }
  {
    Step step("give countries their common names");
    step.Say(Describe(UseCommonNames(world, entities)));
  }
  uow::Checkpoint renamed = Check(session->set_checkpoint("renamed"), "setting a checkpoint");
  Changes rest;
  {
    Step step("set checkpoint \"renamed\"; change more");
    rest = ChangeMore(*session, entities);
    step.Say(Describe(rest));
  }
  {
    Step step("save up to \"renamed\": one transaction");
    uow::SaveResult saved = Check(session->save(renamed), "saving");
    ExpectEqual("rows inserted", saved.inserted, world.countries.size() + world.subdivisions.size());
    ExpectEqual("rows updated", saved.updated, 0);
    int64_t id = Check(entities.subdivisions.at("GB-ENG").get(Subdivision::id), "reading a generated key");
    step.Say(absl::StrCat(Describe(saved), "; GB-ENG has id ", id));
  }
  {
    Step step("ask what is still pending");
    uow::PendingChanges pending = Check(session->pending(), "asking for the pending changes");
    ExpectPending(pending, rest);
    step.Say(Describe(pending));
  }
  return {session->id(), rest};
}

// The session is taken up by what might be another process.
void AfterTheCrash(uow::Client client, const World& world, const std::string& session_id, const Changes& rest) {
  std::unique_ptr<uow::Session> session;
  {
    Step step("resume the session in a new client");
    session = Check(client.resume(session_id, uow::tables<Country, Subdivision>()), "resuming");
    Entities entities = FindEntities(*session);
    ExpectEqual("countries in memory", entities.countries.size(), world.countries.size());
    ExpectEqual("subdivisions in memory", entities.subdivisions.size(), world.subdivisions.size() + rest.created - rest.erased);
    if (!Check(entities.subdivisions.at("AW-W1").follow(Subdivision::parent), "following a parent"))
      Fail("AW-W1 has lost its parent");
    step.Say(absl::StrCat(Number(entities.countries.size()), " countries and ", Number(entities.subdivisions.size()),
                          " subdivisions in memory"));
  }
  {
    Step step("ask what is pending");
    uow::PendingChanges pending = Check(session->pending(), "asking for the pending changes");
    ExpectPending(pending, rest);
    step.Say(Describe(pending));
  }
  {
    Step step("save the rest");
    uow::SaveResult saved = Check(session->save(), "saving");
    ExpectEqual("rows inserted", saved.inserted, rest.created);
    ExpectEqual("rows updated", saved.updated, rest.changed);
    ExpectEqual("rows deleted", saved.deleted, rest.erased);
    step.Say(Describe(saved));
  }
  {
    Step step("close the session");
    ExpectEqual("changes pending at the end", Check(session->pending(), "asking for the pending changes").total(), 0);
    Check(session->close(), "closing");
    step.Say("nothing pending");
  }
}

void ShowRows(Stage& stage) {
  stage.Show("The database, read by the sqlite3 shell. Rows by table:",
             "select 'countries' as \"table\", count(*) as rows from countries union all select 'subdivisions', count(*) from "
             "subdivisions "
             "union all select '  with a parent', count(parent_id) from subdivisions");
  stage.Show("A country with its nested subdivisions:",
             "with recursive tree(id, depth, code, name, type) as ("
             "  select s.id, 0, s.code, s.name, s.type from subdivisions s join countries c on c.id = s.country_id"
             "    where c.alpha2 = 'AZ' and s.parent_id is null and s.code = 'AZ-NX'"
             "  union all select s.id, depth + 1, s.code, s.name, s.type from subdivisions s join tree t on s.parent_id = t.id"
             "  order by 2 desc, 3)"
             "select id, printf('%.*c', depth * 3 + 1, ' ') || code as subdivision, name, type from tree");
  stage.Show("Countries that were renamed (the first five):",
             "select id, alpha2, name, official_name from countries where name in ('Bolivia', 'Iran', 'South Korea', 'North "
             "Korea', 'Laos', "
             "'Moldova', 'Syria', 'Tanzania', 'Venezuela', 'Vietnam') order by alpha2 limit 5");
  stage.Show("What was created before the crash and saved after it:",
             "select s.id, s.code, s.name, p.code as parent, c.name as country from subdivisions s join countries c on c.id = "
             "s.country_id "
             "left join subdivisions p on p.id = s.parent_id where c.alpha2 = 'AW' order by s.code");
}

}  // namespace

int main(int argc, char** argv) {
  Options options = ParseOptions(argc, argv);
  std::printf("ISO 3166, in one unit of work: SQLite for the rows, uowd for the journal.\n\n");
  World world;
  {
    Step step("read ISO 3166 from iso-codes");
    world = Check(ReadWorld(options.iso_codes), "reading ISO 3166");
    step.Say(absl::StrCat(Number(world.countries.size()), " countries, ", Number(world.subdivisions.size()), " subdivisions"));
  }
  Stage stage(options);
  std::pair<std::string, Changes> left;
  {
    uow::Client client = stage.Start();
    left = BeforeTheCrash(std::move(client), world);
  }
  {
    Step step("kill uowd with SIGKILL; start it again");
    pid_t before = stage.pid();
    stage.Kill();
    uow::Client client = stage.Start();
    step.Say(absl::StrCat("process ", before, " is gone, process ", stage.pid(), " runs"));
  }
  AfterTheCrash(Check(uow::Client::connect(stage.address()), "connecting"), world, left.first, left.second);
  ShowRows(stage);
  stage.Kill();
  std::printf("\nAll counts are as expected.\n");
  return 0;
}
