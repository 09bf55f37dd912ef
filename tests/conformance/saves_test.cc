#include "tests/conformance/journal_conformance.h"

namespace uow::conformance {
namespace {

v1::GeneratedEntity Generated(const std::string& writer, uint64_t counter, int64_t key) {
  v1::GeneratedEntity entity;
  entity.set_table(1);
  v1::Handle& handle = *entity.add_key()->mutable_handle_value();
  handle.set_writer(writer);
  handle.set_counter(counter);
  entity.add_generated_key()->set_int64_value(key);
  return entity;
}

v1::Handle HandleOf(const std::string& writer, uint64_t counter) {
  v1::Handle handle;
  handle.set_writer(writer);
  handle.set_counter(counter);
  return handle;
}

TEST_P(JournalConformance, ACommittedSaveMovesSaved) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(10));
  absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, "s", {6, 0});
  UOW_ASSERT_OK(intent);
  EXPECT_EQ(intent->save_id, "s");
  EXPECT_EQ(intent->from, 0);
  EXPECT_EQ(intent->to, 6);
  EXPECT_EQ(intent->epoch, 0);
  EXPECT_EQ(intent->attempt, 1);
  EXPECT_EQ(intent->executed_save_id, "");
  EXPECT_EQ(intent->begin_time, clock_.Now());
  EXPECT_EQ(Info(id).pending_save_id, "s");
  EXPECT_EQ(Info(id).attempt, 1);
  Reopen();
  EXPECT_EQ(Info(id).pending_save_id, "s") << "an intent outlives the process";
  EXPECT_EQ(journal().GetSave(id, "s", nullptr)->save.state(), v1::SAVE_STATE_PENDING);

  absl::Time begun = clock_.Now();
  clock_.Advance(absl::Seconds(3));
  UOW_ASSERT_OK(
      journal().FinishSave(id, *intent, {.status = absl::OkStatus(), .executed = true, .inserted = 1, .updated = 2, .deleted = 3}));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(Info(id).saved, 6);
    EXPECT_EQ(Info(id).pending_save_id, "");
    EXPECT_EQ(Info(id).executed_save_id, "s");
    absl::StatusOr<SaveRecord> record = journal().GetSave(id, "s", nullptr);
    UOW_ASSERT_OK(record);
    EXPECT_TRUE(record->executed);
    EXPECT_EQ(record->save.state(), v1::SAVE_STATE_COMMITTED);
    EXPECT_EQ(record->save.from(), 0);
    EXPECT_EQ(record->save.to(), 6);
    EXPECT_EQ(record->save.attempt(), 1);
    EXPECT_EQ(record->save.inserted(), 1);
    EXPECT_EQ(record->save.updated(), 2);
    EXPECT_EQ(record->save.deleted(), 3);
    EXPECT_EQ(record->save.begin_time().seconds(), absl::ToUnixSeconds(begun));
    EXPECT_EQ(record->save.end_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
    Reopen();
  }
  TestWriter resumed(journal(), id, "w");
  EXPECT_EQ(resumed.Send({.sequence = 2, .action = Append(1)})->saved(), 6) << "acknowledgements carry what is saved";
}

TEST_P(JournalConformance, AnEmptySaveThatRanNoTransactionLeavesTheExecutedOne) {
  SessionId id = Open();
  Save(id, "ran", 0);
  absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, "empty", {0, 0});
  UOW_ASSERT_OK(intent);
  EXPECT_EQ(intent->executed_save_id, "ran");
  EXPECT_EQ(intent->attempt, 2) << "the fence only rises";
  UOW_ASSERT_OK(journal().FinishSave(id, *intent, {.status = absl::OkStatus(), .executed = false}));
  EXPECT_EQ(Info(id).executed_save_id, "ran");
  EXPECT_FALSE(journal().GetSave(id, "empty", nullptr)->executed);
}

TEST_P(JournalConformance, AFailedSaveKeepsItsErrorChangesNothingAndCanBeginAgain) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(10));
  absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, "s", {6, 0});
  UOW_ASSERT_OK(intent);
  v1::ErrorDetail detail;
  detail.set_constraint("users_name_key");
  detail.set_offset(4);
  UOW_ASSERT_OK(journal().FinishSave(id, *intent, {.status = MakeError(v1::ERROR_REASON_CONSTRAINT_UNIQUE, "taken", detail)}));
  EXPECT_EQ(Info(id).saved, 0);
  EXPECT_EQ(Info(id).pending_save_id, "");
  EXPECT_EQ(Info(id).executed_save_id, "");
  Reopen();
  absl::StatusOr<SaveRecord> record = journal().GetSave(id, "s", nullptr);
  UOW_ASSERT_OK(record);
  EXPECT_EQ(record->save.state(), v1::SAVE_STATE_FAILED);
  EXPECT_EQ(record->save.error().reason(), v1::ERROR_REASON_CONSTRAINT_UNIQUE);
  EXPECT_EQ(record->save.error().constraint(), "users_name_key");
  EXPECT_EQ(record->save.error().offset(), 4);
  EXPECT_EQ(record->save.error_message(), "taken");

  EXPECT_EQ(Why(journal().BeginSave(id, "s", {7, 0})), v1::ERROR_REASON_SAVE_MISMATCH) << "an id is pinned to its first position";
  intent = journal().BeginSave(id, "s", {6, 0});
  UOW_ASSERT_OK(intent);
  EXPECT_EQ(intent->attempt, 2);
  record = journal().GetSave(id, "s", nullptr);
  EXPECT_EQ(record->save.state(), v1::SAVE_STATE_PENDING);
  EXPECT_FALSE(record->save.has_error());
  EXPECT_FALSE(record->save.has_end_time());
  UOW_ASSERT_OK(journal().FinishSave(id, *intent, {}));
  EXPECT_EQ(Info(id).saved, 6);
}

TEST_P(JournalConformance, ASaveWithoutAMarkerIsNotedAsSuch) {
  SessionId id = Open();
  absl::StatusOr<SaveIntent> intent = journal().BeginSaveWithoutMarker(id, "s", {0, 0});
  UOW_ASSERT_OK(intent);
  Reopen();
  EXPECT_TRUE(journal().GetSave(id, "s", nullptr)->save.without_marker());
  UOW_ASSERT_OK(journal().FinishSave(id, *intent, {.status = absl::AbortedError("no")}));
  UOW_ASSERT_OK(journal().BeginSave(id, "s", {0, 0}));
  EXPECT_FALSE(journal().GetSave(id, "s", nullptr)->save.without_marker()) << "each attempt is what it is";
}

TEST_P(JournalConformance, OneSaveStandsAtATime) {
  SessionId id = Open();
  UOW_ASSERT_OK(journal().BeginSave(id, "s", {0, 0}));
  EXPECT_EQ(Why(journal().BeginSave(id, "t", {0, 0})), v1::ERROR_REASON_SAVE_IN_PROGRESS);
  EXPECT_EQ(Why(journal().BeginSave(id, "s", {0, 0})), v1::ERROR_REASON_SAVE_IN_PROGRESS) << "settle it first";
  Reopen();
  EXPECT_EQ(Why(journal().BeginSave(id, "t", {0, 0})), v1::ERROR_REASON_SAVE_IN_PROGRESS);
}

TEST_P(JournalConformance, ASaveOfWhatIsNotThereIsRefused) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(5));
  absl::Status status = journal().BeginSave(id, "s", {6, 0}).status();
  EXPECT_EQ(Why(status), v1::ERROR_REASON_OFFSET_BEYOND_HEAD);
  EXPECT_EQ(DetailOf(status)->offset(), 5);
  UOW_ASSERT_OK(writer.RollBack(uint64_t{4}));
  status = journal().BeginSave(id, "s", {4, 0}).status();
  EXPECT_EQ(Why(status), v1::ERROR_REASON_STALE_EPOCH);
  EXPECT_EQ(DetailOf(status)->stale_epoch().epoch(), 1);
  EXPECT_EQ(DetailOf(status)->stale_epoch().truncated_to(), 4);
  Save(id, "s", 4);
  EXPECT_EQ(Why(journal().BeginSave(id, "below", {3, 1})), v1::ERROR_REASON_SAVE_MISMATCH);
  EXPECT_EQ(Why(journal().BeginSave(id, "s", {4, 1})), v1::ERROR_REASON_SAVE_MISMATCH) << "committed";
  EXPECT_EQ(Why(journal().GetSave(id, "none", nullptr)), v1::ERROR_REASON_SAVE_NOT_FOUND);
  EXPECT_EQ(Info(id).attempt, 1) << "what is refused raises no fence";
}

TEST_P(JournalConformance, OnlyTheAttemptThatStandsCanFinish) {
  SessionId id = Open();
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(5));
  EXPECT_EQ(Why(journal().RaiseAttempt(id)), v1::ERROR_REASON_SAVE_NOT_FOUND);
  absl::StatusOr<SaveIntent> first = journal().BeginSave(id, "s", {5, 0});
  UOW_ASSERT_OK(first);
  absl::StatusOr<SaveIntent> second = journal().RaiseAttempt(id);
  UOW_ASSERT_OK(second);
  EXPECT_EQ(second->attempt, 2);
  EXPECT_EQ(second->save_id, "s");
  EXPECT_EQ(second->from, 0);
  EXPECT_EQ(second->to, 5);
  EXPECT_EQ(second->begin_time, first->begin_time);
  EXPECT_EQ(Why(journal().FinishSave(id, *first, {})), v1::ERROR_REASON_FENCED);
  EXPECT_EQ(Info(id).saved, 0);
  EXPECT_EQ(journal().GetSave(id, "s", nullptr)->save.attempt(), 2);
  UOW_ASSERT_OK(journal().FinishSave(id, *second, {}));
  EXPECT_EQ(Why(journal().FinishSave(id, *second, {})), v1::ERROR_REASON_FENCED) << "a save ends once";
  EXPECT_EQ(Info(id).saved, 5);
}

TEST_P(JournalConformance, AGeneratedKeyIsFoundByItsHandle) {
  SessionId id = Open();
  for (int save = 0; save < 3; ++save) {
    absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, std::to_string(save), {0, 0});
    UOW_ASSERT_OK(intent);
    SaveOutcome outcome;
    // Every third handle, so that each save adds to the same parts of the store.
    for (uint64_t counter = save + 1; counter <= 3000; counter += 3)
      outcome.generated.push_back(Generated("w", counter, 10 * counter));
    outcome.generated.push_back(Generated("w" + std::to_string(save), 1, save));
    UOW_ASSERT_OK(journal().FinishSave(id, *intent, outcome));
  }
  for (int round = 0; round < 2; ++round) {
    v1::Value value;
    for (uint64_t counter = 1; counter <= 3000; ++counter) {
      absl::StatusOr<bool> found = journal().ResolveHandle(id, HandleOf("w", counter), value);
      UOW_ASSERT_OK(found);
      ASSERT_TRUE(*found);
      ASSERT_EQ(value.int64_value(), 10 * static_cast<int64_t>(counter));
    }
    EXPECT_TRUE(*journal().ResolveHandle(id, HandleOf("w1", 1), value));
    EXPECT_EQ(value.int64_value(), 1);
    EXPECT_FALSE(*journal().ResolveHandle(id, HandleOf("w", 3001), value));
    EXPECT_FALSE(*journal().ResolveHandle(id, HandleOf("w", 1000000), value));
    EXPECT_FALSE(*journal().ResolveHandle(id, HandleOf("v", 1), value));
    Reopen();
  }
}

TEST_P(JournalConformance, APartOfACompositeKeyThatIsGeneratedIsFoundToo) {
  SessionId id = Open();
  absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, "s", {0, 0});
  UOW_ASSERT_OK(intent);
  v1::GeneratedEntity entity;
  entity.add_key()->set_text_value("de");
  *entity.add_key()->mutable_handle_value() = HandleOf("w", 1);
  entity.add_generated_key()->set_text_value("de");
  entity.add_generated_key()->set_int64_value(42);
  UOW_ASSERT_OK(journal().FinishSave(id, *intent, {.generated = {entity}}));
  v1::Value value;
  EXPECT_TRUE(*journal().ResolveHandle(id, HandleOf("w", 1), value));
  EXPECT_EQ(value.int64_value(), 42);
}

TEST_P(JournalConformance, AFailedSaveGeneratesNothing) {
  SessionId id = Open();
  absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, "s", {0, 0});
  UOW_ASSERT_OK(intent);
  UOW_ASSERT_OK(journal().FinishSave(id, *intent, {.status = absl::AbortedError("no"), .generated = {Generated("w", 1, 5)}}));
  v1::Value value;
  EXPECT_FALSE(*journal().ResolveHandle(id, HandleOf("w", 1), value));
  std::vector<v1::GeneratedEntity> generated;
  UOW_ASSERT_OK(journal().GetSave(id, "s", &generated));
  EXPECT_TRUE(generated.empty());
}

TEST_P(JournalConformance, TheGeneratedValuesOfALargeSaveAreReadBackInOrder) {
  SessionId id = Open();
  absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, "s", {0, 0});
  UOW_ASSERT_OK(intent);
  SaveOutcome outcome;
  for (uint64_t counter = 1; counter <= 26000; ++counter) outcome.generated.push_back(Generated("w", counter, 2 * counter));
  UOW_ASSERT_OK(journal().FinishSave(id, *intent, outcome));
  Reopen();
  std::vector<v1::GeneratedEntity> generated;
  UOW_ASSERT_OK(journal().GetSave(id, "s", &generated));
  ASSERT_EQ(generated.size(), 26000);
  for (uint64_t i = 0; i < generated.size(); ++i) {
    ASSERT_EQ(generated[i].key(0).handle_value().counter(), i + 1);
    ASSERT_EQ(generated[i].generated_key(0).int64_value(), 2 * static_cast<int64_t>(i + 1));
  }
}

TEST_P(JournalConformance, SavesAreListedInTheOrderInWhichTheyBegan) {
  SessionId id = Open();
  for (const char* save_id : {"zebra", "apple", "mango", "again"}) {
    absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, save_id, {0, 0});
    UOW_ASSERT_OK(intent);
    SaveOutcome outcome{.generated = {Generated(save_id, 1, 1)}};
    if (std::string(save_id) == "zebra") outcome.status = absl::AbortedError("no");
    UOW_ASSERT_OK(journal().FinishSave(id, *intent, outcome));
  }
  UOW_ASSERT_OK(journal().BeginSave(id, "zebra", {0, 0}));
  std::vector<std::string> listed;
  std::string token;
  do {
    absl::StatusOr<SavePage> page = journal().ListSaves(id, token, 3, true);
    UOW_ASSERT_OK(page);
    EXPECT_LE(page->saves.size(), 3);
    for (const v1::Save& save : page->saves) {
      listed.push_back(save.save_id());
      EXPECT_EQ(save.generated_size(), save.save_id() == "zebra" ? 0 : 1);
    }
    token = page->next;
  } while (!token.empty());
  EXPECT_EQ(listed, (std::vector<std::string>{"zebra", "apple", "mango", "again"}));
  EXPECT_EQ(journal().ListSaves(id, "", 10, false)->saves[1].generated_size(), 0);
  EXPECT_EQ(Why(journal().ListSaves(id, "x", 10, false)), v1::ERROR_REASON_INVALID_REQUEST);
}

TEST_P(JournalConformance, SavesOfDifferentSessionsDontMeet) {
  SessionId a = Open(), b = Open();
  Save(a, "s", 0);
  EXPECT_EQ(Why(journal().GetSave(b, "s", nullptr)), v1::ERROR_REASON_SAVE_NOT_FOUND);
  EXPECT_TRUE(journal().ListSaves(b, "", 10, false)->saves.empty());
}

}  // namespace
v1::Value Number(int64_t number) {
  v1::Value value;
  value.set_int64_value(number);
  return value;
}

// What a save tells of a row whose version it moved to `version`, from `old` unless that is 0.
v1::GeneratedEntity Moved(int64_t key, int64_t version, int64_t old, uint32_t column) {
  v1::GeneratedEntity entity;
  entity.set_table(1);
  *entity.add_key() = Number(key);
  *entity.add_generated_key() = Number(key);
  v1::Field& field = *entity.add_fields();
  field.set_column(column);
  *field.mutable_value() = Number(version);
  if (old != 0) *field.mutable_old() = Number(old);
  return entity;
}

TEST_P(JournalConformance, TheVersionsThatSavesGaveAreFound) {
  constexpr uint32_t column = 1;
  v1::Schema schema;
  for (const char* name : {"other", "versioned"}) {
    v1::Table& table = *schema.add_tables();
    table.set_name(name);
    table.add_primary_key(0);
    for (const char* each : {"id", "version", "more"}) {
      v1::Column& added = *table.add_columns();
      added.set_name(each);
      added.mutable_type()->set_kind(v1::Type::KIND_INT64);
    }
  }
  schema.mutable_tables(1)->mutable_columns(column)->set_version(true);
  const SchemaRef index = SchemaIndex::Create(schema).value();
  UOW_ASSERT_OK(journal().PutSchema(index));
  const SessionId id = journal().CreateSession({.target = "shop", .schema_id = index->id(), .idle_ttl = absl::Hours(1)})->id;
  TestWriter writer(journal(), id, "w");
  UOW_ASSERT_OK(writer.Append(30));
  auto save = [&](const std::string& save_id, uint64_t to, std::vector<v1::GeneratedEntity> generated) {
    absl::StatusOr<SaveIntent> intent = journal().BeginSave(id, save_id, {to, 0});
    ASSERT_TRUE(intent.ok()) << intent.status();
    SaveOutcome outcome;
    outcome.executed = true;
    outcome.generated = std::move(generated);
    absl::Status finished = journal().FinishSave(id, *intent, outcome);
    ASSERT_TRUE(finished.ok()) << finished;
  };
  auto versions = [&](int64_t key) {
    SavedVersion saved;
    std::vector<int64_t> all;
    const absl::StatusOr<bool> found = journal().ResolveVersion(id, 1, {Number(key)}, saved);
    EXPECT_TRUE(found.ok()) << found.status();
    if (!*found) return all;
    for (const v1::Value& replaced : saved.replaced) all.push_back(replaced.int64_value());
    all.push_back(saved.version.int64_value());
    return all;
  };
  save("a", 1, {Moved(1, 1, 0, column), Moved(2, 6, 5, column), Moved(3, 6, 5, column + 1)});
  EXPECT_EQ(versions(1), std::vector<int64_t>({1}));
  EXPECT_EQ(versions(2), std::vector<int64_t>({5, 6}));
  EXPECT_EQ(versions(3), std::vector<int64_t>());
  save("b", 2, {Moved(2, 7, 6, column)});
  Reopen();
  EXPECT_EQ(versions(2), std::vector<int64_t>({5, 6, 7}));
  save("c", 3, {Moved(2, 20, 0, column)});
  EXPECT_EQ(versions(2), std::vector<int64_t>({20})) << "nobody knows what it replaced";
  for (int i = 0; i < 20; ++i) save(absl::StrCat("d", i), 4 + i, {Moved(1, 2 + i, 1 + i, column)});
  EXPECT_EQ(versions(1).size(), 17u) << "a long session's rows don't grow without end";
  EXPECT_EQ(versions(1).back(), 21);
}

}  // namespace uow::conformance
