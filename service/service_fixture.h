#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/server.h"
#include "tests/support/rpc_error.h"
#include "tests/support/temp_dir.h"
#include "uow/v1/journal_service.grpc.pb.h"
#include "uow/v1/save_service.grpc.pb.h"
#include "uow/v1/schema_service.grpc.pb.h"
#include "uow/v1/session_service.grpc.pb.h"

namespace uow {

// Values and events, as a client writes them: by name.
v1::Value Text(const std::string& text);
v1::Value Integer(int64_t number);
v1::Value Null();
v1::Value NewKey(uint64_t counter);
v1::Field Set(const std::string& column, v1::Value value);
v1::Event Created(const std::string& table, v1::Value key, std::vector<v1::Field> fields);
v1::Event Updated(const std::string& table, v1::Value key, std::vector<v1::Field> fields);
v1::Event Deleted(const std::string& table, v1::Value key);

// What Save streamed.
struct Saved {
  grpc::Status status;
  v1::Save save;
  std::vector<v1::GeneratedEntity> generated;
};

// A Server of this process on a unix socket in a new directory, with the SQLite target "main": users (name UNIQUE NOT NULL), posts
// (author_id REFERENCES users) and accounts (a text key, balance CHECK >= 0). One client, whose unary writer numbers its commands.
class ServiceTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override { StopServer(); }

  virtual void Configure(Config& config) {}
  virtual void StartServer();
  virtual void StopServer() { server_.reset(); }
  void RestartServer();
  void Connect(std::shared_ptr<grpc::Channel> channel);

  std::unique_ptr<grpc::ClientContext> NewContext() const;
  std::string OpenSession(const std::string& target = "main");
  v1::Session GetSession(const std::string& id);

  // Commands of `writer`, with its next sequence and epoch; they count only where they succeed.
  grpc::Status Append(const std::string& session, std::vector<v1::Event> events, v1::Ack* ack = nullptr);
  grpc::Status SetCheckpoint(const std::string& session, const std::string& name, v1::Ack* ack = nullptr);
  grpc::Status Rollback(const std::string& session, const v1::RollbackTo& to, v1::Ack* ack = nullptr);
  grpc::Status RollbackToOffset(const std::string& session, uint64_t offset, v1::Ack* ack = nullptr);
  grpc::Status RollbackToCheckpoint(const std::string& session, const std::string& name, v1::Ack* ack = nullptr);

  Saved Save(const std::string& session, const std::string& save_id, std::optional<v1::Position> to = std::nullopt);
  grpc::Status GetChanges(const std::string& session, const v1::Position& to, std::vector<v1::NetChange>* changes = nullptr);
  grpc::Status PlanSave(const std::string& session, const v1::Position& to, std::vector<v1::PlannedStatement>* plan = nullptr);
  grpc::Status ReadJournal(const std::string& session, uint64_t from, const v1::Position& to,
                           std::vector<v1::JournalEntry>* entries = nullptr);
  std::vector<std::string> Checkpoints(const std::string& session);

  static v1::Position AtOffset(uint64_t offset, uint64_t epoch = 0);
  static v1::Position AtCheckpoint(const std::string& name);
  static v1::Position AtCommand(const std::string& writer, uint64_t sequence, uint64_t epoch = 0);

  // The rows of a query, columns joined by "|".
  std::vector<std::string> Rows(const std::string& sql) const;
  void Execute(const std::string& sql) const;
  std::string database() const { return directory_.path() + "/main.db"; }

  TempDir directory_;
  Config config_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::SchemaService::Stub> schemas_;
  std::unique_ptr<v1::SessionService::Stub> sessions_;
  std::unique_ptr<v1::JournalService::Stub> journal_;
  std::unique_ptr<v1::SaveService::Stub> saves_;
  std::string writer_ = "test-writer";
  uint64_t sequence_ = 0;
  uint64_t epoch_ = 0;
};

// Asserts that a call was refused with a reason, and with the code that belongs to it.
::testing::AssertionResult RefusedWith(const grpc::Status& status, v1::ErrorReason reason);

// Whether a call succeeded; says why not.
::testing::AssertionResult IsOk(const grpc::Status& status);

#define EXPECT_OK(expr) EXPECT_TRUE(IsOk(expr))
#define ASSERT_OK(expr) ASSERT_TRUE(IsOk(expr))

}  // namespace uow
