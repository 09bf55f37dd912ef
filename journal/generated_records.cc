#include "journal/generated_records.h"

#include "journal/errors.h"
#include "journal/generated_pages.h"
#include "journal/row_versions.h"

namespace uow {

absl::StatusOr<GeneratedRecords> MakeGeneratedRecords(const SessionId& id, const SchemaIndex& schema,
                                                      const std::vector<v1::GeneratedEntity>& generated) {
  GeneratedRecords records;
  records.pages = EncodeGeneratedPages(generated);
  UOW_RETURN_IF_ERROR(CollectHandles(id, generated, records.operands));
  CollectRowVersions(id, schema, generated, records.operands);
  return records;
}

}  // namespace uow
