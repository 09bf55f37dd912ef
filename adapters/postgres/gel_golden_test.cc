// Saves in Gel, which speaks PostgreSQL's SQL but for DDL, so that they have no marker.
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/golden.h"
#include "adapters/test_values.h"
#include "gmock/gmock.h"

namespace uow::postgres {
namespace {

using test::AddChange;
using test::AddTable;
using test::GoldenSave;
using test::Null;
using test::Ref;
using test::ShowSave;
using test::Text;

using Type = v1::Type;

// Object types as Gel shows them in SQL, by position: links are columns that end in _id.
enum : uint32_t { kPerson, kMovie, kReview };

constexpr char kAda[] = "00000000-0000-4000-8000-000000000001";
constexpr char kBen[] = "00000000-0000-4000-8000-000000000002";

v1::Schema MovieSchema() {
  v1::Schema schema;
  v1::Table& person = AddTable(schema, "Person", {{"id", Type::KIND_UUID}, {"name", Type::KIND_TEXT}, {"born", Type::KIND_DATE}});
  v1::Table& movie =
      AddTable(schema, "Movie", {{"id", Type::KIND_UUID}, {"title", Type::KIND_TEXT}, {"director_id", Type::KIND_UUID}});
  v1::Table& review = AddTable(schema, "Review",
                               {{"id", Type::KIND_UUID},
                                {"movie_id", Type::KIND_UUID},
                                {"stars", Type::KIND_INT16},
                                {"price", Type::KIND_DECIMAL},
                                {"at", Type::KIND_TIMESTAMPTZ},
                                {"details", Type::KIND_JSON},
                                {"picture", Type::KIND_BYTES}});
  for (v1::Table* table : {&person, &movie, &review}) {
    table->mutable_columns(0)->set_generation(v1::GENERATION_KEY);
    for (int c = 1; c < table->columns_size(); ++c) table->mutable_columns(c)->set_nullable(true);
  }
  v1::UniqueConstraint& unique = *person.add_uniques();
  unique.set_name("Person_name");
  unique.add_columns(1);
  test::AddForeignKey(movie, 2, kPerson);
  test::AddForeignKey(review, 1, kMovie);
  return schema;
}

GoldenSave Movies() {
  GoldenSave save(MovieSchema());
  save.save.dialect = v1::DIALECT_POSTGRESQL;
  save.save.session = "00112233445566778899aabbccddeeff";
  save.save.intent = SaveIntent{.save_id = "save-1", .to = 12, .attempt = 1};
  save.save.without_marker = true;
  return save;
}

void Expect(const std::string& name, const std::string& about, const GoldenSave& save) {
  const std::string text = ShowSave(save);
  EXPECT_EQ(text.find("uow_saves"), std::string::npos);
  test::ExpectGolden(absl::StrCat("postgres/golden/", name, ".sql"), about, text);
}

TEST(GelGolden, ObjectsOfThreeLevelsGetTheirIds) {
  GoldenSave save = Movies();
  AddChange(save, v1::CHANGE_KIND_INSERT, kPerson, {Ref(1)}, {{1, Text("Ada")}, {2, test::Time("1815-12-10")}});
  AddChange(save, v1::CHANGE_KIND_INSERT, kMovie, {Ref(2)}, {{1, Text("Engines")}, {2, Ref(1)}});
  AddChange(save, v1::CHANGE_KIND_INSERT, kReview, {Ref(3)},
            {{1, Ref(2)},
             {2, test::Int(5)},
             {3, test::Decimal("12.50")},
             {4, test::Time("2026-11-22T13:45:00.5Z")},
             {5, test::Json("{\"a\":1}")},
             {6, test::Bytes(std::string("\0\xFF", 2))}});
  Expect("gel_create", "Gel: new objects, whose ids are the database's, with links between them and a value of every kind", save);
}

TEST(GelGolden, ObjectsAreUpdatedAndDeletedAsArrays) {
  GoldenSave save = Movies();
  AddChange(save, v1::CHANGE_KIND_UPDATE, kPerson, {Text(kAda)}, {{2, test::Time("1815-12-10")}});
  AddChange(save, v1::CHANGE_KIND_UPDATE, kPerson, {Text(kBen)}, {{2, Null()}});
  AddChange(save, v1::CHANGE_KIND_DELETE, kReview, {Text(kAda)});
  Expect("gel_change", "Gel: updates and deletes of objects", save);
}

TEST(GelGolden, UniqueValuesAreSwappedByNull) {
  GoldenSave save = Movies();
  test::SetOld(AddChange(save, v1::CHANGE_KIND_UPDATE, kPerson, {Text(kAda)}, {{1, Text("Ben")}}), 1, Text("Ada"));
  test::SetOld(AddChange(save, v1::CHANGE_KIND_UPDATE, kPerson, {Text(kBen)}, {{1, Text("Ada")}}), 1, Text("Ben"));
  Expect("gel_unique_swap", "Gel: two objects swap an exclusive value", save);
}

}  // namespace
}  // namespace uow::postgres
