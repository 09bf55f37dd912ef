#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"
#include "tests/support/uowd_process.h"
#include "uow/uow.h"

namespace uow {

struct Author : Table<Author> {
  static constexpr absl::string_view kName = "authors";
  static constexpr Column<"id", int64_t, kGeneratedKey> id{};
  static constexpr Column<"name", std::string> name{};
  static constexpr Column<"born", std::optional<Date>> born{};
  static constexpr Column<"extra", std::optional<Json>> extra{};
  static constexpr auto kColumns = uow::Columns(id, name, born, extra);
};

struct Book : Table<Book> {
  static constexpr absl::string_view kName = "books";
  static constexpr Column<"id", int64_t, kGeneratedKey> id{};
  static constexpr Column<"author_id", Ref<Author>> author{};
  static constexpr Column<"sequel_to", std::optional<Ref<Book>>> sequel_to{};
  static constexpr Column<"title", std::string> title{};
  static constexpr auto kColumns = uow::Columns(id, author, sequel_to, title);
};

struct Loan : Table<Loan> {
  static constexpr absl::string_view kName = "loans";
  static constexpr Column<"book_id", Ref<Book>, kKey> book{};
  static constexpr Column<"number", int32_t, kKey> number{};
  static constexpr Column<"days", int32_t, kHasDefault> days{};
  static constexpr auto kColumns = uow::Columns(book, number, days);
};

// A real uowd with a SQLite target "main" that has the tables above.
class IntegrationTest : public testing::Test {
 protected:
  IntegrationTest();

  // A client with short patience, so that tests of outages end soon.
  static ConnectOptions Options();
  Client Connect(const ConnectOptions& options = Options()) { return *Client::connect(uowd_.address(), options); }
  std::unique_ptr<Session> Open(const ConnectOptions& options = Options());
  std::unique_ptr<Session> Resume(const std::string& id, const ConnectOptions& options = Options());
  Entity<Author> CreateAuthor(Session& session, const std::string& name);

  // The first column of a query's only row, as text; "NULL" for NULL.
  std::string Query(const std::string& sql) const;
  void Execute(const std::string& sql) const;

  std::string database() const { return dir_.path() + "/main.db"; }

  TempDir dir_;
  UowdProcess uowd_;
};

inline TableSet AllTables() { return tables<Author, Book, Loan>(); }

}  // namespace uow
