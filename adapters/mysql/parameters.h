#pragma once

#include <mariadb/mysql.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "uow/v1/value.pb.h"

namespace uow::mysql {

// How a value is bound. Text and bytes are those of the value.
struct Bound {
  enum_field_types type = MYSQL_TYPE_NULL;
  bool is_unsigned = false;
  union Number {
    int64_t i;
    uint64_t u;
    double d;
  } number = {.i = 0};
  absl::string_view bytes;
};

// For a checked value without a handle, for which WhyNotStorable is null: zoned times without their "Z", for the session's zone is
// UTC.
Bound BoundOf(const v1::Value& value);

// The parameters of a prepared statement, in order. Text and bytes are not copied: they outlive the statement's run.
class Parameters {
 public:
  // Room for exactly that many.
  explicit Parameters(size_t count) : numbers_(count) { binds_.reserve(count); }
  Parameters(Parameters&&) = default;

  void Add(int64_t number) { Add(Bound{.type = MYSQL_TYPE_LONGLONG, .number = {.i = number}}); }
  void Add(uint64_t number) { Add(Bound{.type = MYSQL_TYPE_LONGLONG, .is_unsigned = true, .number = {.u = number}}); }
  void Add(absl::string_view text) { Add(Bound{.type = MYSQL_TYPE_STRING, .bytes = text}); }
  void AddBytes(absl::string_view bytes) { Add(Bound{.type = MYSQL_TYPE_BLOB, .bytes = bytes}); }
  void Add(const v1::Value& value) { Add(BoundOf(value)); }

  MYSQL_BIND* binds() { return binds_.data(); }
  size_t size() const { return binds_.size(); }

 private:
  void Add(const Bound& bound);

  std::vector<Bound::Number> numbers_;
  std::vector<MYSQL_BIND> binds_;
};

// The parameters of a statement that MariaDB runs once for each of many rows: an array for each parameter. Text and bytes are not
// copied: they outlive the statement's run.
class ParameterArrays {
 public:
  ParameterArrays(size_t columns, size_t rows) : rows_(rows), columns_(columns) {}

  // The next row's value of a column, for BoundOf. All values of a column that aren't NULL are of one kind.
  void Add(size_t column, const v1::Value& value);
  // Once all rows are there.
  MYSQL_BIND* Finish();

  size_t columns() const { return columns_.size(); }
  size_t rows() const { return rows_; }

 private:
  struct Column {
    enum_field_types type = MYSQL_TYPE_NULL;
    bool is_unsigned = false;
    bool has_null = false;
    std::vector<Bound::Number> numbers;
    std::vector<const char*> texts;
    std::vector<unsigned long> lengths;
    std::vector<char> indicators;
  };

  const size_t rows_;
  std::vector<Column> columns_;
  std::vector<MYSQL_BIND> binds_;
};

// Why neither MySQL nor MariaDB can hold a value, in words for the user; null where they can.
const char* WhyNotStorable(const v1::Value& value);

// About how many bytes a value takes in a packet; never too few.
size_t PacketBytes(const v1::Value& value);

}  // namespace uow::mysql
