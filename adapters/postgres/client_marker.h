#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/client_renderer.h"
#include "adapters/segments.h"

namespace uow::postgres {

// Writes a statement with placeholders as segments, with a cast to text around every parameter. `parameter` writes the n-th,
// from 1.
template <typename Parameter>
void WriteSql(absl::string_view sql, Segments& segments, Parameter parameter) {
  SegmentWriter out(segments);
  for (const SqlPiece& piece : SplitPlaceholders(sql)) {
    if (piece.placeholder == 0) {
      out.Text(piece.text);
      continue;
    }
    out.Text("CAST(");
    parameter(piece.placeholder, out);
    out.Text(" AS text)");
  }
}

// The part of the renderer that is about uow_saves.
class PostgresClientMarker : public ClientRenderer {
 public:
  v1::SaveStep MarkerTable() const override;
  v1::SaveStep TakeFence(const std::string& session, const SaveIntent& intent, const v1::Value* result) const override;
  v1::SaveStep WriteMarker(const std::string& session, const SaveIntent& intent) const override;
  v1::SaveStep RaiseFence(const std::string& session, const SaveIntent& intent) const override;
  v1::SaveStep ReadMarker(const std::string& session) const override;
  v1::SaveStep FindOldMarkers(const std::string& session) const override;
  v1::SaveStep RemoveOldMarkers(const std::vector<std::string>& sessions) const override;
};

}  // namespace uow::postgres
