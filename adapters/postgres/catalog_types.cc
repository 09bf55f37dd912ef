#include "adapters/postgres/catalog_types.h"

#include "absl/strings/string_view.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

constexpr char kTypes[] = R"sql(SELECT t.oid, n.nspname, t.typname, t.typtype, t.typbasetype, t.typtypmod,
  CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN t.typelem ELSE 0 END, t.typnotnull, t.typdefault IS NOT NULL
FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace)sql";

constexpr char kLabels[] = "SELECT enumtypid, enumlabel FROM pg_catalog.pg_enum ORDER BY enumtypid, enumsortorder";

struct BuiltIn {
  absl::string_view name;
  v1::Type::Kind kind;
};

// The types of pg_catalog with a kind of their own. char(n) is not among them: as a text its padding would count.
constexpr BuiltIn kBuiltIns[] = {
    {"bool", v1::Type::KIND_BOOL},       {"int2", v1::Type::KIND_INT16},          {"int4", v1::Type::KIND_INT32},
    {"int8", v1::Type::KIND_INT64},      {"float4", v1::Type::KIND_FLOAT},        {"float8", v1::Type::KIND_DOUBLE},
    {"numeric", v1::Type::KIND_DECIMAL}, {"text", v1::Type::KIND_TEXT},           {"varchar", v1::Type::KIND_TEXT},
    {"name", v1::Type::KIND_TEXT},       {"bytea", v1::Type::KIND_BYTES},         {"date", v1::Type::KIND_DATE},
    {"time", v1::Type::KIND_TIME},       {"timestamp", v1::Type::KIND_TIMESTAMP}, {"timestamptz", v1::Type::KIND_TIMESTAMPTZ},
    {"uuid", v1::Type::KIND_UUID},       {"json", v1::Type::KIND_JSON},           {"jsonb", v1::Type::KIND_JSON},
};

v1::Type::Kind KindOf(const std::string& schema, const std::string& name) {
  if (schema == "pg_catalog") {
    for (const BuiltIn& type : kBuiltIns) {
      if (type.name == name) return type.kind;
    }
  }
  return v1::Type::KIND_OTHER;
}

// numeric(precision, scale). Scales below 0 or above the precision have no place in Type: such a column takes any decimal.
void SetPrecision(int32_t modifier, v1::Type& type) {
  if (modifier < 4) return;
  const uint32_t precision = ((modifier - 4) >> 16) & 0xffff;
  const uint32_t scale = (modifier - 4) & 0x7ff;
  if (scale > precision) return;
  type.set_precision(precision);
  type.set_scale(scale);
}

}  // namespace

absl::Status CatalogTypes::Load(Link& link) {
  UOW_ASSIGN_OR_RETURN(Result types, link.Run(kTypes));
  UOW_ASSIGN_OR_RETURN(Result labels, link.Run(kLabels));
  for (const auto& row : types) {
    Entry& entry = entries_[row[0].as<uint32_t>()];
    entry.schema = row[1].c_str();
    entry.name = row[2].c_str();
    entry.kind = row[3].c_str()[0];
    entry.base = row[4].as<uint32_t>();
    entry.modifier = row[5].as<int32_t>();
    entry.element = row[6].as<uint32_t>();
    entry.not_null = row[7].as<bool>();
    entry.has_default = row[8].as<bool>();
  }
  for (const auto& row : labels) entries_[row[0].as<uint32_t>()].labels.emplace_back(row[1].c_str());
  return absl::OkStatus();
}

v1::Type CatalogTypes::TypeOf(uint32_t oid, int32_t modifier) const {
  v1::Type type;
  auto found = entries_.find(oid);
  if (found == entries_.end()) {
    // Created since we read the types.
    type.set_kind(v1::Type::KIND_TEXT);
    return type;
  }
  const Entry& entry = found->second;
  if (entry.kind == 'd') {
    // A domain has the kind of its base, and its own name.
    type = TypeOf(entry.base, entry.modifier);
    type.set_name(entry.name);
    type.set_namespace_(entry.schema);
    return type;
  }
  if (entry.element != 0) {
    type.set_kind(v1::Type::KIND_ARRAY);
    *type.mutable_element() = TypeOf(entry.element, modifier);
    if (type.element().kind() != v1::Type::KIND_ARRAY) return type;
    // An array of a domain over an array is not one array: its text has the inner ones quoted.
    type.clear_element();
    type.set_kind(v1::Type::KIND_OTHER);
  } else if (entry.kind == 'e') {
    type.set_kind(v1::Type::KIND_ENUM);
    for (const std::string& label : entry.labels) type.add_enum_values(label);
  } else {
    type.set_kind(KindOf(entry.schema, entry.name));
    if (type.kind() == v1::Type::KIND_DECIMAL) SetPrecision(modifier, type);
    if (type.kind() != v1::Type::KIND_OTHER) return type;
  }
  type.set_name(entry.name);
  type.set_namespace_(entry.schema);
  return type;
}

uint32_t CatalogTypes::MaxLength(uint32_t oid, int32_t modifier) const {
  constexpr int32_t kHeader = 4;
  auto found = entries_.find(oid);
  if (found == entries_.end()) return 0;
  const Entry& entry = found->second;
  if (entry.kind == 'd') return MaxLength(entry.base, entry.modifier);
  const bool limited = entry.name == "varchar" && modifier > kHeader;
  return limited ? static_cast<uint32_t>(modifier - kHeader) : 0;
}

bool CatalogTypes::IsNotNull(uint32_t oid) const {
  auto found = entries_.find(oid);
  return found != entries_.end() && found->second.kind == 'd' && (found->second.not_null || IsNotNull(found->second.base));
}

bool CatalogTypes::HasDefault(uint32_t oid) const {
  auto found = entries_.find(oid);
  return found != entries_.end() && found->second.kind == 'd' && (found->second.has_default || HasDefault(found->second.base));
}

}  // namespace uow::postgres
