#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/client_renderer.h"

namespace uow::mssql {

// The part of the renderer that is about uow_saves.
class MssqlClientMarker : public ClientRenderer {
 public:
  v1::SaveStep MarkerTable() const override;
  std::optional<v1::SaveStep> MakeMarker(const std::string& session) const override;
  v1::SaveStep TakeFence(const std::string& session, const SaveIntent& intent, const v1::Value* result) const override;
  v1::SaveStep WriteMarker(const std::string& session, const SaveIntent& intent) const override;
  v1::SaveStep RaiseFence(const std::string& session, const SaveIntent& intent) const override;
  v1::SaveStep ReadMarker(const std::string& session) const override;
  v1::SaveStep FindOldMarkers(const std::string& session) const override;
  v1::SaveStep RemoveOldMarkers(const std::vector<std::string>& sessions) const override;
};

}  // namespace uow::mssql
