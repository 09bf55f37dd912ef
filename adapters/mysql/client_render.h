#pragma once

#include <cstdint>
#include <memory>

#include "adapters/client_renderer.h"
#include "adapters/mysql/render.h"

namespace uow::mysql {

// What a plan for a client's server may rely on.
struct ClientServer {
  Product product = Product::kMySql;
  // Whether the keys of one insert count up from its insert id; else a statement a row.
  bool keys_count_up = false;
  uint32_t key_distance = 1;
  bool counts_found_rows = false;
};
ClientServer ClientServerOf(const v1::MysqlServer& server);

// Statements of many rows: VALUES lists, joins, within the limit on parameters, 1,000 rows and about a mebibyte each. `save`
// outlives the renderer.
std::unique_ptr<ClientRenderer> MakeClientRenderer(const ClientSave& save);

}  // namespace uow::mysql
