#include "journal/entity_ref.h"

namespace uow {
namespace {

constexpr size_t kMaxKeyBytes = 1024;

}  // namespace

v1::EntityRef MakeEntityRef(const SchemaIndex& schema, uint32_t table, const google::protobuf::RepeatedPtrField<v1::Value>& key,
                            uint64_t offset) {
  v1::EntityRef entity;
  entity.set_namespace_(schema.table(table).namespace_());
  entity.set_table(schema.table(table).name());
  entity.set_offset(offset);
  size_t room = kMaxKeyBytes;
  for (int i = 0; i < key.size() && i < schema.table(table).primary_key_size(); ++i) {
    v1::Value& shown = *entity.add_key();
    size_t bytes = key[i].ByteSizeLong();
    if (bytes > room) continue;
    shown = key[i];
    room -= bytes;
  }
  return entity;
}

}  // namespace uow
