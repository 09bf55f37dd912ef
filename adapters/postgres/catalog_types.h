#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "adapters/postgres/link.h"
#include "uow/v1/schema.pb.h"

namespace uow::postgres {

// The types of a database, read from pg_type.
class CatalogTypes {
 public:
  absl::Status Load(Link& link);

  // The type of a column with this pg_type.oid and type modifier.
  v1::Type TypeOf(uint32_t oid, int32_t modifier) const;
  // The most characters of a column of the type; 0: any number.
  uint32_t MaxLength(uint32_t oid, int32_t modifier) const;
  // Whether a domain forbids NULL.
  bool IsNotNull(uint32_t oid) const;
  // Whether a domain brings a default of its own.
  bool HasDefault(uint32_t oid) const;

 private:
  struct Entry {
    std::string schema;
    std::string name;
    char kind = 'b';        // pg_type.typtype: base, enum, domain, …
    uint32_t base = 0;      // of a domain
    int32_t modifier = -1;  // of a domain
    uint32_t element = 0;   // of an array
    bool not_null = false;
    bool has_default = false;
    std::vector<std::string> labels;
  };
  absl::flat_hash_map<uint32_t, Entry> entries_;
};

}  // namespace uow::postgres
