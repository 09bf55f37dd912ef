// The suite that every dialect passes, over MariaDB: with its own forms, and with those that MySQL gets.
#include "adapters/adapter_conformance.h"
#include "adapters/mysql/test_database.h"

namespace uow {

INSTANTIATE_TEST_SUITE_P(Mysql, AdapterConformance, testing::Values(mysql::Mariadb(), mysql::MysqlForms()),
                         [](const auto& info) { return info.param.name; });

}  // namespace uow
