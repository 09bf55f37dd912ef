#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace uow::postgres {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using RawResult = std::unique_ptr<PGresult, ClearResult>;

// What a statement returned: rows of values as text. What it returns stays valid as long as the result.
class Result {
 public:
  class Value {
   public:
    Value(const PGresult* result, int row, int column) : result_(result), row_(row), column_(column) {}
    bool is_null() const { return PQgetisnull(result_, row_, column_) != 0; }
    // Empty where it is NULL.
    const char* c_str() const { return PQgetvalue(result_, row_, column_); }
    absl::string_view text() const { return {c_str(), static_cast<size_t>(PQgetlength(result_, row_, column_))}; }
    // A number, or a bool of "t" and "f". Zero for what isn't one.
    template <typename T>
    T as() const {
      if constexpr (std::is_same_v<T, bool>) {
        return text() == "t";
      } else {
        T number = 0;
        (void)absl::SimpleAtoi(text(), &number);
        return number;
      }
    }

   private:
    const PGresult* result_;
    int row_, column_;
  };

  class Row {
   public:
    Row(const PGresult* result, int row) : result_(result), row_(row) {}
    Value operator[](int column) const { return {result_, row_, column}; }

   private:
    const PGresult* result_;
    int row_;
  };

  class Iterator {
   public:
    Iterator(const PGresult* result, int row) : result_(result), row_(row) {}
    Row operator*() const { return {result_, row_}; }
    Iterator& operator++() { return ++row_, *this; }
    bool operator!=(const Iterator& other) const { return row_ != other.row_; }

   private:
    const PGresult* result_;
    int row_;
  };

  explicit Result(RawResult result) : result_(std::move(result)) {}

  size_t size() const { return static_cast<size_t>(PQntuples(result_.get())); }
  bool empty() const { return size() == 0; }
  int columns() const { return PQnfields(result_.get()); }
  Row operator[](size_t row) const { return {result_.get(), static_cast<int>(row)}; }
  Row front() const { return (*this)[0]; }
  Row back() const { return (*this)[size() - 1]; }
  Iterator begin() const { return {result_.get(), 0}; }
  Iterator end() const { return {result_.get(), PQntuples(result_.get())}; }

  // Rows that an INSERT, UPDATE, DELETE or COPY has affected.
  uint64_t affected_rows() const {
    uint64_t rows = 0;
    (void)absl::SimpleAtoi(PQcmdTuples(result_.get()), &rows);
    return rows;
  }
  // What the server calls what it did: "COMMIT", "ROLLBACK", "INSERT 0 1".
  absl::string_view command_tag() const { return PQcmdStatus(result_.get()); }

 private:
  RawResult result_;
};

}  // namespace uow::postgres
