// uow-bench-save [--json]: 26,000 new rows in three levels with generated keys, and updates and deletes of 20,000,
// from the call of Save to its answer, beside what an application would write by hand for the same rows.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "journal/errors.h"
#include "tests/bench/bench_session.h"
#include "tests/bench/by_hand.h"
#include "tests/bench/load.h"
#include "tests/bench/save_schema.h"
#include "tests/bench/table.h"
#include "tests/support/postgres_server.h"
#include "tests/support/rpc_error.h"
#include "tests/support/temp_dir.h"
#include "tests/support/uowd_process.h"
#include "uow/v1/save_service.grpc.pb.h"

namespace uow::bench {
namespace {

constexpr int kRounds = 9;

using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using Sqlite = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

struct Times {
  double record = 0;
  double save = 0;
};

class SaveBench {
 public:
  absl::Status Start() {
    // No checkpoint of the server's in the midst of a measurement.
    UOW_ASSIGN_OR_RETURN(postgres_, PostgresServer::Create({.settings = {"max_wal_size=4GB", "checkpoint_timeout=1h"}}));
    UOW_RETURN_IF_ERROR(postgres_->Execute("postgres", kPostgresShop));
    std::string file = absl::StrCat(directory_.path(), "/target.db");
    UowdOptions options;
    options.dir = directory_.path();
    options.targets = {{"postgres", postgres_->Dsn()}, {"sqlite", absl::StrCat("sqlite:", file)}};
    uowd_ = std::make_unique<UowdProcess>(options);
    connection_.reset(PQconnectdb(postgres_->Dsn().c_str()));
    if (PQstatus(connection_.get()) != CONNECTION_OK) return absl::UnavailableError(PQerrorMessage(connection_.get()));
    sqlite3* raw = nullptr;
    int code = sqlite3_open(file.c_str(), &raw);
    sqlite_.reset(raw);
    if (code == SQLITE_OK) code = sqlite3_exec(raw, kSqliteShop, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK)
      code = sqlite3_exec(raw, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return absl::InternalError(sqlite3_errmsg(raw));
    sqlite3_busy_timeout(raw, 10000);
    UOW_RETURN_IF_ERROR(uowd_->Start());
    UOW_ASSIGN_OR_RETURN(schema_id_, RegisterSchema(uowd_->NewChannel(), ShopSchema()));
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Row>> Postgres() {
    return Measure("PostgreSQL", "postgres", [this] { return SaveByHand(connection_.get(), shop_); });
  }
  absl::StatusOr<Row> Updates() {
    return MeasureChanges("update of 20,000 rows, one field each, PostgreSQL", UpdateCommands(),
                          [this] { return UpdateByHand(connection_.get(), kChangedRows + 1, 2 * kChangedRows); });
  }
  absl::StatusOr<Row> Deletes() {
    return MeasureChanges("delete of 20,000 rows, PostgreSQL", DeleteCommands(),
                          [this] { return DeleteByHand(connection_.get(), kChangedRows + 1, 2 * kChangedRows); });
  }
  absl::StatusOr<std::vector<Row>> SqliteFile() {
    return Measure("SQLite", "sqlite", [this] { return SaveByHand(sqlite_.get(), shop_); });
  }

 private:
  // The commands change the first of the items, what is done by hand the next as many.
  absl::StatusOr<Row> MeasureChanges(const std::string& label, const std::vector<v1::RecordRequest>& commands,
                                     const std::function<absl::StatusOr<double>()>& by_hand) {
    std::vector<double> saves, hands;
    for (int round = -1; round < kRounds; ++round) {
      UOW_RETURN_IF_ERROR(postgres_->Execute(
          "postgres",
          absl::StrCat("TRUNCATE item; INSERT INTO item (id, order_id, sku, quantity, price) SELECT key, (SELECT min(id) FROM "
                       "orders), 'SKU-1-' || key, 1, 9.99 FROM generate_series(1, ",
                       2 * kChangedRows, ") AS key; ANALYZE item")));
      UOW_ASSIGN_OR_RETURN(Times times, RecordAndSave("postgres", commands, kChangedRows));
      UOW_ASSIGN_OR_RETURN(double hand, by_hand());
      if (round < 0) continue;  // warms up
      saves.push_back(times.save);
      hands.push_back(hand);
    }
    return Compare(label, "rows/s", kChangedRows / Median(saves), kChangedRows / Median(hands), Budget::kAtLeast, 0.8);
  }

  absl::StatusOr<std::vector<Row>> Measure(const std::string& label, const std::string& target,
                                           const std::function<absl::StatusOr<double>()>& by_hand) {
    std::vector<double> records, saves, hands;
    for (int round = -1; round < kRounds; ++round) {
      UOW_ASSIGN_OR_RETURN(Times times, RecordAndSave(target, commands_, kRows));
      UOW_ASSIGN_OR_RETURN(double hand, by_hand());
      if (round < 0) continue;  // warms up
      records.push_back(times.record);
      saves.push_back(times.save);
      hands.push_back(hand);
    }
    double hand_rate = kRows / Median(hands);
    return std::vector<Row>{Compare(absl::StrCat("save of 26,000 new rows, 3 levels, ", label), "rows/s", kRows / Median(saves),
                                    hand_rate, Budget::kAtLeast, 0.8),
                            Note("  the same with recording them", "rows/s", kRows / (Median(records) + Median(saves)), hand_rate)};
  }

  absl::StatusOr<Times> RecordAndSave(const std::string& target, const std::vector<v1::RecordRequest>& commands, uint64_t rows) {
    std::shared_ptr<grpc::Channel> channel = uowd_->NewChannel();
    UOW_ASSIGN_OR_RETURN(std::string session, OpenSession(channel, target, schema_id_));
    Stream stream = JournalStream(channel, session, {}, commands.size(), commands.size());
    stream.message = [&commands](uint64_t number) { return ToBuffer(commands[number - 1]); };
    Times times;
    UOW_ASSIGN_OR_RETURN(times.record, RunStreams({stream}));
    v1::SaveRequest request;
    request.set_session_id(session);
    request.set_save_id("save");
    grpc::ClientContext context;
    auto stub = v1::SaveService::NewStub(channel);
    auto begin = std::chrono::steady_clock::now();
    auto reader = stub->Save(&context, request);
    v1::SaveResponse response;
    uint64_t written = 0, inserted = 0, keys = 0;
    while (reader->Read(&response)) {
      keys += response.generated().entities_size();
      inserted = response.committed().inserted();
      written = inserted + response.committed().updated() + response.committed().deleted();
    }
    grpc::Status status = reader->Finish();
    times.save = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (!status.ok()) return absl::UnknownError(absl::StrCat("Save: ", Describe(status)));
    if (written != rows || keys != inserted) {
      return absl::InternalError(absl::StrCat(written, " rows and ", keys, " keys were saved"));
    }
    return times;
  }

  const Shop shop_ = MakeShop();
  const std::vector<v1::RecordRequest> commands_ = ShopCommands(shop_);
  TempDir directory_;
  std::unique_ptr<PostgresServer> postgres_;
  std::unique_ptr<UowdProcess> uowd_;
  Connection connection_{nullptr, PQfinish};
  Sqlite sqlite_{nullptr, sqlite3_close};
  std::string schema_id_;
};

absl::StatusOr<std::vector<Row>> MeasureAll() {
  SaveBench bench;
  UOW_RETURN_IF_ERROR(bench.Start());
  UOW_ASSIGN_OR_RETURN(std::vector<Row> rows, bench.Postgres());
  UOW_ASSIGN_OR_RETURN(Row updates, bench.Updates());
  rows.push_back(updates);
  UOW_ASSIGN_OR_RETURN(Row deletes, bench.Deletes());
  rows.push_back(deletes);
  UOW_ASSIGN_OR_RETURN(std::vector<Row> sqlite, bench.SqliteFile());
  rows.insert(rows.end(), sqlite.begin(), sqlite.end());
  return rows;
}

}  // namespace
}  // namespace uow::bench

int main(int argc, char** argv) {
  bool json = argc > 1 && std::strcmp(argv[1], "--json") == 0;
  auto rows = uow::bench::MeasureAll();
  if (!rows.ok()) {
    std::fprintf(stderr, "uow-bench-save: %s\n", std::string(rows.status().message()).c_str());
    return 1;
  }
  uow::bench::Print(*rows, json);
  return 0;
}
