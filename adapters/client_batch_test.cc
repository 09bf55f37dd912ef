#include "adapters/client_batch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/segments.h"

namespace uow {
namespace {

v1::SaveStep StepOf(v1::StepKind kind, const std::string& sql) {
  v1::SaveStep step;
  step.set_kind(kind);
  step.set_phase(v1::STEP_PHASE_TRANSACTION);
  SegmentWriter(*step.mutable_segments()).Text(sql);
  return step;
}

v1::SaveStep UpdateOf(int rows) {
  v1::SaveStep step = StepOf(v1::STEP_KIND_UPDATE, "UPDATE t SET a = 1");
  step.set_expected_rows(static_cast<uint64_t>(rows));
  for (int r = 0; r < rows; ++r) step.add_rows()->set_offset(static_cast<uint64_t>(r));
  return step;
}

std::string TextOf(const v1::SaveStep& step) {
  std::string text;
  for (const v1::Segment& segment : step.segments()) text += segment.has_text() ? segment.text() : "?";
  return text;
}

TEST(ClientBatchTest, SqliteChecksACountBehindItsStatement) {
  std::vector<v1::SaveStep> steps = {UpdateOf(2)};
  MakeBatch(v1::DIALECT_SQLITE, steps);
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(TextOf(steps[0]), "UPDATE t SET a = 1");
  EXPECT_EQ(steps[1].kind(), v1::STEP_KIND_GUARD);
  EXPECT_EQ(steps[1].phase(), v1::STEP_PHASE_TRANSACTION);
  EXPECT_EQ(TextOf(steps[1]),
            "SELECT CASE WHEN changes() = 2 THEN 1 ELSE json_extract('{}', 'uow_guard:0:' || changes()) END AS c1");
  EXPECT_EQ(steps[2].kind(), v1::STEP_KIND_ABORT);
  EXPECT_EQ(steps[2].phase(), v1::STEP_PHASE_PROBE);
}

TEST(ClientBatchTest, PostgresChecksACountWithinItsStatement) {
  std::vector<v1::SaveStep> steps = {UpdateOf(2)};
  MakeBatch(v1::DIALECT_POSTGRESQL, steps);
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(TextOf(steps[0]),
            "WITH uow_rows AS (UPDATE t SET a = 1 RETURNING 1) SELECT CASE WHEN count(*) = 2 THEN 1 ELSE "
            "CAST('uow_guard:0:' || count(*) AS int) END AS c1 FROM uow_rows");
  EXPECT_EQ(steps[1].kind(), v1::STEP_KIND_ABORT);
}

TEST(ClientBatchTest, AStepThatRunsOnceARowIsAGuardedStepForEach) {
  std::vector<v1::SaveStep> steps = {UpdateOf(3)};
  steps[0].set_once_per_row(true);
  steps[0].set_expected_rows(1);
  MakeBatch(v1::DIALECT_SQLITE, steps);
  ASSERT_EQ(steps.size(), 7u);
  for (uint32_t row = 0; row < 3; ++row) {
    ASSERT_EQ(steps[2 * row].rows_size(), 1);
    EXPECT_EQ(steps[2 * row].rows(0).offset(), row);
    EXPECT_NE(TextOf(steps[2 * row + 1]).find("uow_guard:" + std::to_string(2 * row)), std::string::npos);
  }
  for (size_t i = 0; i < steps.size(); ++i) EXPECT_EQ(steps[i].index(), i);
}

TEST(ClientBatchTest, KeysAreDrawnAheadAndSqliteChecksThatNobodyTookThem) {
  v1::SaveStep draw = StepOf(v1::STEP_KIND_ALLOCATE_KEYS, "SELECT '7' AS c1");
  v1::HandleList& handles = *draw.mutable_keys()->add_handles();
  handles.set_writer("w");
  handles.add_counters(4);
  for (v1::Dialect dialect : {v1::DIALECT_SQLITE, v1::DIALECT_POSTGRESQL}) {
    std::vector<v1::SaveStep> steps = {draw};
    MakeBatch(dialect, steps);
    EXPECT_EQ(steps[0].phase(), v1::STEP_PHASE_SETUP);
    ASSERT_EQ(steps.size(), dialect == v1::DIALECT_SQLITE ? 3u : 2u);
    if (dialect == v1::DIALECT_POSTGRESQL) continue;
    EXPECT_EQ(steps[1].kind(), v1::STEP_KIND_GUARD);
    EXPECT_EQ(TextOf(steps[1]),
              "SELECT CASE WHEN (SELECT '7' AS c1) = CAST(? AS TEXT) THEN 1 ELSE json_extract('{}', "
              "'uow_guard:0:' || changes()) END AS c1");
    EXPECT_EQ(steps[1].segments(2).value().handle_value().counter(), 4u);
  }
}

TEST(ClientBatchTest, RowsThatAreLookedForRaiseAnErrorWhereAnyIsMissing) {
  std::vector<v1::SaveStep> steps = {StepOf(v1::STEP_KIND_CHECK_ROWS, "SELECT missing")};
  MakeBatch(v1::DIALECT_SQLITE, steps);
  EXPECT_EQ(TextOf(steps[0]),
            "SELECT CASE WHEN count(*) = 0 THEN 1 ELSE json_extract('{}', 'uow_guard:0:' || changes()) END AS c1 "
            "FROM (SELECT missing) AS r");
  ASSERT_EQ(steps[0].find_mismatch_size(), 1);
  EXPECT_EQ(steps[0].find_mismatch(0).text(), "SELECT missing");
}

}  // namespace
}  // namespace uow
