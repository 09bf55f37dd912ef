#include "adapters/save_result.h"

#include <string>
#include <vector>

#include "adapters/test_values.h"
#include "gmock/gmock.h"
#include "journal/errors.h"
#include "uow/v1/save_service.pb.h"

namespace uow {
namespace {

using testing::UnorderedElementsAreArray;

v1::GeneratedEntity Entity(uint32_t table, const std::vector<v1::Value>& key, const std::vector<v1::Value>& generated) {
  v1::GeneratedEntity entity;
  entity.set_table(table);
  for (const v1::Value& value : key) *entity.add_key() = value;
  for (const v1::Value& value : generated) *entity.add_generated_key() = value;
  return entity;
}

v1::Value Handle(const std::string& writer, uint64_t counter) {
  v1::Value value;
  value.mutable_handle_value()->set_writer(writer);
  value.mutable_handle_value()->set_counter(counter);
  return value;
}

SaveOutcome Inserted(std::vector<v1::GeneratedEntity> generated) {
  SaveOutcome outcome;
  outcome.inserted = generated.size();
  outcome.generated = std::move(generated);
  return outcome;
}

std::vector<std::string> Bytes(const std::vector<v1::GeneratedEntity>& entities) {
  std::vector<std::string> bytes;
  for (const v1::GeneratedEntity& entity : entities) bytes.push_back(entity.SerializeAsString());
  return bytes;
}

TEST(SaveResultTest, EveryKindOfKeyComesBack) {
  v1::GeneratedEntity filled = Entity(2, {Handle("a", 9)}, {test::Int(90)});
  filled.add_fields()->set_column(3);
  SaveOutcome outcome = Inserted({
      Entity(0, {Handle("a", 1)}, {test::Int(10)}),
      Entity(1, {Handle("a", 2)}, {test::Text("8c2e")}),
      Entity(0, {Handle("b", 1)}, {test::Int(-11)}),
      Entity(0, {Handle("a", 4)}, {test::Int(12)}),
      Entity(3, {Handle("a", 5)}, {test::Int(1)}),
      Entity(3, {Handle("a", 6)}, {test::Text("not a number")}),
      Entity(4, {Handle("a", 1), test::Int(7)}, {test::Int(10), test::Int(7)}),
      filled,
  });
  outcome.updated = 5;
  outcome.deleted = 6;
  auto bytes = EncodeSaveResult(outcome);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  auto back = DecodeSaveResult(*bytes);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_TRUE(back->executed);
  EXPECT_EQ(back->inserted, 8u);
  EXPECT_EQ(back->updated, 5u);
  EXPECT_EQ(back->deleted, 6u);
  EXPECT_THAT(Bytes(back->generated), UnorderedElementsAreArray(Bytes(outcome.generated)));
}

TEST(SaveResultTest, AThousandKeysFitIntoAFewKilobytes) {
  std::vector<v1::GeneratedEntity> entities;
  for (int i = 1; i <= 1000; ++i)
    entities.push_back(Entity(i % 3, {Handle("a-writer-with-a-long-name", i)}, {test::Int(5000 + i)}));
  EXPECT_LT(EncodeSaveResult(Inserted(std::move(entities)))->size(), 5000u);
}

v1::GeneratedEntity Moved(uint32_t table, int64_t key, const v1::Value& version, const v1::Value& old) {
  v1::GeneratedEntity entity = Entity(table, {test::Int(key)}, {test::Int(key)});
  v1::Field& field = *entity.add_fields();
  field.set_column(2);
  *field.mutable_value() = version;
  if (old.kind_case() != v1::Value::KIND_NOT_SET) *field.mutable_old() = old;
  return entity;
}

TEST(SaveResultTest, EveryKindOfVersionComesBack) {
  v1::GeneratedEntity moved_key = Moved(0, 5, test::Int(2), test::Int(1));
  moved_key.mutable_generated_key(0)->set_int64_value(6);
  const SaveOutcome outcome = Inserted(
      {Moved(0, 1, test::Int(2), test::Int(1)), Moved(0, 2, test::Int(9), v1::Value()), Moved(1, -3, test::Int(2), test::Int(1)),
       Moved(0, 4, test::Text("token"), test::Text("old")), Moved(0, 7, test::Int(1), test::Null()), moved_key});
  auto bytes = EncodeSaveResult(outcome);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  auto back = DecodeSaveResult(*bytes);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_THAT(Bytes(back->generated), UnorderedElementsAreArray(Bytes(outcome.generated)));
}

TEST(SaveResultTest, AThousandVersionsFitIntoAFewKilobytes) {
  std::vector<v1::GeneratedEntity> entities;
  for (int i = 1; i <= 1000; ++i) entities.push_back(Moved(0, 5000 + i, test::Int(3), test::Int(2)));
  EXPECT_LT(EncodeSaveResult(Inserted(std::move(entities)))->size(), 5000u);
}

TEST(SaveResultTest, OtherBytesAreRefused) {
  v1::SaveResult short_of_a_key;
  short_of_a_key.set_inserted(1);
  v1::GeneratedKeys& keys = *short_of_a_key.add_keys();
  keys.set_writer("a");
  keys.add_counters(1);
  v1::SaveResult short_of_a_version;
  short_of_a_version.set_updated(1);
  short_of_a_version.add_versions()->add_integer_keys(1);
  for (const std::string& bytes :
       {std::string(), std::string("\xff\xff"), short_of_a_key.SerializeAsString(), short_of_a_version.SerializeAsString()}) {
    EXPECT_EQ(ReasonOf(DecodeSaveResult(bytes).status()), v1::ERROR_REASON_INTERNAL);
  }
  keys.add_integer_keys(5);
  EXPECT_TRUE(DecodeSaveResult(short_of_a_key.SerializeAsString()).ok());
}

}  // namespace
}  // namespace uow
