#include "adapters/segments.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/client_plan.h"
#include "adapters/test_values.h"
#include "gtest/gtest.h"

namespace uow {
namespace {

std::string Split(absl::string_view sql) {
  std::string out;
  for (const SqlPiece& piece : SplitPlaceholders(sql)) {
    absl::StrAppend(&out, "[", piece.placeholder > 0 ? absl::StrCat("<", piece.placeholder, ">") : std::string(piece.text), "]");
  }
  return out;
}

TEST(SegmentsTest, PlaceholdersBecomeParameters) {
  EXPECT_EQ(Split("SELECT $1::int8[], $12"), "[SELECT ][<1>][::int8[], ][<12>]");
  EXPECT_EQ(Split("$1"), "[<1>]");
  EXPECT_EQ(Split("DO $uow$ x $"), "[DO $uow$ x $]");
}

TEST(SegmentsTest, WhatStandsInQuotesIsNoPlaceholder) {
  EXPECT_EQ(Split(R"("a$1" = $2 AND '$3' <> "x""$4")"), R"(["a$1" = ][<2>][ AND '$3' <> "x""$4"])");
}

TEST(SegmentsTest, TextNextToTextIsOnePiece) {
  Segments segments;
  SegmentWriter(segments).Text("a").Text("").Text("b").Value("v").Text("c");
  ASSERT_EQ(segments.size(), 3);
  EXPECT_EQ(segments[0].text(), "ab");
}

// A schema of one table with names that would end a statement's quotes.
SchemaRef NastySchema() {
  v1::Schema schema;
  v1::Table& table = *schema.add_tables();
  table.set_name("t\"; DROP TABLE t; --$1");
  for (const char* name : {"id", "a'b\"$2"}) {
    v1::Column& column = *table.add_columns();
    column.set_name(name);
    column.mutable_type()->set_kind(v1::Type::KIND_INT64);
  }
  table.add_primary_key(0);
  return *SchemaIndex::Create(schema);
}

v1::NetChange Update(int64_t id) {
  v1::NetChange change;
  change.set_kind(v1::CHANGE_KIND_UPDATE);
  *change.add_key() = test::Int(id);
  v1::Field& field = *change.add_fields();
  field.set_column(1);
  *field.mutable_value() = test::Int(7);
  return change;
}

TEST(ClientPlanTest, NamesAreQuotedAndThePlanIsTheSameEachTime) {
  const SchemaRef schema = NastySchema();
  for (v1::Dialect dialect : {v1::DIALECT_SQLITE, v1::DIALECT_POSTGRESQL}) {
    ClientSave save;
    save.dialect = dialect;
    save.session = "s";
    save.intent.save_id = "x";
    save.intent.attempt = 1;
    auto plan = MakeClientPlan(*schema, {Update(2), Update(1)}, save);
    ASSERT_TRUE(plan.ok()) << plan.status();
    auto again = MakeClientPlan(*schema, {Update(1), Update(2)}, save);
    ASSERT_EQ(plan->steps.size(), again->steps.size());
    for (size_t i = 0; i < plan->steps.size(); ++i) {
      EXPECT_EQ(plan->steps[i].SerializeAsString(), again->steps[i].SerializeAsString());
      EXPECT_EQ(plan->steps[i].index(), i);
      if (plan->steps[i].kind() != v1::STEP_KIND_UPDATE) continue;
      std::string text;
      for (const v1::Segment& segment : plan->steps[i].segments()) text += segment.text();
      EXPECT_NE(text.find(R"("t""; DROP TABLE t; --$1")"), std::string::npos) << text;
      EXPECT_NE(text.find(R"("a'b""$2")"), std::string::npos) << text;
    }
  }
}

v1::NetChange Insert(v1::Value key) {
  v1::NetChange change;
  change.set_kind(v1::CHANGE_KIND_INSERT);
  *change.add_key() = std::move(key);
  return change;
}

// The steps of a plan that write rows or the marker, as "fence, rows, result".
std::string MarkerSteps(const std::vector<v1::SaveStep>& steps) {
  std::string out;
  for (const v1::SaveStep& step : steps) {
    absl::string_view name;
    if (step.kind() == v1::STEP_KIND_FENCE && step.has_expected_rows()) name = "fence";
    if (step.kind() == v1::STEP_KIND_UPDATE || step.kind() == v1::STEP_KIND_INSERT) name = "rows";
    if (step.kind() == v1::STEP_KIND_MARKER_RESULT) name = "result";
    if (!name.empty()) absl::StrAppend(&out, out.empty() ? "" : ", ", name);
  }
  return out;
}

TEST(ClientPlanTest, AResultThatIsKnownAheadIsWrittenWithTheFence) {
  v1::Schema plain, versioned;
  *plain.add_tables() = NastySchema()->table(0);
  plain.mutable_tables(0)->mutable_columns(0)->set_generation(v1::GENERATION_KEY);
  versioned = plain;
  v1::Column& version = *versioned.mutable_tables(0)->add_columns();
  version.set_name("version");
  version.set_version(true);
  version.mutable_type()->set_kind(v1::Type::KIND_INT64);
  const SchemaRef schema = *SchemaIndex::Create(plain);
  for (v1::Dialect dialect : {v1::DIALECT_SQLITE, v1::DIALECT_POSTGRESQL, v1::DIALECT_MYSQL, v1::DIALECT_MSSQL}) {
    for (const char* before : {"", "w"}) {
      ClientSave save;
      save.dialect = dialect;
      save.session = "s";
      save.intent.save_id = "x";
      save.intent.executed_save_id = before;
      save.intent.attempt = 1;
      auto known = MakeClientPlan(*schema, {Update(2)}, save);
      ASSERT_TRUE(known.ok()) << known.status();
      EXPECT_EQ(MarkerSteps(known->steps), "fence, rows");
      bool written = false;
      for (const v1::SaveStep& step : known->steps) {
        if (step.kind() != v1::STEP_KIND_FENCE) continue;
        for (const v1::Segment& segment : step.segments()) {
          written |= segment.value().bytes_value() == known->result.SerializeAsString();
        }
      }
      EXPECT_TRUE(written) << v1::Dialect_Name(dialect);
      auto given = MakeClientPlan(*schema, {Insert(test::Int(3))}, save);
      EXPECT_EQ(MarkerSteps(given->steps), "fence, rows");
      auto generated = MakeClientPlan(*schema, {Insert(test::Ref(1)), Update(2)}, save);
      EXPECT_EQ(MarkerSteps(generated->steps), "fence, rows, rows, result");
      auto moved = MakeClientPlan(**SchemaIndex::Create(versioned), {Update(2)}, save);
      EXPECT_EQ(MarkerSteps(moved->steps), "fence, rows, result");
    }
  }
}

TEST(ClientPlanTest, NothingToWriteIsNoStep) {
  ClientSave save;
  save.dialect = v1::DIALECT_SQLITE;
  auto plan = MakeClientPlan(*NastySchema(), {}, save);
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->steps.empty());
}

}  // namespace
}  // namespace uow
