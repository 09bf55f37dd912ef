#pragma once

#include <cstdint>

#include "google/protobuf/repeated_ptr_field.h"
#include "journal/schema_index.h"
#include "uow/v1/errors.pb.h"
#include "uow/v1/value.pb.h"

namespace uow {

// Names an entity for an error. Of a key above a kilobyte, values that don't fit in stay empty: errors travel in headers
// of limited size.
v1::EntityRef MakeEntityRef(const SchemaIndex& schema, uint32_t table, const google::protobuf::RepeatedPtrField<v1::Value>& key,
                            uint64_t offset = 0);

}  // namespace uow
