#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/random_journal.h"
#include "adapters/random_model.h"
#include "adapters/random_schema.h"
#include "journal/schema_index.h"
#include "uow/v1/event.pb.h"
#include "uow/v1/journal_service.pb.h"

namespace uow::test {

// One thing that a client does; the numbers choose among what is possible then.
struct RandomStep {
  uint32_t what = 0, a = 0, b = 0, c = 0;
};

// A client's session over random tables, beside a model that applies its changes one by one.
class RandomSession {
 public:
  // With a journal, what is saved is read back from it.
  RandomSession(const RandomSchema& random, SchemaRef schema, RandomJournal* journal = nullptr);

  // Saves events: given the range's events and its first offset.
  struct Range {
    uint64_t from = 0;
    std::vector<v1::Event> events;
  };
  // Does one step, unless it isn't possible now. True where a save is due.
  bool Do(const RandomStep& step);
  // Rolls back to the last offset at which all constraints hold, and saves at most that: what is to be saved, or nothing.
  std::optional<Range> BeginSave(uint32_t choice);
  // Whether no plan can know the right order of what is being saved: a row takes unique values that only a cascade of a later event
  // frees, through rows which no event names; or such a cascade comes from a row that was changed before it was replaced; or a row
  // got another key, which rows that no event had named yet followed, and was deleted.
  bool KnowsTooLittle() const;
  // Whether a row is deleted, by an event or a cascade, that others refer to without an action: some databases refuse that at once.
  bool DeletesWhatIsReferredTo() const;
  // The save was committed with these keys; or it was refused, and all that isn't saved is rolled back.
  void EndSave(const std::map<uint64_t, int64_t>& generated);
  void Refuse();

  // The database as it must be now.
  const Model& saved() const { return models_.at(saved_); }
  const std::map<uint64_t, int64_t>& resolved() const { return resolved_; }
  std::map<std::string, uint64_t>& counts() { return counts_; }

 private:
  void Record(v1::Event event);
  size_t TableOf(const v1::Event& event) const {
    return static_cast<size_t>(std::find(tables_.begin(), tables_.end(), event.table()) - tables_.begin());
  }
  void RollBack(uint64_t offset);
  bool Create(const RandomStep& step);
  bool Update(const RandomStep& step);
  bool Delete(const RandomStep& step);
  // Deletes a row and creates it again.
  bool Recreate(const RandomStep& step);
  bool ChangeKey(const RandomStep& step);
  bool Swap(const RandomStep& step);
  // Puts a new row in the place of another, with its unique values and the rows that refer to it.
  bool Supplant(const RandomStep& step);
  // Lets two rows of a table refer to one another; or deletes two of which one refers to the other.
  bool Entangle(const RandomStep& step);
  bool DeleteRow(size_t table, const Row& row);

  // Notes rows of the range to be saved that a delete takes by a cascade through rows which no event names. Who doesn't know that
  // they are gone, won't create them again.
  void NoteVanished(const std::vector<std::pair<size_t, Row>>& removed);
  bool HasVanished(size_t table, const Row& key) const;
  // The rows that events not yet saved name.
  std::set<std::pair<size_t, Row>> NamedRows(uint64_t to) const;

  // A row of the table, or nothing.
  const Row* Pick(size_t table, uint32_t choice) const;
  // One that others refer to, where there is one.
  const Row* PickReferredTo(size_t table, uint32_t choice) const;
  // The rows of a table that refer to a key.
  static std::vector<Row> Referring(const Model& model, size_t table, const RandomReference& reference, const Row& key);
  Row KeyOf(size_t table, const Row& row) const {
    return Row(row.begin(), row.begin() + static_cast<int64_t>(random_.tables[table].key_columns()));
  }
  // A key that no row has: a handle, or far from those that the database chooses; nothing where all are taken.
  std::optional<Row> NewKey(size_t table, const RandomStep& step);
  v1::Event CreatedEvent(size_t table, const Row& row) const;
  // What a reference may hold: the key of a row, or NULLs; nothing where neither is possible.
  std::optional<Row> Parent(size_t table, const RandomReference& reference, uint32_t choice, const Row* self) const;
  v1::Event Start(v1::EventKind kind, size_t table, const Row& row) const;
  void Observe(size_t table, const Row& row);
  void Set(size_t table, const Row& row, const std::vector<std::pair<size_t, Cell>>& values);

  const RandomSchema& random_;
  const SchemaRef schema_;
  std::vector<uint32_t> tables_;                // positions in the schema
  std::vector<std::vector<uint32_t>> columns_;  // by table and column
  RandomJournal* const journal_;
  std::vector<v1::Event> events_;
  std::vector<Model> models_;  // after each number of events
  std::vector<uint64_t> checkpoints_;
  std::vector<std::pair<uint64_t, std::pair<size_t, Row>>> vanished_;  // with the offset after the delete
  uint64_t saved_ = 0, saving_ = 0;
  uint64_t handles_ = 0;
  int64_t far_ = 0;
  std::map<uint64_t, int64_t> resolved_;
  std::map<std::string, uint64_t> counts_;
};

}  // namespace uow::test
