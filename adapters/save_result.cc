#include "adapters/save_result.h"

#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "uow/v1/save_service.pb.h"

namespace uow {
namespace {

// Well below the limits of a blob in SQLite (1 GB) and PostgreSQL (1 GB, in hexadecimal on the wire).
constexpr size_t kMaxBytes = 256 << 20;

bool IsOneHandle(const v1::GeneratedEntity& entity) {
  return entity.key_size() == 1 && entity.generated_key_size() == 1 && entity.key(0).has_handle_value() && entity.fields().empty();
}

// Whether all that was generated is an integer version of a row with an integer key.
bool IsOneVersion(const v1::GeneratedEntity& entity) {
  if (entity.key_size() != 1 || entity.generated_key_size() != 1 || entity.fields_size() != 1) return false;
  const v1::Field& field = entity.fields(0);
  return entity.key(0).has_int64_value() && entity.generated_key(0).has_int64_value() &&
         entity.key(0).int64_value() == entity.generated_key(0).int64_value() && field.value().has_int64_value() &&
         (!field.has_old() || field.old().has_int64_value());
}

// Groups versions by table, and by whether one was checked.
class VersionGroups {
 public:
  explicit VersionGroups(v1::SaveResult& result) : result_(result) {}

  void Add(const v1::GeneratedEntity& entity) {
    const v1::Field& field = entity.fields(0);
    v1::GeneratedVersions& group = GroupOf(entity.table(), field);
    group.add_integer_keys(entity.key(0).int64_value());
    group.add_versions(field.value().int64_value());
    if (field.has_old()) group.add_replaced(field.old().int64_value());
  }

 private:
  v1::GeneratedVersions& GroupOf(uint32_t table, const v1::Field& field) {
    auto [place, added] = groups_.try_emplace(std::tuple(table, field.column(), field.has_old()), nullptr);
    if (added) {
      place->second = result_.add_versions();
      place->second->set_table(table);
      place->second->set_column(field.column());
    }
    return *place->second;
  }

  v1::SaveResult& result_;
  absl::flat_hash_map<std::tuple<uint32_t, uint32_t, bool>, v1::GeneratedVersions*> groups_;
};

// Groups keys by table and writer.
class KeyGroups {
 public:
  explicit KeyGroups(v1::SaveResult& result) : result_(result) {}

  void Add(uint32_t table, const v1::Handle& handle, const v1::Value& key) {
    v1::GeneratedKeys& group = GroupOf(table, handle.writer());
    if (group.keys().empty() && key.has_int64_value()) {
      group.add_integer_keys(key.int64_value());
    } else {
      // One key that isn't a signed integer makes values of the group's others.
      for (int64_t integer : group.integer_keys()) group.add_keys()->set_int64_value(integer);
      group.clear_integer_keys();
      *group.add_keys() = key;
    }
    group.add_counters(handle.counter());
  }

 private:
  v1::GeneratedKeys& GroupOf(uint32_t table, const std::string& writer) {
    // Entities of one table and writer mostly come in a row.
    if (last_ != nullptr && last_->table() == table && last_->writer() == writer) return *last_;
    auto [place, added] = groups_.try_emplace(std::pair(table, writer), nullptr);
    if (added) {
      place->second = result_.add_keys();
      place->second->set_table(table);
      place->second->set_writer(writer);
    }
    return *(last_ = place->second);
  }

  v1::SaveResult& result_;
  absl::flat_hash_map<std::pair<uint32_t, std::string>, v1::GeneratedKeys*> groups_;
  v1::GeneratedKeys* last_ = nullptr;
};

}  // namespace

absl::StatusOr<std::string> EncodeSaveResult(const SaveOutcome& outcome) {
  v1::SaveResult result;
  result.set_inserted(outcome.inserted);
  result.set_updated(outcome.updated);
  result.set_deleted(outcome.deleted);
  KeyGroups groups(result);
  VersionGroups versions(result);
  for (const v1::GeneratedEntity& entity : outcome.generated) {
    if (IsOneHandle(entity)) {
      groups.Add(entity.table(), entity.key(0).handle_value(), entity.generated_key(0));
    } else if (IsOneVersion(entity)) {
      versions.Add(entity);
    } else {
      *result.add_entities() = entity;
    }
  }
  if (result.ByteSizeLong() <= kMaxBytes) return result.SerializeAsString();
  return MakeError(v1::ERROR_REASON_NOT_SUPPORTED,
                   absl::StrCat("the save generates ", outcome.generated.size(), " keys, more than the marker holds (",
                                kMaxBytes >> 20, " MiB); save up to a checkpoint in between"));
}

absl::StatusOr<SaveOutcome> DecodeSaveResult(absl::string_view bytes) {
  const absl::Status damaged = InternalError("the bytes are no result of a save");
  v1::SaveResult result;
  if (!result.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return damaged;
  SaveOutcome outcome;
  outcome.executed = true;
  outcome.inserted = result.inserted();
  outcome.updated = result.updated();
  outcome.deleted = result.deleted();
  if (outcome.inserted + outcome.updated + outcome.deleted == 0) return damaged;
  for (v1::GeneratedKeys& group : *result.mutable_keys()) {
    const bool integers = group.keys().empty();
    if ((integers ? group.integer_keys_size() : group.keys_size()) != group.counters_size() || group.writer().empty())
      return damaged;
    for (int i = 0; i < group.counters_size(); ++i) {
      v1::GeneratedEntity& entity = outcome.generated.emplace_back();
      entity.set_table(group.table());
      v1::Handle& handle = *entity.add_key()->mutable_handle_value();
      handle.set_writer(group.writer());
      handle.set_counter(group.counters(i));
      if (integers) {
        entity.add_generated_key()->set_int64_value(group.integer_keys(i));
      } else {
        *entity.add_generated_key() = std::move(*group.mutable_keys(i));
      }
    }
  }
  for (const v1::GeneratedVersions& group : result.versions()) {
    if (group.versions_size() != group.integer_keys_size()) return damaged;
    if (!group.replaced().empty() && group.replaced_size() != group.versions_size()) return damaged;
    for (int i = 0; i < group.versions_size(); ++i) {
      v1::GeneratedEntity& entity = outcome.generated.emplace_back();
      entity.set_table(group.table());
      entity.add_key()->set_int64_value(group.integer_keys(i));
      entity.add_generated_key()->set_int64_value(group.integer_keys(i));
      v1::Field& field = *entity.add_fields();
      field.set_column(group.column());
      field.mutable_value()->set_int64_value(group.versions(i));
      if (!group.replaced().empty()) field.mutable_old()->set_int64_value(group.replaced(i));
    }
  }
  for (v1::GeneratedEntity& entity : *result.mutable_entities()) outcome.generated.push_back(std::move(entity));
  return outcome;
}

}  // namespace uow
