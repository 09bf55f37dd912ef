#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "adapters/adapter_conformance.h"
#include "gmock/gmock.h"
#include "journal/canonical.h"

namespace uow {

void AdapterConformance::SetUp() { StartAfresh(); }

void AdapterConformance::StartAfresh() {
  executed_save_id_.clear();
  target_.reset();
  database_.reset();
  database_ = GetParam().make_database();
  absl::StatusOr<std::unique_ptr<Target>> target = database_->MakeTarget();
  ASSERT_TRUE(target.ok()) << target.status();
  target_ = std::move(*target);
}

std::string AdapterConformance::Spell(const std::string& sql) const {
  std::string spelled =
      absl::StrReplaceAll(sql, {{"{key}", database_->GeneratedKey()}, {"{text_key}", database_->GeneratedTextKey()}});
  std::string quoted;
  for (size_t i = 0; i < spelled.size(); ++i) {
    size_t end = spelled[i] == '[' ? spelled.find(']', i) : std::string::npos;
    if (end == std::string::npos) {
      quoted += spelled[i];
    } else {
      quoted += database_->Quote(spelled.substr(i + 1, end - i - 1));
      i = end;
    }
  }
  return quoted;
}

void AdapterConformance::Execute(const std::string& sql) { database_->Execute(Spell(sql)); }
std::vector<std::string> AdapterConformance::Query(const std::string& sql) { return database_->Query(Spell(sql)); }

void AdapterConformance::CreateTables(const std::string& ddl) {
  Execute(ddl);
  absl::StatusOr<TargetDescription> description = target_->Describe();
  ASSERT_TRUE(description.ok()) << description.status();
  description_ = *description;
  absl::StatusOr<SchemaRef> schema = SchemaIndex::Create(description_.schema);
  ASSERT_TRUE(schema.ok()) << schema.status();
  schema_ = *schema;
}

void AdapterConformance::Redeclare(const std::function<void(v1::Schema&)>& change) {
  change(description_.schema);
  absl::StatusOr<SchemaRef> schema = SchemaIndex::Create(description_.schema);
  ASSERT_TRUE(schema.ok()) << schema.status();
  schema_ = *schema;
}

const v1::Table& AdapterConformance::TableNamed(const std::string& name) {
  for (const v1::Table& table : description_.schema.tables()) {
    if (table.name() == name) return table;
  }
  ADD_FAILURE() << "the catalog has no table " << name;
  static const v1::Table kNone;
  return kNone;
}

v1::NetChange AdapterConformance::Change(v1::ChangeKind kind, const std::string& table, Key key, const Fields& fields, bool old) {
  v1::NetChange change;
  change.set_kind(kind);
  const v1::Table& definition = TableNamed(table);
  for (uint32_t t = 0; t < schema_->table_count(); ++t) {
    if (schema_->table(t).name() == table) change.set_table(t);
  }
  for (size_t k = 0; k < key.size(); ++k) {
    v1::Value& value = *change.add_key();
    value = std::move(key[k]);
    absl::Status status = Canonicalize(definition.columns(definition.primary_key(k)).type(), value);
    EXPECT_TRUE(status.ok()) << status;
  }
  for (const auto& [name, value] : fields) {
    v1::Field& field = *change.add_fields();
    auto column = std::find_if(definition.columns().begin(), definition.columns().end(),
                               [&name = name](const v1::Column& c) { return c.name() == name; });
    if (column == definition.columns().end()) {
      ADD_FAILURE() << "table " << table << " has no column " << name;
      continue;
    }
    field.set_column(column - definition.columns().begin());
    v1::Value& given = old ? *field.mutable_old() : *field.mutable_value();
    given = value;
    absl::Status status = Canonicalize(column->type(), given);
    EXPECT_TRUE(status.ok()) << status;
  }
  std::sort(change.mutable_fields()->begin(), change.mutable_fields()->end(),
            [](const v1::Field& a, const v1::Field& b) { return a.column() < b.column(); });
  change.set_first_offset(offset_);
  change.set_last_offset(offset_++);
  return change;
}

v1::NetChange AdapterConformance::Insert(const std::string& table, Key key, const Fields& fields) {
  return Change(v1::CHANGE_KIND_INSERT, table, std::move(key), fields, false);
}
v1::NetChange AdapterConformance::Update(const std::string& table, Key key, const Fields& fields) {
  return Change(v1::CHANGE_KIND_UPDATE, table, std::move(key), fields, false);
}
v1::NetChange AdapterConformance::Delete(const std::string& table, Key key, const Fields& old) {
  return Change(v1::CHANGE_KIND_DELETE, table, std::move(key), old, true);
}
v1::NetChange AdapterConformance::Replace(const std::string& table, Key key, const Fields& fields) {
  return Change(v1::CHANGE_KIND_REPLACE, table, std::move(key), fields, false);
}

SaveIntent AdapterConformance::NextIntent() {
  SaveIntent intent;
  intent.attempt = ++attempt_;
  intent.save_id = absl::StrCat("save-", attempt_);
  intent.to = offset_;
  intent.executed_save_id = executed_save_id_;
  return intent;
}

absl::StatusOr<SaveOutcome> AdapterConformance::Save(const std::vector<v1::NetChange>& changes) {
  return Save(NextIntent(), changes);
}

absl::StatusOr<SaveOutcome> AdapterConformance::Save(const SaveIntent& intent, const std::vector<v1::NetChange>& changes,
                                                     std::function<void(const v1::SaveProgress&)> on_progress) {
  SaveTask task;
  task.session = SessionId::Parse(session_).value();
  task.intent = intent;
  task.schema = schema_;
  task.changes = &changes;
  task.transaction = transaction_;
  task.on_progress = std::move(on_progress);
  absl::StatusOr<SaveOutcome> outcome = RunSave(*target_, task);
  if (outcome.ok() && outcome->executed) executed_save_id_ = intent.save_id;
  return outcome;
}

}  // namespace uow
