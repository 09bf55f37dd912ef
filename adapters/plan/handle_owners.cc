#include "adapters/plan/handle_owners.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/plan/plan.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow {
namespace {

constexpr size_t kMaxEntities = 100;
constexpr size_t kMaxInWords = 5;

absl::Status ChangeError(v1::ErrorReason reason, const SchemaIndex& schema, const v1::NetChange& change,
                         absl::string_view message) {
  v1::ErrorDetail detail;
  *detail.add_entities() = EntityOf(schema, change);
  detail.set_offset(change.last_offset());
  return MakeError(reason, message, detail);
}

}  // namespace

std::string DescribeRow(const SchemaIndex& schema, const v1::NetChange& change) {
  return absl::StrCat(
      schema.TableLabel(change.table()), " (",
      absl::StrJoin(change.key(), ", ", [](std::string* out, const v1::Value& v) { absl::StrAppend(out, DebugString(v)); }), ")");
}

absl::Status CycleError(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const std::vector<size_t>& rows,
                        absl::string_view advice) {
  v1::ErrorDetail detail;
  std::string names;
  for (size_t i = 0; i < rows.size() && i < kMaxEntities; ++i) {
    const v1::NetChange& change = changes[rows[i]];
    *detail.add_entities() = EntityOf(schema, change);
    if (i < kMaxInWords) absl::StrAppend(&names, i == 0 ? "" : ", ", DescribeRow(schema, change));
  }
  if (rows.size() > kMaxInWords) absl::StrAppend(&names, " and ", rows.size() - kMaxInWords, " more");
  detail.set_offset(changes[rows.front()].last_offset());
  return MakeError(v1::ERROR_REASON_ROW_CYCLE,
                   absl::StrCat("rows wait for one another in a cycle, so that none can be written first: ", names, "; ", advice),
                   detail);
}

HandleOwners::HandleOwners(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const std::vector<size_t>& inserts)
    : schema_(schema), changes_(changes), inserts_(inserts), generated_(inserts.size(), -1) {}

// A key column that is also part of a foreign key owns its handle only where no other row does.
absl::Status HandleOwners::Find() {
  owners_.Reserve(inserts_.size());
  std::vector<uint32_t> referring;
  for (const bool refers : {false, true}) {
    const size_t count = refers ? referring.size() : inserts_.size();
    for (size_t i = 0; i < count; ++i) {
      const uint32_t row = refers ? referring[i] : static_cast<uint32_t>(i);
      const v1::NetChange& change = changes_[inserts_[row]];
      const v1::Table& table = schema_.table(change.table());
      for (int k = 0; k < change.key_size(); ++k) {
        const uint32_t column = table.primary_key(k);
        if (!change.key(k).has_handle_value() || table.columns(column).generation() != v1::GENERATION_KEY) continue;
        if (schema_.in_foreign_key(change.table(), column) == refers) {
          UOW_RETURN_IF_ERROR(Own(row, k, !refers));
        } else if (!refers) {
          referring.push_back(row);
        }
      }
    }
  }
  for (const v1::NetChange& change : changes_) UOW_RETURN_IF_ERROR(CheckHandles(change));
  return absl::OkStatus();
}

absl::Status HandleOwners::Own(uint32_t row, int key, bool alone) {
  const v1::NetChange& change = changes_[inserts_[row]];
  const v1::Handle& handle = change.key(key).handle_value();
  uint32_t& owner = owners_.At(writers_.Add(handle.writer()), handle.counter());
  if (owner != HandleIndex::kNone) {
    if (!alone) return absl::OkStatus();
    return ChangeError(
        v1::ERROR_REASON_ENTITY_EXISTS, schema_, change,
        absl::StrCat(DebugString(change.key(key)), " stands for two entities, ", DescribeRow(schema_, changes_[inserts_[owner]]),
                     " and ", DescribeRow(schema_, change), "; use a handle for one entity only"));
  }
  if (generated_[row] >= 0) {
    return ChangeError(
        v1::ERROR_REASON_NOT_SUPPORTED, schema_, change,
        absl::StrCat(DescribeRow(schema_, change), " has two key columns for the database to generate; give one of them a value"));
  }
  owner = row;
  generated_[row] = key;
  return absl::OkStatus();
}

absl::Status HandleOwners::CheckHandles(const v1::NetChange& change) const {
  auto check = [&](const v1::Value& value) {
    if (!value.has_handle_value()) return absl::OkStatus();
    const v1::Handle& handle = value.handle_value();
    if (OwnerOf(handle) != HandleIndex::kNone) return absl::OkStatus();
    return ChangeError(
        v1::ERROR_REASON_HANDLE_UNKNOWN, schema_, change,
        absl::StrCat(DescribeRow(schema_, change), " uses ", DebugString(value),
                     ", which no created entity of the range has; create the entity first, or roll the change back"));
  };
  for (const v1::Value& value : change.key()) UOW_RETURN_IF_ERROR(check(value));
  for (const v1::Value& value : change.new_key()) UOW_RETURN_IF_ERROR(check(value));
  for (const v1::Field& field : change.fields()) UOW_RETURN_IF_ERROR(check(field.value()));
  return absl::OkStatus();
}

}  // namespace uow
