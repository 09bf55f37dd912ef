#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"

namespace uow::mysql {

// The type of a column from information_schema: `data_type` is "int", `column_type` is "int(10) unsigned", "enum('a','b')";
// `is_json` says that MariaDB checks its text to be JSON. A tinyint(1) is a bool, as everywhere in MySQL's world.
v1::Type TypeOf(absl::string_view data_type, absl::string_view column_type, bool is_json);

// Sets what the column's type holds, where that is less than its kind: max_length, least and greatest.
void SetLimits(absl::string_view data_type, absl::string_view column_type, v1::Column& column);

}  // namespace uow::mysql
