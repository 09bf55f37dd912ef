// The suite that every dialect passes, over PostgreSQL: with keys from identity columns, and from sequences as SERIAL makes them.
#include "adapters/adapter_conformance.h"
#include "adapters/postgres/test_database.h"

namespace uow {

INSTANTIATE_TEST_SUITE_P(Postgres, AdapterConformance, testing::Values(postgres::IdentityKeys(), postgres::SerialKeys()),
                         [](const auto& info) { return info.param.name; });

}  // namespace uow
