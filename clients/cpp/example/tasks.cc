// Plans a project in one unit of work. The target's database has the tables of tasks.sql.
//   tasks <address of uowd> <target>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "uow/uow.h"

struct Project : uow::Table<Project> {
  static constexpr absl::string_view kName = "projects";
  static constexpr Column<"id", int64_t, uow::kGeneratedKey> id{};
  static constexpr Column<"name", std::string> name{};
  static constexpr auto kColumns = uow::Columns(id, name);
};

struct Task : uow::Table<Task> {
  static constexpr absl::string_view kName = "tasks";
  static constexpr Column<"id", int64_t, uow::kGeneratedKey> id{};
  static constexpr Column<"project_id", uow::Ref<Project>> project{};
  static constexpr Column<"title", std::string> title{};
  static constexpr Column<"done", bool, uow::kHasDefault> done{};
  static constexpr auto kColumns = uow::Columns(id, project, title, done);
};

absl::Status Plan(const std::string& address, const std::string& target) {
  absl::StatusOr<uow::Client> client = uow::Client::connect(address);
  if (!client.ok()) return client.status();
  absl::StatusOr<std::unique_ptr<uow::Session>> opened = client->open({.target = target, .tables = uow::tables<Project, Task>()});
  if (!opened.ok()) return opened.status();
  uow::Session& session = **opened;

  // Neither row has a key yet; the task refers to the project all the same.
  absl::StatusOr<uow::Entity<Project>> project = session.create(Project::name = "Garden " + session.id().substr(0, 8));
  if (!project.ok()) return project.status();
  absl::StatusOr<uow::Entity<Task>> task = session.create(Task::project = *project, Task::title = "Dig");
  if (!task.ok()) return task.status();

  // A try that is taken back, in memory and in the journal.
  absl::StatusOr<uow::Checkpoint> checkpoint = session.set_checkpoint();
  if (!checkpoint.ok()) return checkpoint.status();
  if (absl::Status status = session.erase(*task); !status.ok()) return status;
  if (absl::Status status = session.rollback(*checkpoint); !status.ok()) return status;
  if (absl::Status status = task->set(Task::done, true); !status.ok()) return status;

  absl::StatusOr<uow::SaveResult> saved = session.save();
  if (!saved.ok()) return saved.status();
  std::cout << saved->inserted << " rows inserted; the task has id " << *task->get(Task::id) << " in project "
            << *task->get(Task::project) << "\n";
  return session.close();
}

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: tasks <address of uowd, such as unix:/run/uowd.sock> <target>\n";
    return 2;
  }
  absl::Status status = Plan(argv[1], argv[2]);
  if (status.ok()) return 0;
  std::cerr << uow::ReasonName(uow::ReasonOf(status)) << ": " << status.message() << "\n";
  return 1;
}
