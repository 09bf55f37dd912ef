#pragma once

#include <mariadb/mysql.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "uow/v1/value.pb.h"

namespace uow::mysql {

// The parameters of a prepared statement, in order. Text and bytes are not copied: they outlive the statement's run.
class Parameters {
 public:
  // Room for exactly that many.
  explicit Parameters(size_t count) : numbers_(count) { binds_.reserve(count); }
  Parameters(Parameters&&) = default;

  void Add(int64_t number) { AddNumber(MYSQL_TYPE_LONGLONG, {.i = number}, false); }
  void Add(uint64_t number) { AddNumber(MYSQL_TYPE_LONGLONG, {.u = number}, true); }
  void Add(double number) { AddNumber(MYSQL_TYPE_DOUBLE, {.d = number}, false); }
  void Add(absl::string_view text) { AddBuffer(MYSQL_TYPE_STRING, text); }
  void AddBytes(absl::string_view bytes) { AddBuffer(MYSQL_TYPE_BLOB, bytes); }
  // A checked value without a handle, for which WhyNotStorable is null: zoned times without their "Z", for the session's zone is
  // UTC.
  void Add(const v1::Value& value);

  MYSQL_BIND* binds() { return binds_.data(); }
  size_t size() const { return binds_.size(); }

 private:
  union Number {
    int64_t i;
    uint64_t u;
    double d;
  };

  void AddNumber(enum_field_types type, Number number, bool is_unsigned);
  void AddBuffer(enum_field_types type, absl::string_view bytes);

  std::vector<Number> numbers_;
  std::vector<MYSQL_BIND> binds_;
};

// Why neither MySQL nor MariaDB can hold a value, in words for the user; null where they can.
const char* WhyNotStorable(const v1::Value& value);

// About how many bytes a value takes in a packet; never too few.
size_t PacketBytes(const v1::Value& value);

}  // namespace uow::mysql
