#include "journal/generated_records.h"

#include <algorithm>

#include "journal/errors.h"
#include "journal/generated_pages.h"
#include "journal/row_versions.h"

namespace uow {

bool HasVersions(const std::vector<v1::GeneratedEntity>& generated) {
  return std::any_of(generated.begin(), generated.end(),
                     [](const v1::GeneratedEntity& entity) { return !entity.fields().empty(); });
}

absl::StatusOr<GeneratedRecords> MakeGeneratedRecords(const SessionId& id, const SchemaIndex* schema,
                                                      const std::vector<v1::GeneratedEntity>& generated) {
  GeneratedRecords records;
  records.pages = EncodeGeneratedPages(generated);
  UOW_RETURN_IF_ERROR(CollectHandles(id, generated, records.operands));
  if (schema != nullptr) CollectRowVersions(id, *schema, generated, records.operands);
  return records;
}

}  // namespace uow
