#include "tests/crash/workload.h"

#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"

namespace uow::crash {
namespace {

// Enough to have something to change, few enough that deletes and changes of the same row are frequent.
constexpr size_t kMostEntities = 60;

void SetText(v1::Event& event, uint32_t column, const std::string& text) {
  v1::Field& field = *event.add_fields();
  field.set_column(column);
  field.mutable_value()->set_text_value(text);
}

void SetNote(v1::Value& value, const std::optional<std::string>& note) {
  if (note.has_value()) {
    value.set_text_value(*note);
  } else {
    value.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
  }
}

}  // namespace

v1::AppendEvents Workload::NextAppend(int most) {
  v1::AppendEvents append;
  int wanted = 1 + static_cast<int>(random_() % most);
  while (append.events_size() < wanted) AddEvents(append);
  return append;
}

void Workload::AddEvents(v1::AppendEvents& append) {
  const EntityName* account = Pick(kAccount);
  const EntityName* entry = Pick(kEntry);
  bool room = state_.entities().size() < kMostEntities;
  if (account == nullptr || (room && Chance(10))) return Create(append, kAccount);
  if (entry == nullptr || (room && Chance(35))) return Create(append, kEntry);
  if (Chance(room ? 6 : 30)) return Delete(append, Chance(room ? 15 : 40) ? *account : *entry);
  Update(append, Chance(30) ? *account : *entry);
}

void Workload::Create(v1::AppendEvents& append, uint32_t table) {
  const EntityName* account = table == kEntry ? Pick(kAccount) : nullptr;
  v1::Event& event = *append.add_events();
  event.set_kind(v1::EVENT_KIND_CREATED);
  event.set_table(table);
  event.add_key()->mutable_handle_value()->set_counter(++log_.handles);
  SetText(event, kSession, session_.tag);
  SetText(event, kBusinessId, absl::StrCat(session_.tag, "/", log_.id, "/", log_.handles));
  v1::Field& count = *event.add_fields();
  count.set_column(kCount);
  count.mutable_value()->set_int64_value(++serial_);
  if (Chance(50)) SetText(event, kNote, absl::StrCat("it's \"", serial_, "\""));
  if (account != nullptr) {
    v1::Field& field = *event.add_fields();
    field.set_column(kAccountId);
    Refer(*account, *field.mutable_value());
  }
  Take(event);
}

void Workload::Update(v1::AppendEvents& append, const EntityName& name) {
  const Entity& before = state_.entities().at(name);
  v1::Event& event = *append.add_events();
  event.set_kind(v1::EVENT_KIND_UPDATED);
  event.set_table(before.table);
  Refer(name, *event.add_key());
  v1::Field& count = *event.add_fields();
  count.set_column(kCount);
  count.mutable_value()->set_int64_value(++serial_);
  if (Chance(50)) count.mutable_old()->set_int64_value(before.count);
  if (Chance(30)) {
    v1::Field& note = *event.add_fields();
    note.set_column(kNote);
    SetNote(*note.mutable_value(), Chance(30) ? std::nullopt : std::optional(absl::StrCat("\\", serial_, " é")));
    if (Chance(50)) SetNote(*note.mutable_old(), before.note);
  }
  if (before.table == kEntry && Chance(10)) {
    v1::Field& account = *event.add_fields();
    account.set_column(kAccountId);
    Refer(*Pick(kAccount), *account.mutable_value());
  }
  Take(event);
}

void Workload::Delete(v1::AppendEvents& append, const EntityName& name) {
  std::vector<EntityName> doomed;
  for (const auto& [other, entity] : state_.entities()) {
    if (entity.table == kEntry && entity.account == name) doomed.push_back(other);
  }
  doomed.push_back(name);
  for (const EntityName& each : doomed) {
    v1::Event& event = *append.add_events();
    event.set_kind(v1::EVENT_KIND_DELETED);
    event.set_table(state_.entities().at(each).table);
    Refer(each, *event.add_key());
    Take(event);
  }
}

void Workload::Take(const v1::Event& event) {
  MutexLock lock(session_.mutex);
  // Events are made from the state, so that they always fit it.
  (void)state_.Apply(log_.id, event, session_.keys);
}

const EntityName* Workload::Pick(uint32_t table) {
  std::vector<const EntityName*> names;
  for (const auto& [name, entity] : state_.entities()) {
    if (entity.table == table) names.push_back(&name);
  }
  return names.empty() ? nullptr : names[random_() % names.size()];
}

void Workload::Refer(const EntityName& name, v1::Value& value) {
  std::optional<int64_t> key;
  if (Chance(50)) {
    MutexLock lock(session_.mutex);
    key = session_.keys.KeyOf(name);
  }
  if (key.has_value()) {
    value.set_int64_value(*key);
    return;
  }
  value.mutable_handle_value()->set_counter(name.second);
  if (Chance(30)) value.mutable_handle_value()->set_writer(name.first);
}

}  // namespace uow::crash
