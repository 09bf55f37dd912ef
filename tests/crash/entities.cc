#include "tests/crash/entities.h"

#include "absl/strings/str_cat.h"

namespace uow::crash {
namespace {

void AddColumn(v1::Table& table, const std::string& name, v1::Type::Kind kind, bool nullable) {
  v1::Column& column = *table.add_columns();
  column.set_name(name);
  column.mutable_type()->set_kind(kind);
  column.set_nullable(nullable);
}

v1::Table CommonTable(const std::string& name) {
  v1::Table table;
  table.set_name(name);
  AddColumn(table, "id", v1::Type::KIND_INT64, false);
  AddColumn(table, "session", v1::Type::KIND_TEXT, false);
  AddColumn(table, "business_id", v1::Type::KIND_TEXT, false);
  AddColumn(table, "count", v1::Type::KIND_INT64, false);
  AddColumn(table, "note", v1::Type::KIND_TEXT, true);
  table.mutable_columns(kId)->set_generation(v1::GENERATION_KEY);
  table.mutable_columns(kId)->set_has_default(true);
  table.add_primary_key(kId);
  return table;
}

}  // namespace

v1::Schema TestSchema() {
  v1::Schema schema;
  *schema.add_tables() = CommonTable("account");
  v1::Table& entry = *schema.add_tables();
  entry = CommonTable("entry");
  AddColumn(entry, "account_id", v1::Type::KIND_INT64, false);
  v1::ForeignKey& key = *entry.add_foreign_keys();
  key.set_name("entry_account");
  key.add_columns(kAccountId);
  key.set_referenced_table(kAccount);
  key.add_referenced_columns(kId);
  return schema;
}

bool KeyBook::Add(uint32_t table, const EntityName& name, int64_t key) {
  auto by_name = keys_.emplace(name, key).first;
  auto by_key = names_.emplace(std::pair(table, key), name).first;
  return by_name->second == key && by_key->second == name;
}

std::optional<int64_t> KeyBook::KeyOf(const EntityName& name) const {
  auto it = keys_.find(name);
  if (it == keys_.end()) return std::nullopt;
  return it->second;
}

const EntityName* KeyBook::NameOf(uint32_t table, int64_t key) const {
  auto it = names_.find({table, key});
  return it == names_.end() ? nullptr : &it->second;
}

std::optional<EntityName> EntitySet::NameIn(const std::string& writer, uint32_t table, const v1::Value& value,
                                            const KeyBook& keys) const {
  if (value.kind_case() == v1::Value::kHandleValue) {
    const v1::Handle& handle = value.handle_value();
    return EntityName(handle.writer().empty() ? writer : handle.writer(), handle.counter());
  }
  const EntityName* name = keys.NameOf(table, value.int64_value());
  return name == nullptr ? std::nullopt : std::optional(*name);
}

std::optional<std::string> EntitySet::Write(const std::string& writer, const v1::Event& event, const KeyBook& keys,
                                            Entity& entity) const {
  for (const v1::Field& field : event.fields()) {
    const v1::Value& value = field.value();
    switch (field.column()) {
      case kSession:
        entity.session = value.text_value();
        break;
      case kBusinessId:
        entity.business_id = value.text_value();
        break;
      case kCount:
        entity.count = value.int64_value();
        break;
      case kNote:
        entity.note = value.kind_case() == v1::Value::kNullValue ? std::nullopt : std::optional(value.text_value());
        break;
      case kAccountId: {
        std::optional<EntityName> account = NameIn(writer, kAccount, value, keys);
        if (!account.has_value() || !entities_.contains(*account))
          return absl::StrCat("unknown account in ", event.ShortDebugString());
        entity.account = *account;
        break;
      }
      default:
        return absl::StrCat("unknown column in ", event.ShortDebugString());
    }
  }
  return std::nullopt;
}

std::optional<std::string> EntitySet::Apply(const std::string& writer, const v1::Event& event, const KeyBook& keys) {
  std::optional<EntityName> name = NameIn(writer, event.table(), event.key(0), keys);
  if (!name.has_value()) return absl::StrCat("unknown key in ", event.ShortDebugString());
  if (event.kind() == v1::EVENT_KIND_CREATED) {
    Entity entity;
    entity.table = event.table();
    if (entities_.contains(*name)) return absl::StrCat("created twice: ", event.ShortDebugString());
    if (std::optional<std::string> wrong = Write(writer, event, keys, entity)) return wrong;
    entities_.emplace(*name, std::move(entity));
    return std::nullopt;
  }
  auto it = entities_.find(*name);
  if (it == entities_.end()) return absl::StrCat("no such entity: ", event.ShortDebugString());
  if (event.kind() == v1::EVENT_KIND_DELETED) {
    entities_.erase(it);
    return std::nullopt;
  }
  return Write(writer, event, keys, it->second);
}

}  // namespace uow::crash
