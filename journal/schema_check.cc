#include "journal/schema_check.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "journal/errors.h"
#include "journal/text.h"

namespace uow {
namespace {

constexpr int kMaxTables = 4096;
constexpr int kMaxColumns = 2000;
constexpr size_t kMaxNameBytes = 255;

// Makes errors that name a table and maybe a column of it.
class Place {
 public:
  Place(const v1::Table& table, int position) : table_(table), position_(position) {}

  absl::Status Invalid(absl::string_view what) const { return Error(v1::ERROR_REASON_SCHEMA_INVALID, what, nullptr); }
  absl::Status Invalid(const v1::Column& column, absl::string_view what) const {
    return Error(v1::ERROR_REASON_SCHEMA_INVALID, what, &column);
  }

 private:
  absl::Status Error(v1::ErrorReason reason, absl::string_view what, const v1::Column* column) const {
    v1::ErrorDetail detail;
    v1::EntityRef& entity = *detail.add_entities();
    entity.set_namespace_(std::string(ClipText(table_.namespace_(), kMaxNameBytes)));
    entity.set_table(std::string(ClipText(table_.name(), kMaxNameBytes)));
    std::string where = absl::StrCat("table ", position_, " ", Quoted(table_.name()));
    if (column != nullptr) {
      detail.add_columns(std::string(ClipText(column->name(), kMaxNameBytes)));
      absl::StrAppend(&where, ", column ", Quoted(column->name()));
    }
    return MakeError(reason, absl::StrCat(where, ": ", what), detail);
  }

  const v1::Table& table_;
  const int position_;
};

// What is wrong with a name, or "".
std::string NameFault(absl::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kMaxNameBytes) return absl::StrCat("is longer than ", kMaxNameBytes, " bytes");
  if (absl::StrContains(name, absl::string_view("\0", 1))) return "contains a NUL";
  return "";
}

std::string TypeFault(const v1::Type& type, bool element) {
  if (type.kind() == v1::Type::KIND_UNSPECIFIED || !v1::Type::Kind_IsValid(type.kind())) {
    return absl::StrCat("its type has no kind that this server knows (", static_cast<int>(type.kind()), ")");
  }
  absl::string_view kind = KindName(type.kind());
  if (type.kind() == v1::Type::KIND_ARRAY) {
    if (element) return "an array's element type is an array; give the type of the innermost elements";
    if (!type.has_element()) return "an ARRAY needs the type of its elements";
    std::string fault = TypeFault(type.element(), true);
    return fault.empty() ? "" : absl::StrCat("element of the array: ", fault);
  }
  if (type.has_element()) return absl::StrCat(kind, " has no element type; only ARRAY has one");
  if (type.kind() == v1::Type::KIND_DECIMAL) {
    if (type.precision() != 0 && type.scale() > type.precision()) {
      return absl::StrCat("DECIMAL has scale ", type.scale(), " above its precision ", type.precision());
    }
  } else if (type.precision() != 0 || type.scale() != 0) {
    return absl::StrCat(kind, " has no precision and scale; only DECIMAL has them");
  }
  if (type.kind() != v1::Type::KIND_ENUM && type.enum_values_size() > 0)
    return absl::StrCat(kind, " has no labels; only ENUM has them");
  absl::flat_hash_set<absl::string_view> labels;
  for (const std::string& label : type.enum_values()) {
    if (!labels.insert(label).second) return absl::StrCat("ENUM has the label ", Quoted(label), " twice");
  }
  if (type.kind() == v1::Type::KIND_OTHER || !type.name().empty()) {
    std::string fault = NameFault(type.name());
    if (!fault.empty()) return absl::StrCat("the name of its ", kind, " type ", fault);
  }
  if (!type.namespace_().empty()) {
    std::string fault = NameFault(type.namespace_());
    if (!fault.empty()) return absl::StrCat("the namespace of its ", kind, " type ", fault);
  }
  return "";
}

absl::Status CheckColumns(const v1::Table& table, const Place& place) {
  if (table.columns_size() > kMaxColumns) return place.Invalid(absl::StrCat("has more than ", kMaxColumns, " columns"));
  absl::flat_hash_set<absl::string_view> names;
  for (const v1::Column& column : table.columns()) {
    std::string fault = NameFault(column.name());
    if (!fault.empty()) return place.Invalid(column, absl::StrCat("the column's name ", fault));
    if (!names.insert(column.name()).second) return place.Invalid(column, "two columns have this name");
    fault = TypeFault(column.type(), false);
    if (!fault.empty()) return place.Invalid(column, fault);
    if (!v1::Generation_IsValid(column.generation())) {
      return place.Invalid(column, absl::StrCat("unknown generation ", static_cast<int>(column.generation())));
    }
  }
  return absl::OkStatus();
}

// Whether something moves a version column of the kind: the save by counting or by the clock, or the database.
bool CanBeVersion(const v1::Column& column) {
  switch (column.type().kind()) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
    case v1::Type::KIND_UINT64:
    case v1::Type::KIND_TIMESTAMP:
    case v1::Type::KIND_TIMESTAMPTZ:
    case v1::Type::KIND_BYTES:
    case v1::Type::KIND_UUID:
    case v1::Type::KIND_TEXT:
    case v1::Type::KIND_OTHER:
      return true;
    default:
      return false;
  }
}

absl::Status CheckConcurrency(const v1::Table& table, const Place& place) {
  if (!v1::Concurrency_IsValid(table.concurrency())) {
    return place.Invalid(absl::StrCat("unknown concurrency ", static_cast<int>(table.concurrency())));
  }
  const v1::Column* version = nullptr;
  for (int i = 0; i < table.columns_size(); ++i) {
    const v1::Column& column = table.columns(i);
    if (!column.version()) continue;
    if (version != nullptr) {
      return place.Invalid(column,
                           absl::StrCat("a second version column, after ", Quoted(version->name()), "; a table has at most one"));
    }
    version = &column;
    if (std::find(table.primary_key().begin(), table.primary_key().end(), i) != table.primary_key().end()) {
      return place.Invalid(column, "a version column can't be part of the primary key");
    }
    if (!CanBeVersion(column)) {
      return place.Invalid(column,
                           absl::StrCat(KindName(column.type().kind()),
                                        " can't be a version; use an integer, a timestamp, or a token (BYTES, UUID, TEXT, OTHER)"));
    }
  }
  const bool wants_version = table.concurrency() == v1::CONCURRENCY_VERSION;
  if (wants_version && version == nullptr)
    return place.Invalid("CONCURRENCY_VERSION needs a version column; mark it with `version`");
  if (version != nullptr && !wants_version && table.concurrency() != v1::CONCURRENCY_UNSPECIFIED) {
    return place.Invalid(*version, "a table with a version column has CONCURRENCY_VERSION; leave `version` out for another one");
  }
  return absl::OkStatus();
}

// What is wrong with a list of column positions, or "".
std::string PositionsFault(const v1::Table& table, const google::protobuf::RepeatedField<uint32_t>& positions) {
  if (positions.empty()) return "has no columns";
  absl::flat_hash_set<uint32_t> seen;
  for (uint32_t position : positions) {
    if (position >= static_cast<uint32_t>(table.columns_size())) {
      return absl::StrCat("names column ", position, ", but the table has ", table.columns_size(), " columns");
    }
    if (!seen.insert(position).second) return absl::StrCat("names column ", Quoted(table.columns(position).name()), " twice");
  }
  return "";
}

absl::Status CheckKey(const v1::Table& table, const Place& place) {
  if (table.primary_key().empty()) return place.Invalid("has no primary key; a session can only change rows that have one");
  std::string fault = PositionsFault(table, table.primary_key());
  if (!fault.empty()) return place.Invalid(absl::StrCat("the primary key ", fault));
  for (uint32_t position : table.primary_key()) {
    const v1::Column& column = table.columns(position);
    if (column.nullable()) return place.Invalid(column, "a primary key column can't be nullable");
    if (column.generation() == v1::GENERATION_COMPUTED) return place.Invalid(column, "a primary key column can't be computed");
  }
  return absl::OkStatus();
}

// Kinds whose values can be equal to one another have one representative. Databases let a foreign key cross kinds within these.
v1::Type::Kind Family(v1::Type::Kind kind) {
  switch (kind) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_UINT64:
    case v1::Type::KIND_DECIMAL:
      return v1::Type::KIND_INT64;
    case v1::Type::KIND_FLOAT:
      return v1::Type::KIND_DOUBLE;
    // All of them text_value: char(n) and varchar, text and citext.
    case v1::Type::KIND_OTHER:
    case v1::Type::KIND_ENUM:
    case v1::Type::KIND_UUID:
      return v1::Type::KIND_TEXT;
    case v1::Type::KIND_DATE:
    case v1::Type::KIND_TIMESTAMPTZ:
      return v1::Type::KIND_TIMESTAMP;
    default:
      return kind;
  }
}

std::string ForeignKeyLabel(const v1::Table& table, int i) {
  const std::string& name = table.foreign_keys(i).name();
  return absl::StrCat("foreign key ", i, name.empty() ? "" : absl::StrCat(" ", Quoted(name)));
}

absl::Status CheckForeignKey(const v1::Schema& schema, const v1::Table& table, const v1::ForeignKey& fk, const std::string& label,
                             const Place& place) {
  std::string fault = PositionsFault(table, fk.columns());
  if (!fault.empty()) return place.Invalid(absl::StrCat(label, " ", fault));
  if (fk.referenced_table() >= static_cast<uint32_t>(schema.tables_size())) {
    return place.Invalid(
        absl::StrCat(label, " refers to table ", fk.referenced_table(), ", but the schema has ", schema.tables_size(), " tables"));
  }
  const v1::Table& referenced = schema.tables(fk.referenced_table());
  fault = PositionsFault(referenced, fk.referenced_columns());
  if (!fault.empty()) return place.Invalid(absl::StrCat(label, ": the side referred to, ", Quoted(referenced.name()), ", ", fault));
  if (fk.columns_size() != fk.referenced_columns_size()) {
    return place.Invalid(absl::StrCat(label, " has ", fk.columns_size(), " columns but refers to ", fk.referenced_columns_size()));
  }
  for (int i = 0; i < fk.columns_size(); ++i) {
    const v1::Column& from = table.columns(fk.columns(i));
    const v1::Column& to = referenced.columns(fk.referenced_columns(i));
    if (Family(from.type().kind()) != Family(to.type().kind())) {
      return place.Invalid(from, absl::StrCat(label, " refers from ", KindName(from.type().kind()), " to ", Quoted(to.name()),
                                              ", a ", KindName(to.type().kind())));
    }
  }
  if (!v1::ReferentialAction_IsValid(fk.on_delete()) || !v1::ReferentialAction_IsValid(fk.on_update())) {
    return place.Invalid(absl::StrCat(label, " has an unknown referential action"));
  }
  return absl::OkStatus();
}

absl::Status CheckConstraints(const v1::Schema& schema, const v1::Table& table, const Place& place) {
  for (int i = 0; i < table.foreign_keys_size(); ++i) {
    UOW_RETURN_IF_ERROR(CheckForeignKey(schema, table, table.foreign_keys(i), ForeignKeyLabel(table, i), place));
  }
  for (int i = 0; i < table.uniques_size(); ++i) {
    const v1::UniqueConstraint& unique = table.uniques(i);
    std::string fault = PositionsFault(table, unique.columns());
    if (!fault.empty()) return place.Invalid(absl::StrCat("unique constraint ", i, " ", Quoted(unique.name()), " ", fault));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckForeignKey(const v1::Schema& schema, int table, int foreign_key) {
  const v1::Table& of = schema.tables(table);
  return CheckForeignKey(schema, of, of.foreign_keys(foreign_key), ForeignKeyLabel(of, foreign_key), Place(of, table));
}

absl::string_view KindName(v1::Type::Kind kind) { return absl::StripPrefix(v1::Type::Kind_Name(kind), "KIND_"); }

absl::Status CheckSchema(const v1::Schema& schema) {
  if (schema.tables().empty()) return MakeError(v1::ERROR_REASON_SCHEMA_INVALID, "the schema has no tables");
  if (schema.tables_size() > kMaxTables) {
    return MakeError(v1::ERROR_REASON_SCHEMA_INVALID,
                     absl::StrCat("the schema has ", schema.tables_size(), " tables; at most ", kMaxTables, " are possible"));
  }
  absl::flat_hash_set<std::pair<absl::string_view, absl::string_view>> names;
  for (int i = 0; i < schema.tables_size(); ++i) {
    const v1::Table& table = schema.tables(i);
    Place place(table, i);
    std::string fault = NameFault(table.name());
    if (!fault.empty()) return place.Invalid(absl::StrCat("the table's name ", fault));
    if (!table.namespace_().empty()) fault = NameFault(table.namespace_());
    if (!fault.empty()) return place.Invalid(absl::StrCat("the table's namespace ", fault));
    if (!names.emplace(table.namespace_(), table.name()).second) return place.Invalid("two tables have this namespace and name");
    UOW_RETURN_IF_ERROR(CheckColumns(table, place));
    UOW_RETURN_IF_ERROR(CheckKey(table, place));
    UOW_RETURN_IF_ERROR(CheckConcurrency(table, place));
  }
  for (int i = 0; i < schema.tables_size(); ++i) {
    UOW_RETURN_IF_ERROR(CheckConstraints(schema, schema.tables(i), Place(schema.tables(i), i)));
  }
  return absl::OkStatus();
}

}  // namespace uow
