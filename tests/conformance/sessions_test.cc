#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "tests/conformance/journal_conformance.h"

namespace uow::conformance {
namespace {

v1::Schema SmallSchema() {
  v1::Schema schema;
  v1::Table& table = *schema.add_tables();
  table.set_name("countries");
  v1::Column& column = *table.add_columns();
  column.set_name("code");
  column.mutable_type()->set_kind(v1::Type::KIND_TEXT);
  table.add_primary_key(0);
  return schema;
}

TEST_P(JournalConformance, ASessionIsAsItWasOpened) {
  absl::StatusOr<SessionInfo> created = journal().CreateSession(
      {.target = "shop", .schema_id = "abc", .labels = {{"app", "x"}, {"user", "y"}}, .idle_ttl = absl::Minutes(5)});
  UOW_ASSERT_OK(created);
  for (int round = 0; round < 2; ++round) {
    SessionInfo info = Info(created->id);
    EXPECT_EQ(info.id, created->id);
    EXPECT_EQ(info.target, "shop");
    EXPECT_EQ(info.schema_id, "abc");
    EXPECT_EQ(info.labels, (std::map<std::string, std::string>{{"app", "x"}, {"user", "y"}}));
    EXPECT_EQ(info.idle_ttl, absl::Minutes(5));
    EXPECT_EQ(info.create_time, clock_.Now());
    EXPECT_EQ(info.active_time, clock_.Now());
    EXPECT_TRUE(info.open);
    EXPECT_EQ(info.head + info.saved + info.epoch + info.attempt, 0);
    EXPECT_TRUE(info.pending_save_id.empty() && info.executed_save_id.empty());
    Reopen();
  }
}

TEST_P(JournalConformance, ASessionHasTheIdAndDialectThatItWasOpenedWith) {
  SessionId id = SessionId::Random();
  NewSession session{.dialect = v1::DIALECT_POSTGRESQL, .schema_id = "abc", .idle_ttl = absl::Minutes(5), .id = id};
  absl::StatusOr<SessionInfo> created = journal().CreateSession(session);
  UOW_ASSERT_OK(created);
  EXPECT_EQ(created->id, id);
  EXPECT_EQ(Why(journal().CreateSession(session)), v1::ERROR_REASON_SESSION_EXISTS);
  Reopen();
  EXPECT_EQ(Info(id).dialect, v1::DIALECT_POSTGRESQL);
  EXPECT_EQ(Info(id).target, "");
  EXPECT_EQ(Why(journal().CreateSession(session)), v1::ERROR_REASON_SESSION_EXISTS);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Why(journal().CreateSession(session)), v1::ERROR_REASON_SESSION_EXISTS) << "expired, but not purged yet";
}

TEST_P(JournalConformance, OneIdIsOpenedOnceHoweverManyTry) {
  SessionId id = SessionId::Random();
  std::atomic<int> opened{0};
  Journal& shared = journal();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { opened += shared.CreateSession({.target = "t", .idle_ttl = absl::Hours(1), .id = id}).ok(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 1);
}

TEST_P(JournalConformance, AnUnknownSessionIsNotFound) {
  SessionId id = SessionId::Random();
  TestWriter writer(journal(), id, "w");
  auto visit = [](uint64_t, absl::string_view, uint64_t, absl::Time, const v1::Event&) { return absl::OkStatus(); };
  const auto kNotFound = v1::ERROR_REASON_SESSION_NOT_FOUND;
  EXPECT_EQ(Why(journal().GetSession(id)), kNotFound);
  EXPECT_EQ(Why(journal().RenewSession(id, absl::Hours(1))), kNotFound);
  EXPECT_EQ(Why(journal().CloseSession(id, true)), kNotFound);
  EXPECT_EQ(Why(journal().GetWriter(id, "w", std::nullopt)), kNotFound);
  EXPECT_EQ(Why(writer.Append(1)), kNotFound);
  EXPECT_EQ(Why(journal().WaitForCommand(id, "w", 1, 0, absl::InfiniteFuture())), kNotFound);
  EXPECT_EQ(Why(journal().FindCheckpoint(id, "a")), kNotFound);
  EXPECT_EQ(Why(journal().ListCheckpoints(id, "", 10)), kNotFound);
  EXPECT_EQ(Why(journal().ReadEvents(id, 0, 0, std::nullopt, visit)), kNotFound);
  EXPECT_EQ(Why(journal().BeginSave(id, "s", {})), kNotFound);
  EXPECT_EQ(Why(journal().RaiseAttempt(id)), kNotFound);
  EXPECT_EQ(Why(journal().FinishSave(id, {}, {})), kNotFound);
  EXPECT_EQ(Why(journal().GetSave(id, "s", nullptr)), kNotFound);
  EXPECT_EQ(Why(journal().ListSaves(id, "", 10, false)), kNotFound);
}

TEST_P(JournalConformance, AClosedSessionRefusesWritesAndKeepsItsHistory) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(3, 7));
  UOW_ASSERT_OK(writer.Checkpoint("a"));
  clock_.Advance(absl::Seconds(5));
  absl::StatusOr<SessionInfo> closed = journal().CloseSession(id, true);
  UOW_ASSERT_OK(closed);
  EXPECT_FALSE(closed->open);
  EXPECT_EQ(closed->close_time, clock_.Now());
  UOW_ASSERT_OK(journal().CloseSession(id, true)) << "closing twice is no error";
  for (int round = 0; round < 2; ++round) {
    EXPECT_FALSE(Info(id).open);
    EXPECT_TRUE(Info(id).keep_history);
    TestWriter late(journal(), id, "w");
    EXPECT_EQ(Why(late.Send({.sequence = 3, .action = Append(1)})), v1::ERROR_REASON_SESSION_CLOSED);
    EXPECT_EQ(Why(journal().RenewSession(id, absl::Hours(1))), v1::ERROR_REASON_SESSION_CLOSED);
    EXPECT_EQ(Why(journal().BeginSave(id, "s", {3, 0})), v1::ERROR_REASON_SESSION_CLOSED);
    EXPECT_EQ(Read(id), (std::vector<int64_t>{7, 8, 9}));
    EXPECT_EQ(journal().FindCheckpoint(id, "a")->offset, 3);
    clock_.Advance(absl::Hours(48));
    Reopen();
  }
}

TEST_P(JournalConformance, ASessionThatIsBeingSavedCantBeClosed) {
  SessionId id = Open();
  absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, "s", {0, 0});
  UOW_ASSERT_OK(intent);
  EXPECT_EQ(Why(journal().CloseSession(id, false)), v1::ERROR_REASON_SAVE_IN_PROGRESS);
  UOW_ASSERT_OK(journal().FinishSave(id, *intent, {}));
  UOW_ASSERT_OK(journal().CloseSession(id, false));
}

TEST_P(JournalConformance, AnIdleSessionExpires) {
  SessionId id = Open(absl::Minutes(10));
  TestWriter writer(journal(), id, "w");
  clock_.Advance(absl::Minutes(10));
  UOW_ASSERT_OK(writer.Append(1)) << "not yet";
  clock_.Advance(absl::Minutes(10));
  EXPECT_EQ(Info(id).head, 1) << "a command is activity";
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Why(journal().GetSession(id)), v1::ERROR_REASON_SESSION_NOT_FOUND);
  EXPECT_EQ(Why(writer.Append(1)), v1::ERROR_REASON_SESSION_NOT_FOUND);
  EXPECT_EQ(Why(journal().RenewSession(id, absl::Hours(5))), v1::ERROR_REASON_SESSION_NOT_FOUND);
  EXPECT_EQ(Why(journal().GetWriter(id, "w", std::nullopt)), v1::ERROR_REASON_SESSION_NOT_FOUND);
  EXPECT_TRUE(journal().ListSessions({}, SessionId{}, 10)->sessions.empty());
}

TEST_P(JournalConformance, RenewingStartsTheIdleTimeAnewAndMayChangeIt) {
  SessionId id = Open(absl::Minutes(10));
  clock_.Advance(absl::Minutes(9));
  UOW_ASSERT_OK(journal().RenewSession(id, absl::ZeroDuration()));
  clock_.Advance(absl::Minutes(9));
  absl::StatusOr<SessionInfo> renewed = journal().RenewSession(id, absl::Hours(2));
  UOW_ASSERT_OK(renewed);
  EXPECT_EQ(renewed->idle_ttl, absl::Hours(2));
  EXPECT_EQ(renewed->active_time, clock_.Now());
  clock_.Advance(absl::Minutes(119));
  EXPECT_EQ(*journal().Purge(absl::Hours(1), 10), 0);
  UOW_ASSERT_OK(journal().RenewSession(id, absl::Seconds(30)));
  Reopen();
  clock_.Advance(absl::Seconds(31));
  EXPECT_EQ(Why(journal().GetSession(id)), v1::ERROR_REASON_SESSION_NOT_FOUND);
  EXPECT_EQ(*journal().Purge(absl::Hours(1), 10), 1);
}

TEST_P(JournalConformance, ASaveThatStandsKeepsItsSessionAlive) {
  SessionId id = Open(absl::Minutes(10));
  absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, "s", {0, 0});
  UOW_ASSERT_OK(intent);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(*journal().Purge(absl::ZeroDuration(), 10), 0);
  Reopen();
  EXPECT_EQ(Info(id).pending_save_id, "s");
  absl::StatusOr<SaveIntent> settling = journal().RaiseAttempt(id);
  UOW_ASSERT_OK(settling);
  clock_.Advance(absl::Hours(1));
  UOW_ASSERT_OK(journal().FinishSave(id, *settling, {}));
  EXPECT_EQ(Info(id).active_time, clock_.Now());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(*journal().Purge(absl::ZeroDuration(), 10), 1);
}

TEST_P(JournalConformance, PurgeRemovesWhatHasExpiredOrIsClosedAndNothingElse) {
  SessionId live = Open(absl::Hours(10)), idle = Open(absl::Minutes(1)), discarded = Open(), kept = Open();
  TestWriter writer(journal(), live, "w");
  UOW_ASSERT_OK(writer.Append(5, 0));
  for (const SessionId& id : {idle, discarded, kept}) {
    TestWriter other(journal(), id, "w");
    UOW_ASSERT_OK(other.Append(5, 0));
    UOW_ASSERT_OK(other.Checkpoint("a"));
    UOW_ASSERT_OK(other.RollBack(uint64_t{5}));
    Save(id, "s", 3);
  }
  UOW_ASSERT_OK(journal().CloseSession(discarded, false));
  UOW_ASSERT_OK(journal().CloseSession(kept, true));
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(*journal().Purge(absl::Hours(1), 100), 2);
  EXPECT_EQ(*journal().Purge(absl::Hours(1), 100), 0);
  EXPECT_EQ(Why(journal().GetSession(idle)), v1::ERROR_REASON_SESSION_NOT_FOUND);
  EXPECT_EQ(Why(journal().GetSession(discarded)), v1::ERROR_REASON_SESSION_NOT_FOUND);
  EXPECT_EQ(Read(kept).size(), 5);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(*journal().Purge(absl::Hours(1), 100), 1);
  Reopen();
  EXPECT_EQ(Why(journal().GetSession(kept)), v1::ERROR_REASON_SESSION_NOT_FOUND);
  EXPECT_EQ(Read(live).size(), 5);
}

TEST_P(JournalConformance, PurgeRemovesAtMostAsManyAsItMay) {
  for (int i = 0; i < 5; ++i) Open(absl::Minutes(1));
  for (int i = 0; i < 5; ++i) UOW_ASSERT_OK(journal().CloseSession(Open(), false));
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(*journal().Purge(absl::ZeroDuration(), 4), 4);
  EXPECT_EQ(*journal().Purge(absl::ZeroDuration(), 4), 4);
  EXPECT_EQ(*journal().Purge(absl::ZeroDuration(), 4), 2);
}

TEST_P(JournalConformance, SessionsAreListedInPagesAndFiltered) {
  std::set<SessionId> ids;
  for (int i = 0; i < 10; ++i) {
    absl::StatusOr<SessionInfo> session = journal().CreateSession(
        {.target = "t", .labels = {{"parity", i % 2 ? "odd" : "even"}, {"app", "x"}}, .idle_ttl = absl::Hours(1)});
    UOW_ASSERT_OK(session);
    ids.insert(session->id);
  }
  std::vector<SessionId> listed;
  std::optional<SessionId> from = SessionId{};
  while (from) {
    absl::StatusOr<SessionPage> page = journal().ListSessions({}, *from, 3);
    UOW_ASSERT_OK(page);
    EXPECT_LE(page->sessions.size(), 3);
    for (const SessionInfo& info : page->sessions) listed.push_back(info.id);
    from = page->next;
  }
  EXPECT_EQ(listed, std::vector<SessionId>(ids.begin(), ids.end())) << "in order of id";
  EXPECT_EQ(journal().ListSessions({.labels = {{"parity", "odd"}}}, SessionId{}, 100)->sessions.size(), 5);
  EXPECT_EQ(journal().ListSessions({.labels = {{"parity", "odd"}, {"app", "y"}}}, SessionId{}, 100)->sessions.size(), 0);
  UOW_ASSERT_OK(journal().CloseSession(*ids.begin(), true));
  EXPECT_EQ(journal().ListSessions({.open = false}, SessionId{}, 100)->sessions.size(), 1);
  EXPECT_EQ(journal().ListSessions({.open = true}, SessionId{}, 100)->sessions.size(), 9);
}

TEST_P(JournalConformance, ASchemaIsStoredUnderItsId) {
  absl::StatusOr<SchemaRef> schema = SchemaIndex::Create(SmallSchema());
  UOW_ASSERT_OK(schema);
  EXPECT_EQ(Why(journal().GetSchema((*schema)->id())), v1::ERROR_REASON_SCHEMA_NOT_FOUND);
  UOW_ASSERT_OK(journal().PutSchema(*schema));
  UOW_ASSERT_OK(journal().PutSchema(*schema));
  for (int round = 0; round < 2; ++round) {
    absl::StatusOr<SchemaRef> read = journal().GetSchema((*schema)->id());
    UOW_ASSERT_OK(read);
    EXPECT_EQ((*read)->id(), (*schema)->id());
    EXPECT_EQ((*read)->table(0).name(), "countries");
    Reopen();
  }
}

TEST_P(JournalConformance, SessionsBeyondTheCacheAreAsGoodAsThoseInIt) {
  Start({.cache_bytes = 2000});
  std::vector<SessionId> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(Open());
  for (uint64_t round = 1; round <= 3; ++round) {
    for (const SessionId& id : ids) {
      TestWriter writer(journal(), id, "w");
      writer.sequence = round - 1;
      UOW_ASSERT_OK(writer.Append(2, 2 * (round - 1)));
    }
  }
  for (const SessionId& id : ids) EXPECT_EQ(Read(id), (std::vector<int64_t>{0, 1, 2, 3, 4, 5}));
}

}  // namespace
}  // namespace uow::conformance
