#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/adapter_conformance.h"
#include "adapters/mysql/test_database.h"
#include "gmock/gmock.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow {

// What only MySQL and MariaDB do, with the conformance suite's means.
class MysqlTest : public AdapterConformance {
 protected:
  mysql::TestDatabase& database() { return static_cast<mysql::TestDatabase&>(*database_); }

  // Another target over the test's database.
  std::unique_ptr<Target> TargetWith(const TargetConfig& config) {
    absl::StatusOr<std::unique_ptr<Target>> target = MakeTarget(config);
    EXPECT_TRUE(target.ok()) << target.status();
    return target.ok() ? std::move(*target) : nullptr;
  }
  // The DSN of a user with a password over the test's database.
  std::string DsnOf(const std::string& user, const std::string& password) {
    return absl::StrCat("mysql://", user, ":", password, "@", database().server().HostAndPort(), "/", database().name());
  }
};

// "table(key)" of the entities in an error.
inline std::vector<std::string> EntitiesOf(const absl::Status& status) {
  std::vector<std::string> names;
  const v1::ErrorDetail detail = DetailOf(status).value_or(v1::ErrorDetail());
  for (const v1::EntityRef& entity : detail.entities()) {
    std::string name = entity.table() + "(";
    for (int i = 0; i < entity.key_size(); ++i) absl::StrAppend(&name, i == 0 ? "" : ",", DebugString(entity.key(i)));
    names.push_back(name + ")");
  }
  return names;
}

}  // namespace uow
