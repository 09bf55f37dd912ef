#include "journal/generated_pages.h"

#include <gtest/gtest.h>

#include "journal/errors.h"

namespace uow {
namespace {

v1::GeneratedEntity Entity(uint64_t counter, int64_t key) {
  v1::GeneratedEntity entity;
  v1::Handle& handle = *entity.add_key()->mutable_handle_value();
  handle.set_writer("w");
  handle.set_counter(counter);
  entity.add_generated_key()->set_int64_value(key);
  return entity;
}

TEST(GeneratedPages, AreSplitBySizeAndByCount) {
  std::vector<v1::GeneratedEntity> generated;
  for (uint64_t i = 0; i < 25'000; ++i) generated.push_back(Entity(i, 1));
  const std::vector<std::string> pages = EncodeGeneratedPages(generated);
  EXPECT_EQ(pages.size(), 3);
  std::vector<v1::GeneratedEntity> back;
  for (const std::string& page : pages) ASSERT_TRUE(DecodeGeneratedPage(page, back));
  ASSERT_EQ(back.size(), generated.size());
  for (size_t i = 0; i < back.size(); ++i) ASSERT_EQ(back[i].SerializeAsString(), generated[i].SerializeAsString());
  generated.resize(10);
  for (v1::GeneratedEntity& entity : generated) {
    entity.add_fields()->mutable_value()->set_text_value(std::string(100 << 10, 'x'));
  }
  EXPECT_EQ(EncodeGeneratedPages(generated).size(), 4);
  EXPECT_TRUE(EncodeGeneratedPages({}).empty());
}

TEST(Handles, ABucketAnswersForItsOwnHandlesAndTheLastRecordCounts) {
  SessionId id;
  std::map<std::string, std::string> buckets;
  ASSERT_TRUE(CollectHandles(id, {Entity(1, 10), Entity(127, 20), Entity(128, 30), Entity(1, 11)}, buckets).ok());
  ASSERT_EQ(buckets.size(), 2);
  v1::Value value;
  const std::string& first = buckets.begin()->second;
  EXPECT_TRUE(*FindHandle(first, 1, value));
  EXPECT_EQ(value.int64_value(), 11);
  EXPECT_TRUE(*FindHandle(first, 127, value));
  EXPECT_EQ(value.int64_value(), 20);
  EXPECT_FALSE(*FindHandle(first, 2, value));
  for (size_t size = 2; size < first.size(); ++size) FindHandle(first.substr(0, size), 1, value).IgnoreError();
  EXPECT_FALSE(FindHandle(first.substr(0, first.size() - 1), 1, value).ok());
  EXPECT_FALSE(FindHandle("", 1, value).ok());
}

TEST(Handles, AnEntityWhoseKeysDifferInSizeIsRefused) {
  v1::GeneratedEntity entity = Entity(1, 1);
  entity.add_generated_key();
  std::map<std::string, std::string> buckets;
  EXPECT_EQ(ReasonOf(CollectHandles(SessionId{}, {entity}, buckets)), v1::ERROR_REASON_INTERNAL);
}

}  // namespace
}  // namespace uow
