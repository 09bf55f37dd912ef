// The suite that every dialect passes, over PostgreSQL: with keys from identity columns, and from sequences as SERIAL makes them.
#include <memory>
#include <utility>

#include "adapters/adapter_conformance.h"
#include "adapters/client_target.h"
#include "adapters/postgres/test_database.h"
#include "adapters/type_matrix.h"
#include "journal/errors.h"

namespace uow {
namespace {

// Saved into by a client's own connection.
class PostgresClientDatabase final : public postgres::TestDatabase {
 public:
  absl::StatusOr<std::unique_ptr<Target>> MakeTarget() const override {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<Target> described, uow::MakeTarget(Config()));
    return test::MakeClientTarget(std::move(described), [dsn = Config().dsn] { return test::OpenPostgresClient(dsn); });
  }
};

ConformanceDialect ClientKeys() {
  return {"Client", [] { return std::make_unique<PostgresClientDatabase>(); }};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, AdapterConformance,
                         testing::Values(postgres::IdentityKeys(), postgres::SerialKeys(), ClientKeys()),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Postgres, TypeMatrix, testing::Values(postgres::IdentityKeys(), ClientKeys()),
                         [](const auto& info) { return info.param.name; });

}  // namespace uow
