#include "adapters/mssql/client_render.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/golden.h"
#include "adapters/test_values.h"
#include "gmock/gmock.h"
#include "journal/errors.h"

namespace uow::mssql {
namespace {

using test::AddChange;
using test::AddForeignKey;
using test::AddTable;
using test::GoldenSave;
using test::Int;
using test::Null;
using test::Ref;
using test::SetOld;
using test::ShowSave;
using test::Text;
using testing::HasSubstr;

using Type = v1::Type;

// Tables of the tests, by position.
enum : uint32_t { kAuthor, kPost, kComment, kTag };

void Expect(const std::string& name, const std::string& about, const std::string& text) {
  test::ExpectGolden(absl::StrCat("mssql/golden/", name, ".sql"), about, text);
}

v1::Schema BlogSchema() {
  v1::Schema schema;
  v1::Table& author = AddTable(schema, "author", {{"id", Type::KIND_INT32}, {"name", Type::KIND_TEXT}, {"email", Type::KIND_TEXT}});
  v1::Table& post =
      AddTable(schema, "post", {{"id", Type::KIND_INT64}, {"author_id", Type::KIND_INT32}, {"title", Type::KIND_TEXT}});
  v1::Table& comment =
      AddTable(schema, "comment", {{"id", Type::KIND_UUID}, {"post_id", Type::KIND_INT64}, {"body", Type::KIND_TEXT}});
  v1::Table& tag = AddTable(
      schema, "tag",
      {{"post_id", Type::KIND_INT64}, {"name", Type::KIND_TEXT}, {"weight", Type::KIND_DOUBLE}, {"note", Type::KIND_TEXT}});
  for (v1::Table* table : {&author, &post, &comment}) table->mutable_columns(0)->set_generation(v1::GENERATION_KEY);
  author.mutable_columns(2)->set_nullable(true);
  author.mutable_columns(2)->set_max_length(100);
  v1::UniqueConstraint& unique = *author.add_uniques();
  unique.set_name("author_email");
  unique.add_columns(2);
  AddForeignKey(post, 1, kAuthor);
  AddForeignKey(comment, 1, kPost, v1::REFERENTIAL_ACTION_CASCADE);
  tag.set_namespace_("blog");
  tag.add_primary_key(1);
  tag.mutable_columns(3)->set_nullable(true);
  AddForeignKey(tag, 0, kPost);
  return schema;
}

GoldenSave Begin(v1::Schema schema, bool marker = false) {
  GoldenSave save(std::move(schema));
  save.save.dialect = v1::DIALECT_MSSQL;
  save.save.session = "00112233445566778899aabbccddeeff";
  save.save.intent = SaveIntent{.save_id = "save-2", .to = 12, .attempt = 7, .executed_save_id = "save-1"};
  save.save.without_marker = !marker;
  return save;
}

GoldenSave Blog() { return Begin(BlogSchema()); }

TEST(MssqlGolden, RowsOfThreeLevelsGetTheirKeys) {
  GoldenSave save = Blog();
  AddChange(save, v1::CHANGE_KIND_INSERT, kAuthor, {Ref(1)}, {{1, Text("Ada")}, {2, Text("ada@example.org")}});
  AddChange(save, v1::CHANGE_KIND_INSERT, kAuthor, {Ref(2)}, {{1, Text("Ben")}, {2, Text("ben@example.org")}});
  AddChange(save, v1::CHANGE_KIND_INSERT, kPost, {Ref(3)}, {{1, Ref(1)}, {2, Text("One")}});
  AddChange(save, v1::CHANGE_KIND_INSERT, kPost, {Ref(4)}, {{1, Ref(2)}, {2, Text("Two")}});
  AddChange(save, v1::CHANGE_KIND_INSERT, kComment, {Ref(5)}, {{1, Ref(4)}, {2, Text("Well")}});
  AddChange(save, v1::CHANGE_KIND_INSERT, kComment, {Ref(6)}, {{1, Ref(3)}, {2, Null()}});
  AddChange(save, v1::CHANGE_KIND_INSERT, kTag, {Ref(3), Text("new")}, {{2, test::Double(0.5)}});
  Expect(
      "create_in_three_levels",
      "Two authors, their posts, and what belongs to those: keys by IDENTITY in the order of the rows, of the comments by newid()",
      ShowSave(save));
}

TEST(MssqlGolden, KeysThatOnlyTheInsertItselfTellsAreReadRowByRow) {
  GoldenSave save = Blog();
  save.save.tables_without_sequence = {kAuthor};
  for (uint64_t n = 1; n <= 3; ++n) {
    AddChange(save, v1::CHANGE_KIND_INSERT, kAuthor, {Ref(n)}, {{1, Text(absl::StrCat("Author ", n))}});
  }
  Expect("create_without_identity", "New rows whose integer key comes from a default: the attempt after one that got no keys",
         ShowSave(save));
}

TEST(MssqlGolden, NewRowsOfNothingButTheirKey) {
  v1::Schema schema;
  AddTable(schema, "ticket", {{"id", Type::KIND_INT64}}).mutable_columns(0)->set_generation(v1::GENERATION_KEY);
  GoldenSave save = Begin(schema);
  AddChange(save, v1::CHANGE_KIND_INSERT, 0, {Ref(1)});
  AddChange(save, v1::CHANGE_KIND_INSERT, 0, {Ref(2)});
  Expect("create_only_keys", "New rows that have nothing but a generated key", ShowSave(save));
}

TEST(MssqlGolden, GivenKeysGoIntoAnIdentityColumn) {
  GoldenSave save = Blog();
  AddChange(save, v1::CHANGE_KIND_INSERT, kAuthor, {Int(10)}, {{1, Text("Ada")}, {2, Text("ada@example.org")}});
  AddChange(save, v1::CHANGE_KIND_INSERT, kAuthor, {Int(11)}, {{1, Text("Ben")}, {2, Null()}});
  Expect("create_with_given_keys", "Rows with keys of the application's, in a column that may have the property IDENTITY",
         ShowSave(save));
}

TEST(MssqlGolden, RowsAreUpdatedByAJoin) {
  GoldenSave save = Blog();
  AddChange(save, v1::CHANGE_KIND_UPDATE, kAuthor, {Int(1)}, {{1, Text("Ada L.")}});
  AddChange(save, v1::CHANGE_KIND_UPDATE, kAuthor, {Int(2)}, {{1, Null()}});
  AddChange(save, v1::CHANGE_KIND_UPDATE, kTag, {Int(3), Text("new")}, {{2, test::Double(1.5)}, {3, Text("more")}});
  Expect("update", "Updates that check that the row exists, by a key of one column and by one of two", ShowSave(save));
}

TEST(MssqlGolden, VersionsAreCheckedMovedAndReadBack) {
  v1::Schema schema;
  auto add = [&](const std::string& name, Type::Kind kind) -> v1::Table& {
    v1::Table& table = AddTable(schema, name, {{"id", Type::KIND_INT32}, {"label", Type::KIND_TEXT}, {"version", kind}});
    table.mutable_columns(2)->set_version(true);
    return table;
  };
  add("counted", Type::KIND_INT32);
  add("stamped", Type::KIND_TIMESTAMP);
  add("zoned", Type::KIND_TIMESTAMPTZ);
  add("token", Type::KIND_BYTES).mutable_columns(2)->set_generation(v1::GENERATION_COMPUTED);
  GoldenSave save = Begin(schema);
  const v1::Value versions[] = {Int(4), test::Time("2026-11-22T13:45:00.123"), test::Time("2026-11-22T13:45:00.123Z"),
                                test::Bytes("\x01\x02\x03\x04\x05\x06\x07\x08")};
  for (uint32_t table = 0; table < 4; ++table) {
    *AddChange(save, v1::CHANGE_KIND_UPDATE, table, {Int(1)}, {{1, Text("a")}}).mutable_version() = versions[table];
    AddChange(save, v1::CHANGE_KIND_UPDATE, table, {Int(2)}, {{1, Text("b")}});
    AddChange(save, v1::CHANGE_KIND_INSERT, table, {Int(3)}, {{1, Text("c")}});
    *AddChange(save, v1::CHANGE_KIND_DELETE, table, {Int(4)}).mutable_version() = versions[table];
  }
  Expect("versions", "Versions that count, that are times, and that are a rowversion: checked in the write, moved, and read back",
         ShowSave(save));
}

v1::Schema TypesSchema() {
  v1::Schema schema;
  v1::Table& table = AddTable(schema, "every_type",
                              {{"id", Type::KIND_INT32},
                               {"a_bool", Type::KIND_BOOL},
                               {"an_int16", Type::KIND_INT16},
                               {"an_int32", Type::KIND_INT32},
                               {"an_int64", Type::KIND_INT64},
                               {"a_uint64", Type::KIND_UINT64},
                               {"a_float", Type::KIND_FLOAT},
                               {"a_double", Type::KIND_DOUBLE},
                               {"a_decimal", Type::KIND_DECIMAL},
                               {"a_text", Type::KIND_TEXT},
                               {"a_varchar", Type::KIND_TEXT},
                               {"some_bytes", Type::KIND_BYTES},
                               {"a_uuid", Type::KIND_UUID},
                               {"a_date", Type::KIND_DATE},
                               {"a_time", Type::KIND_TIME},
                               {"a_timestamp", Type::KIND_TIMESTAMP},
                               {"a_zoned_one", Type::KIND_TIMESTAMPTZ},
                               {"an_enum", Type::KIND_ENUM},
                               {"another", Type::KIND_OTHER},
                               {"a_json", Type::KIND_JSON}});
  for (v1::Column& column : *table.mutable_columns()) column.set_nullable(column.name() != "id");
  table.mutable_columns(8)->mutable_type()->set_precision(12);
  table.mutable_columns(8)->mutable_type()->set_scale(2);
  table.mutable_columns(10)->mutable_type()->set_name("varchar");
  table.mutable_columns(10)->set_max_length(40);
  table.mutable_columns(18)->mutable_type()->set_name("hierarchyid");
  table.set_concurrency(v1::CONCURRENCY_CHANGED_COLUMNS);
  return schema;
}

std::vector<std::pair<uint32_t, v1::Value>> EveryValue() {
  return {{1, test::Bool(true)},
          {2, Int(-32768)},
          {3, Int(2147483647)},
          {4, Int(9007199254740993)},
          {5, test::Unsigned(18446744073709551615u)},
          {6, test::Double(0.5)},
          {7, test::Double(1e300)},
          {8, test::Decimal("12345.60")},
          {9, Text("naïve ☃ ' ]")},
          {10, Text("plain")},
          {11, test::Bytes(std::string("\0\xFF", 2))},
          {12, Text("6f9619ff-8b86-d011-b42d-00c04fc964ff")},
          {13, test::Time("2026-11-22")},
          {14, test::Time("13:45:00.5")},
          {15, test::Time("2026-11-22T13:45:00.123456")},
          {16, test::Time("2026-11-22T13:45:00.123456Z")},
          {17, Text("label")},
          {18, Text("/1/2/")},
          {19, test::Json("{\"a\":[1,2]}")}};
}

TEST(MssqlGolden, EveryTypeIsWritten) {
  GoldenSave save = Begin(TypesSchema());
  AddChange(save, v1::CHANGE_KIND_INSERT, 0, {Int(1)}, EveryValue());
  Expect("types_written", "A row with a value of every type", ShowSave(save));
}

TEST(MssqlGolden, EveryTypeIsCompared) {
  GoldenSave save = Begin(TypesSchema());
  std::vector<std::pair<uint32_t, v1::Value>> values = EveryValue();
  values.pop_back();  // JSON
  v1::NetChange& change = AddChange(save, v1::CHANGE_KIND_DELETE, 0, {Int(1)}, {});
  for (const auto& [column, value] : values) {
    v1::Field& field = *change.add_fields();
    field.set_column(column);
    *field.mutable_old() = value;
  }
  Expect("types_compared", "A delete that checks all that is known of its row; NULL equals NULL", ShowSave(save));
}

TEST(MssqlRender, JsonIsNotCompared) {
  GoldenSave save = Begin(TypesSchema());
  SetOld(AddChange(save, v1::CHANGE_KIND_UPDATE, 0, {Int(1)}, {{19, test::Json("[]")}}), 19, test::Json("{}"));
  auto plan = MakeClientPlan(**SchemaIndex::Create(save.schema), save.changes, save.save);
  EXPECT_EQ(ReasonOf(plan.status()), v1::ERROR_REASON_NOT_SUPPORTED);
  EXPECT_THAT(std::string(plan.status().message()), HasSubstr("a version column"));
}

TEST(MssqlGolden, RowsAreDeletedChildrenFirst) {
  GoldenSave save = Blog();
  AddChange(save, v1::CHANGE_KIND_DELETE, kAuthor, {Int(1)});
  AddChange(save, v1::CHANGE_KIND_DELETE, kPost, {Int(2)});
  AddChange(save, v1::CHANGE_KIND_DELETE, kPost, {Int(3)});
  AddChange(save, v1::CHANGE_KIND_DELETE, kTag, {Int(2), Text("new")});
  Expect("delete", "Deletes, children ahead of their parents, by keys of one and of two columns", ShowSave(save));
}

TEST(MssqlGolden, UniqueValuesAreSwappedByParkingThem) {
  GoldenSave save = Blog();
  SetOld(AddChange(save, v1::CHANGE_KIND_UPDATE, kAuthor, {Int(1)}, {{2, Text("ben@example.org")}}), 2, Text("ada@example.org"));
  SetOld(AddChange(save, v1::CHANGE_KIND_UPDATE, kAuthor, {Int(2)}, {{2, Text("ada@example.org")}}), 2, Text("ben@example.org"));
  Expect("unique_swap", "Two rows swap a unique value: one is parked, and not by NULL, which only one row may have",
         ShowSave(save));
}

TEST(MssqlGolden, NullIsAUniqueValueLikeAnyOther) {
  GoldenSave save = Blog();
  SetOld(AddChange(save, v1::CHANGE_KIND_UPDATE, kAuthor, {Int(1)}, {{2, Null()}}), 2, Text("ada@example.org"));
  SetOld(AddChange(save, v1::CHANGE_KIND_UPDATE, kAuthor, {Int(2)}, {{2, Text("ben@example.org")}}), 2, Null());
  Expect("unique_null", "A row takes the NULL of a unique column that another one gives up: the giving goes first", ShowSave(save));
}

TEST(MssqlGolden, KeysChange) {
  v1::Schema schema;
  v1::Table& table = AddTable(schema, "country", {{"code", Type::KIND_TEXT}, {"name", Type::KIND_TEXT}});
  table.mutable_columns(0)->set_max_length(2);
  GoldenSave save = Begin(schema);
  *AddChange(save, v1::CHANGE_KIND_UPDATE, 0, {Text("AA")}).add_new_key() = Text("BB");
  *AddChange(save, v1::CHANGE_KIND_UPDATE, 0, {Text("BB")}, {{1, Text("Ayland")}}).add_new_key() = Text("AA");
  Expect("key_change", "Two rows exchange their keys", ShowSave(save));
}

TEST(MssqlGolden, AReplacedRowTakesDefaults) {
  v1::Schema schema;
  v1::Table& table =
      AddTable(schema, "setting", {{"name", Type::KIND_TEXT}, {"value", Type::KIND_TEXT}, {"since", Type::KIND_DATE}});
  table.mutable_columns(2)->set_has_default(true);
  AddTable(schema, "member", {{"name", Type::KIND_TEXT}});
  GoldenSave save = Begin(schema);
  AddChange(save, v1::CHANGE_KIND_REPLACE, 0, {Text("theme")}, {{1, Text("dark")}});
  AddChange(save, v1::CHANGE_KIND_REPLACE, 1, {Text("ada")});
  Expect("replace", "Rows that were deleted and created again: what isn't given takes its default; a row of a key alone is found",
         ShowSave(save));
}

TEST(MssqlGolden, RowsThatReferToOneAnotherGoInOneStatement) {
  v1::Schema schema;
  v1::Table& node = AddTable(schema, "node", {{"id", Type::KIND_INT32}, {"parent_id", Type::KIND_INT32}});
  node.mutable_columns(1)->set_nullable(true);
  AddForeignKey(node, 1, 0);
  GoldenSave few = Begin(schema);
  for (int id = 1; id <= 3; ++id) AddChange(few, v1::CHANGE_KIND_DELETE, 0, {Int(id)});
  Expect("delete_tree", "Rows of a tree of which nobody knows how they refer to one another", ShowSave(few));
  GoldenSave many = Begin(schema);
  for (int id = 1; id <= 1500; ++id) AddChange(many, v1::CHANGE_KIND_DELETE, 0, {Int(id)});
  Expect("delete_large_tree", "The same, and more than a statement takes: looked for, let go of one another, and deleted",
         ShowSave(many));
}

TEST(MssqlGolden, WhatACascadeMayHaveTakenIsLookedForAfterwards) {
  v1::Schema schema;
  v1::Table& parent = AddTable(schema, "parent", {{"id", Type::KIND_INT32}});
  parent.mutable_columns(0)->set_has_default(true);
  v1::Table& child =
      AddTable(schema, "child", {{"id", Type::KIND_INT32}, {"parent_id", Type::KIND_INT32}, {"version", Type::KIND_INT32}});
  child.mutable_columns(2)->set_version(true);
  AddForeignKey(child, 1, 0, v1::REFERENTIAL_ACTION_CASCADE);
  AddForeignKey(parent, 0, 1, v1::REFERENTIAL_ACTION_CASCADE);
  GoldenSave save = Begin(schema);
  AddChange(save, v1::CHANGE_KIND_DELETE, 0, {Int(1)});
  v1::NetChange& change = AddChange(save, v1::CHANGE_KIND_DELETE, 1, {Int(1)});
  *change.mutable_version() = Int(3);
  v1::Field& observed = *change.add_fields();
  observed.set_column(1);
  *observed.mutable_old() = Int(1);
  Expect("delete_with_cascade", "Rows that cascade to one another: whatever a cascade leaves behind was changed by others",
         ShowSave(save));
}

TEST(MssqlGolden, NamesAreQuoted) {
  v1::Schema schema;
  v1::Table& table = AddTable(schema, "t]; DROP TABLE t; --'", {{"id]'", Type::KIND_INT32}, {"a'b\"@p1]", Type::KIND_TEXT}});
  table.set_namespace_("dbo]");
  table.mutable_columns(0)->set_generation(v1::GENERATION_KEY);
  GoldenSave save = Begin(schema);
  AddChange(save, v1::CHANGE_KIND_INSERT, 0, {Ref(1)}, {{1, Text("'; --")}});
  AddChange(save, v1::CHANGE_KIND_INSERT, 0, {Int(1)}, {{1, Text("]")}});
  AddChange(save, v1::CHANGE_KIND_UPDATE, 0, {Int(2)}, {{1, Text("x")}});
  Expect("quoting", "Names that would end their quotes", ShowSave(save));
}

TEST(MssqlGolden, MoreRowsThanAStatementTakes) {
  GoldenSave save = Blog();
  for (int id = 1; id <= 2100; ++id)
    AddChange(save, v1::CHANGE_KIND_UPDATE, kAuthor, {Int(id)}, {{1, Text(absl::StrCat("n", id))}});
  for (uint64_t n = 1; n <= 1200; ++n) AddChange(save, v1::CHANGE_KIND_INSERT, kPost, {Ref(n)}, {{1, Int(5000)}, {2, Text("t")}});
  Expect("many_rows", "At most 1,000 rows and 2,000 parameters a statement", ShowSave(save));
}

TEST(MssqlGolden, RowByRow) {
  GoldenSave save = Blog();
  save.save.single_rows = true;
  AddChange(save, v1::CHANGE_KIND_INSERT, kPost, {Ref(1)}, {{1, Int(9)}, {2, Text("a")}});
  AddChange(save, v1::CHANGE_KIND_INSERT, kPost, {Ref(2)}, {{1, Int(9)}, {2, Text("b")}});
  AddChange(save, v1::CHANGE_KIND_UPDATE, kAuthor, {Int(1)}, {{1, Text("x")}});
  AddChange(save, v1::CHANGE_KIND_UPDATE, kAuthor, {Int(2)}, {{1, Text("y")}});
  Expect("row_by_row", "The attempt that finds out which row a constraint failed for", ShowSave(save));
}

TEST(MssqlGolden, TheMarkerIsWrittenInTheTransaction) {
  GoldenSave first = Begin(BlogSchema(), /*marker=*/true);
  first.save.intent.executed_save_id = "";
  AddChange(first, v1::CHANGE_KIND_INSERT, kAuthor, {Ref(1)}, {{1, Text("Ada")}, {2, Text("ada@example.org")}});
  Expect("marker_first_save", "A session's first save, with its marker, which gets the new key", ShowSave(first));
  GoldenSave later = Begin(BlogSchema(), /*marker=*/true);
  later.save.find_old_markers = true;
  AddChange(later, v1::CHANGE_KIND_DELETE, kPost, {Int(2)});
  Expect("marker_later_save", "A later save, whose result is known ahead; it looks for old markers too", ShowSave(later));
}

TEST(MssqlGolden, ALostSaveIsSettled) {
  const GoldenSave save = Blog();
  std::vector<v1::SaveStep> steps = MakeSettlePlan(v1::DIALECT_MSSQL, save.save.session, save.save.intent);
  steps.push_back(MakeRemovalOfMarkers(v1::DIALECT_MSSQL, {"0123", "4567"}));
  Expect("marker_settle",
         "Finding out what became of an attempt: a higher fence, so that it can't be committed any more; and the removal of old "
         "markers",
         test::ShowSteps(steps));
}

TEST(MssqlRender, WhatItCantStoreIsRefusedNamingTheRow) {
  struct Case {
    uint32_t column;
    v1::Value value;
    v1::ErrorReason reason;
  };
  for (const Case& refused : {Case{7, test::Double(std::numeric_limits<double>::quiet_NaN()), v1::ERROR_REASON_VALUE_OUT_OF_RANGE},
                              Case{15, test::Time("infinity"), v1::ERROR_REASON_VALUE_OUT_OF_RANGE}}) {
    GoldenSave save = Begin(TypesSchema());
    AddChange(save, v1::CHANGE_KIND_UPDATE, 0, {Int(1)}, {{refused.column, refused.value}});
    auto plan = MakeClientPlan(**SchemaIndex::Create(save.schema), save.changes, save.save);
    EXPECT_EQ(ReasonOf(plan.status()), refused.reason) << plan.status();
    EXPECT_THAT(std::string(plan.status().message()), HasSubstr("every_type"));
  }
}

TEST(MssqlRender, ThereAreNoAtomicBatches) {
  GoldenSave save = Blog();
  save.save.atomic_batch = true;
  AddChange(save, v1::CHANGE_KIND_DELETE, kPost, {Int(2)});
  auto plan = MakeClientPlan(**SchemaIndex::Create(save.schema), save.changes, save.save);
  EXPECT_EQ(ReasonOf(plan.status()), v1::ERROR_REASON_NOT_SUPPORTED);
}

TEST(MssqlTarget, ShowsAPlanForRowsOneByOneAndIsNeverConnected) {
  std::unique_ptr<Target> target = uow::MakeUnconnectedTarget(v1::DIALECT_MSSQL);
  ASSERT_NE(target, nullptr);
  GoldenSave save = Blog();
  AddChange(save, v1::CHANGE_KIND_INSERT, kPost, {Ref(1)}, {{1, Int(1)}, {2, Text("a")}});
  SchemaRef schema = *SchemaIndex::Create(save.schema);
  auto plan = BuildPlan(*schema, save.changes, target->traits());
  ASSERT_TRUE(plan.ok()) << plan.status();
  const RenderedPlan shown = target->RenderBySchema(*schema, *plan);
  ASSERT_EQ(shown.steps.size(), 1u);
  EXPECT_EQ(shown.steps[0].style, v1::PARAMETER_STYLE_ROW);
  // The generated key has no placeholder.
  EXPECT_THAT(shown.steps[0].sql, HasSubstr("(VALUES (@p1, @p2)) AS v (c1, c2)"));
  EXPECT_EQ(ReasonOf(target->Acquire().status()), v1::ERROR_REASON_NOT_SUPPORTED);
  EXPECT_EQ(ReasonOf(target->Describe().status()), v1::ERROR_REASON_NOT_SUPPORTED);
}

}  // namespace
}  // namespace uow::mssql
