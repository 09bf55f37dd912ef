// A first session, with the C++ client. Usage: first_session <address of uowd> <target>
#include <cstdlib>
#include <iostream>

#include "uow/uow.h"

struct User : uow::Table<User> {
  static constexpr absl::string_view kName = "users";
  static constexpr Column<"id", int64_t, uow::kGeneratedKey> id{};
  static constexpr Column<"name", std::string> name{};
  static constexpr Column<"email", std::optional<std::string>> email{};
  static constexpr auto kColumns = uow::Columns(id, name, email);
};

struct Post : uow::Table<Post> {
  static constexpr absl::string_view kName = "posts";
  static constexpr Column<"id", int64_t, uow::kGeneratedKey> id{};
  static constexpr Column<"author_id", uow::Ref<User>> author{};
  static constexpr Column<"title", std::string> title{};
  static constexpr auto kColumns = uow::Columns(id, author, title);
};

// Ends the program where something failed: the message says what, where, and what to do.
void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << uow::ReasonName(uow::ReasonOf(status)) << ": " << status.message() << "\n";
  std::exit(1);
}

template <typename T>
T Check(absl::StatusOr<T> result) {
  Check(result.status());
  return *std::move(result);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  uow::Client client = Check(uow::Client::connect(argv[1]));
  auto session = Check(client.open({.target = argv[2], .tables = uow::tables<User, Post>()}));

  auto ann = Check(session->create(User::name = "Ann", User::email = "ann@example.org"));
  auto post = Check(session->create(Post::author = ann, Post::title = "Hello"));  // neither has a key yet
  auto draft = Check(session->set_checkpoint("draft"));

  Check(session->erase(post));      // a mistake
  Check(session->rollback(draft));  // undone in memory at once, and in the journal

  auto saved = Check(session->save());  // one transaction, exactly once
  std::cout << saved.inserted << " rows inserted; the post has id " << Check(post.get(Post::id)) << "\n";
}
