#include "journal/row_versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "journal/records.h"

namespace uow {
namespace {

using testing::ElementsAre;

v1::Value Number(int64_t number) {
  v1::Value value;
  value.set_int64_value(number);
  return value;
}

v1::Value Text(const std::string& text) {
  v1::Value value;
  value.set_text_value(text);
  return value;
}

RowVersionPlace Place(const std::vector<v1::Value>& key) { return PlaceRowVersion(SessionId(), 3, key); }

v1::Field Moved(int64_t version, std::optional<int64_t> old) {
  v1::Field field;
  *field.mutable_value() = Number(version);
  if (old) *field.mutable_old() = Number(*old);
  return field;
}

std::vector<int64_t> VersionsIn(const std::string& bucket, uint64_t slot) {
  SavedVersion saved;
  absl::StatusOr<bool> found = FindRowVersion(bucket, slot, saved);
  EXPECT_TRUE(found.ok()) << found.status();
  std::vector<int64_t> all;
  if (!found.value_or(false)) return all;
  for (const v1::Value& replaced : saved.replaced) all.push_back(replaced.int64_value());
  all.push_back(saved.version.int64_value());
  return all;
}

TEST(RowVersions, NeighbouringIntegerKeysShareABucket) {
  EXPECT_EQ(Place({Number(256)}).bucket, Place({Number(383)}).bucket);
  EXPECT_NE(Place({Number(256)}).slot, Place({Number(383)}).slot);
  EXPECT_NE(Place({Number(255)}).bucket, Place({Number(256)}).bucket);
  EXPECT_NE(Place({Number(-1)}).bucket, Place({Number(1)}).bucket);
  EXPECT_NE(Place({Number(1)}).bucket, PlaceRowVersion(SessionId(), 4, std::vector{Number(1)}).bucket);
}

TEST(RowVersions, OtherKeysHaveABucketEach) {
  EXPECT_NE(Place({Text("a")}).bucket, Place({Text("b")}).bucket);
  EXPECT_NE(Place({Text("ab"), Text("c")}).bucket, Place({Text("a"), Text("bc")}).bucket);
  EXPECT_EQ(Place({Number(1), Number(2)}).bucket, Place({Number(1), Number(2)}).bucket);
  EXPECT_TRUE(IsVersionBucket(Place({Text("a")}).bucket));
  EXPECT_FALSE(IsVersionBucket(absl::StrCat(SessionId().AsBytes(), "writer")));
}

TEST(RowVersions, ARowsRecordsAreReadInOrder) {
  std::string bucket(1, kRecordVersion);
  AppendRowVersion(1, Moved(6, 5), bucket);
  AppendRowVersion(2, Moved(60, 50), bucket);
  AppendRowVersion(1, Moved(7, 6), bucket);
  EXPECT_THAT(VersionsIn(bucket, 1), ElementsAre(5, 6, 7));
  EXPECT_THAT(VersionsIn(bucket, 2), ElementsAre(50, 60));
  EXPECT_THAT(VersionsIn(bucket, 3), ElementsAre());
  AppendRowVersion(1, Moved(9, std::nullopt), bucket);
  EXPECT_THAT(VersionsIn(bucket, 1), ElementsAre(9));
}

TEST(RowVersions, TrimmingKeepsWhatIsAskedFor) {
  std::string bucket(1, kRecordVersion);
  AppendRowVersion(2, Moved(60, 50), bucket);
  for (int i = 0; i < 40; ++i) AppendRowVersion(1, Moved(i + 1, i), bucket);
  const std::vector<int64_t> before = VersionsIn(bucket, 1);
  const size_t size = bucket.size();
  TrimRowVersions(bucket);
  EXPECT_LT(bucket.size(), size / 2);
  EXPECT_EQ(VersionsIn(bucket, 1), before);
  EXPECT_THAT(VersionsIn(bucket, 2), ElementsAre(50, 60));
  const std::string trimmed = bucket;
  TrimRowVersions(bucket);
  EXPECT_EQ(bucket, trimmed);
}

TEST(RowVersions, AMalformedBucketIsFoundOut) {
  std::string bucket(1, kRecordVersion);
  AppendRowVersion(1, Moved(6, 5), bucket);
  bucket.pop_back();
  SavedVersion saved;
  EXPECT_FALSE(FindRowVersion(bucket, 1, saved).ok());
  const std::string before = bucket;
  TrimRowVersions(bucket);
  EXPECT_EQ(bucket, before);
  EXPECT_FALSE(FindRowVersion("\x7f", 1, saved).ok());
}

}  // namespace
}  // namespace uow
