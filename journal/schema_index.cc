#include "journal/schema_index.h"

#include <openssl/evp.h>

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "journal/errors.h"
#include "journal/schema_check.h"
#include "journal/text.h"

namespace uow {
namespace {

constexpr uint32_t kAmbiguous = std::numeric_limits<uint32_t>::max();
constexpr size_t kMaxNameBytes = 255;

absl::StatusOr<std::string> HashOf(const v1::Schema& schema) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream sink(&bytes);
    google::protobuf::io::CodedOutputStream coded(&sink);
    coded.SetSerializationDeterministic(true);
    schema.SerializeWithCachedSizes(&coded);
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr) != 1) {
    return InternalError("OpenSSL can't compute SHA-256");
  }
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), length));
}

void AddName(absl::flat_hash_map<std::string, uint32_t>& names, const std::string& name, uint32_t table) {
  auto [it, added] = names.try_emplace(name, table);
  if (!added) it->second = kAmbiguous;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const SchemaIndex>> SchemaIndex::Create(v1::Schema schema) {
  UOW_RETURN_IF_ERROR(CheckSchema(schema));
  // SerializeWithCachedSizes wants the sizes computed.
  schema.ByteSizeLong();
  std::shared_ptr<SchemaIndex> index(new SchemaIndex);
  UOW_ASSIGN_OR_RETURN(index->id_, HashOf(schema));
  index->schema_ = std::move(schema);

  // A table's full name always finds it, so that a table without a namespace can be named where others share its name.
  absl::flat_hash_map<std::string, uint32_t> bare_names;
  for (const v1::Table& table : index->schema_.tables()) {
    uint32_t position = index->tables_.size();
    AddName(index->by_name_, index->TableLabel(position), position);
    if (!table.namespace_().empty()) AddName(bare_names, table.name(), position);

    TableIndex& entry = index->tables_.emplace_back();
    entry.key_position.assign(table.columns_size(), -1);
    entry.accepts_handle.assign(table.columns_size(), false);
    entry.in_foreign_key.assign(table.columns_size(), false);
    for (int i = 0; i < table.columns_size(); ++i) entry.columns.emplace(table.columns(i).name(), i);
    for (int i = 0; i < table.primary_key_size(); ++i) {
      uint32_t column = table.primary_key(i);
      entry.key_position[column] = i;
      entry.accepts_handle[column] = table.columns(column).generation() == v1::GENERATION_KEY;
    }
    for (int i = 0; i < table.columns_size(); ++i) {
      const v1::Column& column = table.columns(i);
      bool filled_in = column.nullable() || column.has_default() || column.generation() != v1::GENERATION_UNSPECIFIED;
      if (column.version()) entry.version_column = i;
      if (!filled_in && !column.version() && entry.key_position[i] < 0) entry.required_columns.push_back(i);
    }
    for (const v1::ForeignKey& fk : table.foreign_keys()) {
      for (uint32_t column : fk.columns()) entry.accepts_handle[column] = entry.in_foreign_key[column] = true;
    }
  }
  for (auto& [name, position] : bare_names) index->by_name_.try_emplace(name, position);
  return index;
}

absl::StatusOr<uint32_t> SchemaIndex::FindTable(absl::string_view name) const {
  auto it = by_name_.find(name);
  if (it == by_name_.end()) {
    return MakeError(v1::ERROR_REASON_TABLE_NOT_FOUND, absl::StrCat("the session's schema has no table ", Quoted(name)));
  }
  if (it->second == kAmbiguous) {
    return MakeError(v1::ERROR_REASON_TABLE_NOT_FOUND, absl::StrCat("several tables of the schema are named ", Quoted(name),
                                                                    "; say \"namespace.name\" or use the table's position"));
  }
  return it->second;
}

absl::StatusOr<uint32_t> SchemaIndex::FindColumn(uint32_t table, absl::string_view name) const {
  const TableIndex& entry = tables_[table];
  auto it = entry.columns.find(name);
  if (it != entry.columns.end()) return it->second;
  v1::ErrorDetail detail;
  detail.add_entities()->set_namespace_(schema_.tables(table).namespace_());
  detail.mutable_entities(0)->set_table(schema_.tables(table).name());
  detail.add_columns(std::string(ClipText(name, kMaxNameBytes)));
  return MakeError(v1::ERROR_REASON_COLUMN_NOT_FOUND,
                   absl::StrCat("table \"", TableLabel(table), "\" has no column ", Quoted(name)), detail);
}

std::string SchemaIndex::TableLabel(uint32_t table) const {
  const v1::Table& entry = schema_.tables(table);
  return entry.namespace_().empty() ? entry.name() : absl::StrCat(entry.namespace_(), ".", entry.name());
}

}  // namespace uow
