#include "adapters/random_session.h"

#include <algorithm>
#include <utility>

namespace uow::test {
namespace {

Row CellsOf(const google::protobuf::RepeatedPtrField<v1::Value>& key) {
  Row cells;
  for (const v1::Value& value : key) {
    if (value.has_handle_value()) {
      cells.push_back({Cell::kHandle, static_cast<int64_t>(value.handle_value().counter())});
    } else {
      cells.push_back({Cell::kInteger, value.int64_value()});
    }
  }
  return cells;
}

}  // namespace

RandomSession::RandomSession(const RandomSchema& random, SchemaRef schema, RandomJournal* journal)
    : random_(random), schema_(std::move(schema)), journal_(journal) {
  models_.emplace_back(random);
  for (const RandomTable& table : random.tables) {
    const uint32_t position = *schema_->FindTable(table.name);
    tables_.push_back(position);
    std::vector<uint32_t>& columns = columns_.emplace_back();
    for (const RandomColumn& column : table.columns) columns.push_back(*schema_->FindColumn(position, column.name));
  }
}

bool RandomSession::Do(const RandomStep& step) {
  switch (step.what % 20) {
    case 5:
    case 6:
    case 7:
    case 8:
      Update(step);
      return false;
    case 9:
      Delete(step);
      return false;
    case 10:
      ChangeKey(step);
      return false;
    case 11:
      Swap(step);
      return false;
    case 12:
      checkpoints_.push_back(events_.size());
      return false;
    case 13:
      if (!checkpoints_.empty()) {
        const size_t checkpoint = step.a % checkpoints_.size();
        if (checkpoints_[checkpoint] >= saved_ && checkpoints_[checkpoint] < events_.size()) {
          ++counts_["rollback to a checkpoint"];
          RollBack(checkpoints_[checkpoint]);
        }
      }
      return false;
    case 14:
      return true;
    case 15:
      Recreate(step);
      return false;
    case 16:
    case 17:
      Supplant(step);
      return false;
    case 18:
    case 19:
      Entangle(step);
      return false;
    default:
      Create(step);
      return false;
  }
}

void RandomSession::Record(v1::Event event) {
  events_.push_back(std::move(event));
  models_.push_back(models_.back());
}

void RandomSession::RollBack(uint64_t offset) {
  if (journal_ != nullptr) {
    journal_->Append({events_.begin() + static_cast<int64_t>(journal_->head()), events_.end()});
    journal_->RollBack(offset);
  }
  events_.resize(offset);
  models_.resize(offset + 1, models_[0]);
  std::erase_if(vanished_, [offset](const auto& vanished) { return vanished.first > offset; });
  std::erase_if(checkpoints_, [offset](uint64_t checkpoint) { return checkpoint > offset; });
}

std::optional<RandomSession::Range> RandomSession::BeginSave(uint32_t choice) {
  uint64_t to = events_.size();
  while (to > saved_ && !models_[to].Valid()) --to;
  if (to < events_.size()) {
    ++counts_["rollback of what broke a constraint"];
    RollBack(to);
  }
  if (choice % 3 == 0 && !checkpoints_.empty()) {
    const uint64_t checkpoint = checkpoints_[choice / 3 % checkpoints_.size()];
    if (checkpoint > saved_ && checkpoint < to && models_[checkpoint].Valid()) {
      to = checkpoint;
      ++counts_["partial save"];
    }
  }
  if (to == saved_) return std::nullopt;
  saving_ = to;
  std::vector<v1::Event> events(events_.begin() + static_cast<int64_t>(saved_), events_.end());
  if (journal_ != nullptr) {
    journal_->Append({events_.begin() + static_cast<int64_t>(journal_->head()), events_.end()});
    events = journal_->Read(saved_);
    ++counts_["save of what the journal gave back"];
  }
  events.resize(to - saved_);
  return Range{saved_, std::move(events)};
}

std::set<std::pair<size_t, Row>> RandomSession::NamedRows(uint64_t to) const {
  std::set<std::pair<size_t, Row>> named;
  for (uint64_t offset = saved_; offset < to; ++offset) {
    const size_t table = TableOf(events_[offset]);
    named.emplace(table, CellsOf(events_[offset].key()));
    if (!events_[offset].new_key().empty()) named.emplace(table, CellsOf(events_[offset].new_key()));
  }
  return named;
}

bool RandomSession::KnowsTooLittle() const {
  const std::set<std::pair<size_t, Row>> named = NamedRows(saving_);
  for (uint64_t offset = saved_; offset < saving_; ++offset) {
    const v1::Event& event = events_[offset];
    const size_t table = TableOf(event);
    const Row key = CellsOf(event.new_key().empty() ? event.key() : event.new_key());
    for (const Row& other : models_[offset + 1].SharingUniqueValues(table, key)) {
      if (!named.contains({table, other}) || HasVanished(table, key) || HasVanished(table, other)) return true;
    }
  }
  std::set<std::pair<size_t, Row>> changed, renamed;
  for (uint64_t offset = saved_; offset < saving_; ++offset) {
    const v1::Event& event = events_[offset];
    const std::pair<size_t, Row> row(TableOf(event), CellsOf(event.key()));
    if (event.kind() == v1::EVENT_KIND_UPDATED) changed.insert(row);
    if (!event.new_key().empty()) renamed.emplace(TableOf(event), CellsOf(event.new_key()));
    if (event.kind() == v1::EVENT_KIND_DELETED && renamed.contains(row)) return true;
    const bool cascades = std::any_of(vanished_.begin(), vanished_.end(), [&](const auto& v) { return v.first == offset + 1; });
    if (event.kind() == v1::EVENT_KIND_DELETED && cascades && changed.contains(row)) return true;
  }
  return false;
}

bool RandomSession::DeletesWhatIsReferredTo() const {
  for (uint64_t offset = saved_; offset < saving_; ++offset) {
    if (events_[offset].kind() != v1::EVENT_KIND_DELETED) continue;
    for (size_t table = 0; table < random_.tables.size(); ++table) {
      for (const RandomReference& reference : random_.tables[table].references) {
        if (reference.on_delete != v1::REFERENTIAL_ACTION_UNSPECIFIED) continue;
        for (const auto& [key, row] : models_[offset].rows(reference.parent)) {
          if (models_[offset + 1].Has(reference.parent, key)) continue;
          if (!Referring(models_[offset], table, reference, key).empty()) return true;
        }
      }
    }
  }
  return false;
}

void RandomSession::NoteVanished(const std::vector<std::pair<size_t, Row>>& removed) {
  const std::set<std::pair<size_t, Row>> named = NamedRows(events_.size());
  const bool seen = std::all_of(removed.begin(), removed.end(), [&named](const auto& row) { return named.contains(row); });
  if (seen) return;
  for (const auto& row : removed) vanished_.emplace_back(events_.size(), row);
}

bool RandomSession::HasVanished(size_t table, const Row& key) const {
  return std::any_of(vanished_.begin(), vanished_.end(), [&](const auto& vanished) {
    return vanished.first > saved_ && vanished.second.first == table && vanished.second.second == key;
  });
}

void RandomSession::EndSave(const std::map<uint64_t, int64_t>& generated) {
  resolved_.insert(generated.begin(), generated.end());
  saved_ = saving_;
  for (uint64_t offset = saved_; offset < models_.size(); ++offset) models_[offset].Resolve(resolved_);
}

void RandomSession::Refuse() { RollBack(saved_); }

const Row* RandomSession::Pick(size_t table, uint32_t choice) const {
  const std::map<Row, Row>& rows = models_.back().rows(table);
  if (rows.empty()) return nullptr;
  return &std::next(rows.begin(), static_cast<int64_t>(choice % rows.size()))->second;
}

const Row* RandomSession::PickReferredTo(size_t table, uint32_t choice) const {
  const size_t rows = models_.back().rows(table).size();
  for (uint32_t r = 0; r < rows; ++r) {
    const Row* row = Pick(table, choice % rows + r);
    for (size_t t = 0; t < random_.tables.size(); ++t) {
      for (const RandomReference& reference : random_.tables[t].references) {
        if (reference.parent == table && !Referring(models_.back(), t, reference, KeyOf(table, *row)).empty()) return row;
      }
    }
  }
  return Pick(table, choice);
}

std::optional<Row> RandomSession::Parent(size_t table, const RandomReference& reference, uint32_t choice, const Row* self) const {
  const size_t width = reference.columns.size();
  const bool nullable = random_.tables[table].columns[reference.columns[0]].nullable;
  if (nullable && choice % 4 == 0) return Row(width);
  if (self != nullptr && reference.by_itself && reference.parent == table &&
      (choice % 5 == 0 || models_.back().rows(table).empty())) {
    return Row(self->begin(), self->begin() + static_cast<int64_t>(width));
  }
  const Row* parent = Pick(reference.parent, choice / 4);
  if (parent != nullptr) return Row(parent->begin(), parent->begin() + static_cast<int64_t>(width));
  return nullable ? std::optional(Row(width)) : std::nullopt;
}

v1::Event RandomSession::Start(v1::EventKind kind, size_t table, const Row& row) const {
  v1::Event event;
  event.set_kind(kind);
  event.set_table(tables_[table]);
  for (size_t k = 0; k < random_.tables[table].key_columns(); ++k) *event.add_key() = row[k].ToValue();
  return event;
}

void RandomSession::Observe(size_t table, const Row& row) {
  v1::Event event = Start(v1::EVENT_KIND_OBSERVED, table, row);
  for (size_t c = random_.tables[table].key_columns(); c < row.size(); ++c) {
    v1::Field& field = *event.add_fields();
    field.set_column(columns_[table][c]);
    *field.mutable_value() = row[c].ToValue();
  }
  Record(std::move(event));
}

bool RandomSession::Create(const RandomStep& step) {
  const size_t t = step.a % random_.tables.size();
  const RandomTable& table = random_.tables[t];
  Row row(table.columns.size());
  if (table.key == KeyStyle::kGenerated) {
    // Given keys are far from those that the database chooses.
    row[0] = step.b % 4 != 0 ? Cell{Cell::kHandle, static_cast<int64_t>(handles_ + 1)}
                             : Cell{Cell::kInteger, 1'000'000'000 + 1000 * far_++};
  } else {
    row[0] = {Cell::kInteger, step.b % 6};
    if (table.key == KeyStyle::kComposite) row[1] = {Cell::kInteger, step.c % 4};
  }
  for (size_t c = table.key_columns(); c < row.size(); ++c) {
    const uint32_t choice = step.b / 7 + step.c * static_cast<uint32_t>(c);
    if (!table.columns[c].nullable || choice % 3 != 0) row[c] = {Cell::kInteger, choice % 20};
  }
  for (const RandomReference& reference : table.references) {
    std::optional<Row> parent = Parent(t, reference, step.c, &row);
    if (!parent) return false;
    for (size_t c = 0; c < parent->size(); ++c) row[reference.columns[c]] = (*parent)[c];
  }
  const Row key = KeyOf(t, row);
  if (models_.back().Has(t, key) || HasVanished(t, key)) return false;
  v1::Event event = Start(v1::EVENT_KIND_CREATED, t, row);
  for (size_t c = table.key_columns(); c < row.size(); ++c) {
    if (row[c].kind == Cell::kNull && step.b % 2 == 0) continue;
    v1::Field& field = *event.add_fields();
    field.set_column(columns_[t][c]);
    *field.mutable_value() = row[c].ToValue();
  }
  for (const RandomReference& reference : table.references) {
    if (reference.parent == t && std::equal(reference.columns.begin(), reference.columns.end(), row.begin(),
                                            [&row](size_t column, const Cell& cell) { return row[column] == cell; })) {
      ++counts_["row that refers to itself"];
    }
  }
  if (row[0].kind == Cell::kHandle && table.key == KeyStyle::kGenerated) ++handles_;
  Record(std::move(event));
  models_.back().Create(t, row);
  return true;
}

void RandomSession::Set(size_t table, const Row& row, const std::vector<std::pair<size_t, Cell>>& values) {
  // The model's own row changes.
  const Row before = row;  // NOLINT(performance-unnecessary-copy-initialization)
  Observe(table, before);
  v1::Event event = Start(v1::EVENT_KIND_UPDATED, table, before);
  for (const auto& [column, value] : values) {
    v1::Field& field = *event.add_fields();
    field.set_column(columns_[table][column]);
    *field.mutable_value() = value.ToValue();
    *field.mutable_old() = before[column].ToValue();
  }
  Record(std::move(event));
  const Row key = KeyOf(table, before);
  for (const auto& [column, value] : values) models_.back().Update(table, key, column, value);
}

bool RandomSession::Update(const RandomStep& step) {
  const size_t t = step.a % random_.tables.size();
  const RandomTable& table = random_.tables[t];
  const Row* row = Pick(t, step.b);
  if (row == nullptr) return false;
  const size_t columns = table.columns.size() - table.key_columns();
  const size_t column = table.key_columns() + step.c % columns;
  for (const RandomReference& reference : table.references) {
    if (std::find(reference.columns.begin(), reference.columns.end(), column) == reference.columns.end()) continue;
    std::optional<Row> parent = Parent(t, reference, step.b / 5 + step.c, row);
    if (!parent) return false;
    std::vector<std::pair<size_t, Cell>> values;
    for (size_t c = 0; c < parent->size(); ++c) values.emplace_back(reference.columns[c], (*parent)[c]);
    Set(t, *row, values);
    return true;
  }
  const uint32_t choice = step.c / static_cast<uint32_t>(columns) + step.b;
  Cell value;
  if (!table.columns[column].nullable || choice % 4 != 0) value = {Cell::kInteger, choice % 12};
  Set(t, *row, {{column, value}});
  return true;
}

bool RandomSession::Delete(const RandomStep& step) {
  const size_t t = step.a % random_.tables.size();
  const Row* picked = Pick(t, step.b);
  return picked != nullptr && DeleteRow(t, *picked);
}

bool RandomSession::DeleteRow(size_t table, const Row& picked) {
  // The model's own row goes.
  const Row row = picked;  // NOLINT(performance-unnecessary-copy-initialization)
  Observe(table, row);
  v1::Event event = Start(v1::EVENT_KIND_DELETED, table, row);
  for (size_t c = random_.tables[table].key_columns(); c < row.size(); ++c) {
    v1::Field& field = *event.add_fields();
    field.set_column(columns_[table][c]);
    *field.mutable_old() = row[c].ToValue();
  }
  Record(std::move(event));
  ModelCounts counts;
  models_.back().Delete(table, KeyOf(table, row), counts);
  NoteVanished(counts.removed);
  counts_["ON DELETE CASCADE"] += counts.cascaded_deletes;
  counts_["ON DELETE SET NULL"] += counts.nulled_references;
  return true;
}

v1::Event RandomSession::CreatedEvent(size_t table, const Row& row) const {
  v1::Event event = Start(v1::EVENT_KIND_CREATED, table, row);
  for (size_t c = random_.tables[table].key_columns(); c < row.size(); ++c) {
    v1::Field& field = *event.add_fields();
    field.set_column(columns_[table][c]);
    *field.mutable_value() = row[c].ToValue();
  }
  return event;
}

bool RandomSession::Recreate(const RandomStep& step) {
  const size_t t = step.a % random_.tables.size();
  const Row* picked = Pick(t, step.b);
  if (picked == nullptr || (*picked)[0].kind == Cell::kHandle) return false;
  Row row = *picked;
  // A database that generates the next key after the largest may give that one to another row meanwhile.
  const bool largest = std::none_of(models_.back().rows(t).begin(), models_.back().rows(t).end(), [&row](const auto& other) {
    return other.first[0].kind == Cell::kInteger && other.first[0].number > row[0].number;
  });
  if (random_.tables[t].key == KeyStyle::kGenerated && largest) return false;
  if (!Delete(step)) return false;
  row[random_.tables[t].key_columns()] = {Cell::kInteger, step.c % 12};
  Record(CreatedEvent(t, row));
  models_.back().Create(t, row);
  return true;
}

std::optional<Row> RandomSession::NewKey(size_t table, const RandomStep& step) {
  Row key;
  switch (random_.tables[table].key) {
    case KeyStyle::kGenerated:
      return Row{step.c % 4 != 0 ? Cell{Cell::kHandle, static_cast<int64_t>(++handles_)}
                                 : Cell{Cell::kInteger, 1'000'000'000 + 1000 * far_++}};
    case KeyStyle::kNatural:
      key = {{Cell::kInteger, step.c % 6}};
      break;
    case KeyStyle::kComposite:
      key = {{Cell::kInteger, step.c % 6}, {Cell::kInteger, step.c / 6 % 4}};
      break;
  }
  if (models_.back().Has(table, key) || HasVanished(table, key)) return std::nullopt;
  return key;
}

std::vector<Row> RandomSession::Referring(const Model& model, size_t table, const RandomReference& reference, const Row& key) {
  std::vector<Row> referring;
  for (const auto& [own, row] : model.rows(table)) {
    bool refers = true;
    for (size_t c = 0; c < reference.columns.size(); ++c) refers = refers && row[reference.columns[c]] == key[c];
    if (refers) referring.push_back(row);
  }
  return referring;
}

bool RandomSession::Supplant(const RandomStep& step) {
  const size_t t = step.a % random_.tables.size();
  const Row* picked = PickReferredTo(t, step.b);
  if (picked == nullptr) return false;
  const Row old = *picked;
  for (const RandomReference& reference : random_.tables[t].references) {
    if (reference.columns[0] == 0) return false;  // its key isn't free
  }
  const std::optional<Row> key = NewKey(t, step);
  if (!key) return false;
  Row row = old;
  std::copy(key->begin(), key->end(), row.begin());
  Record(CreatedEvent(t, row));
  models_.back().Create(t, row);
  for (size_t c = 0; c < random_.tables.size(); ++c) {
    for (const RandomReference& reference : random_.tables[c].references) {
      if (reference.parent != t || reference.columns[0] == 0) continue;
      for (const Row& child : Referring(models_.back(), c, reference, KeyOf(t, old))) {
        std::vector<std::pair<size_t, Cell>> values;
        for (size_t k = 0; k < key->size(); ++k) values.emplace_back(reference.columns[k], (*key)[k]);
        Set(c, child, values);
      }
    }
  }
  ++counts_["row that takes another's place"];
  return DeleteRow(t, models_.back().rows(t).at(KeyOf(t, old)));
}

bool RandomSession::Entangle(const RandomStep& step) {
  const size_t t = step.a % random_.tables.size();
  for (const RandomReference& reference : random_.tables[t].references) {
    if (reference.parent != t || reference.columns[0] == 0) continue;
    const Row* first = Pick(t, step.b);
    const Row* second = Pick(t, step.c);
    if (first == nullptr || first == second) return false;
    const Row a = *first, b = *second;
    if (step.b % 2 == 0) {
      for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
        std::vector<std::pair<size_t, Cell>> values;
        for (size_t k = 0; k < reference.columns.size(); ++k) values.emplace_back(reference.columns[k], to[k]);
        Set(t, from, values);
      }
      return true;
    }
    const std::vector<Row> referring = Referring(models_.back(), t, reference, KeyOf(t, a));
    if (referring.empty() || referring[0] == a) return false;
    DeleteRow(t, referring[0]);
    if (models_.back().Has(t, KeyOf(t, a))) DeleteRow(t, models_.back().rows(t).at(KeyOf(t, a)));
    return true;
  }
  return false;
}

bool RandomSession::ChangeKey(const RandomStep& step) {
  const size_t t = step.a % random_.tables.size();
  const RandomTable& table = random_.tables[t];
  const Row* picked = Pick(t, step.b);
  if (picked == nullptr) return false;
  const Row row = *picked;
  const Row key = KeyOf(t, row);
  Row next = key;
  if (table.key == KeyStyle::kGenerated) {
    if (key[0].kind == Cell::kHandle) return false;
    next[0].number = 2'000'000'000 + 1000 * far_++;
  } else if (table.key == KeyStyle::kNatural) {
    next[0].number = step.c % 6;
  } else {
    next[1].number = step.c % 4;
    const bool refers = std::any_of(table.references.begin(), table.references.end(),
                                    [](const RandomReference& reference) { return reference.columns[0] == 0; });
    if (!refers) next[0].number = step.c / 4 % 6;
  }
  if (models_.back().Has(t, next) || HasVanished(t, next)) return false;
  ModelCounts counts;
  Model after = models_.back();
  if (!after.ChangeKey(t, key, next, counts)) return false;
  Observe(t, row);
  v1::Event event = Start(v1::EVENT_KIND_UPDATED, t, row);
  for (const Cell& cell : next) *event.add_new_key() = cell.ToValue();
  Record(std::move(event));
  models_.back() = std::move(after);
  ++counts_["key change"];
  counts_["ON UPDATE CASCADE"] += counts.cascaded_updates;
  return true;
}

bool RandomSession::Swap(const RandomStep& step) {
  const size_t t = step.a % random_.tables.size();
  const RandomTable& table = random_.tables[t];
  const size_t column = table.key_columns() + 1;  // "u"
  const Row* first = Pick(t, step.b);
  const Row* second = Pick(t, step.c);
  if (first == nullptr || first == second || (*first)[column] == (*second)[column]) return false;
  const Row a = *first, b = *second;
  ++counts_[table.columns[column].nullable ? "swap of a nullable unique value" : "swap of a unique value that can't be NULL"];
  Set(t, a, {{column, b[column]}});
  Set(t, b, {{column, a[column]}});
  return true;
}

}  // namespace uow::test
