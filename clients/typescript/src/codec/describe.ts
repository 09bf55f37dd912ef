import type { Column } from "drizzle-orm";
import type { Type } from "../gen/uow/v1/schema_pb.js";
import type { DialectName } from "../model/model.js";
import type { Codec } from "./codec.js";
import { FormCodec } from "./form.js";
import { mssqlColumnForm } from "./mssql_columns.js";
import { mysqlColumnForm } from "./mysql_columns.js";
import { type ColumnForm, pgColumnForm } from "./pg_columns.js";
import { sqliteColumnForm } from "./sqlite_columns.js";
import { columnLabel } from "./value_error.js";

const forms: Readonly<Record<DialectName, (column: Column) => ColumnForm>> = {
  postgresql: pgColumnForm,
  mysql: mysqlColumnForm,
  sqlite: sqliteColumnForm,
  mssql: mssqlColumnForm,
};

/**
 * What a Drizzle column is in the journal: its SQL type, and the codec between values as an application sees them and as the database
 * stores them. Known types don't depend on the mapping in Drizzle's columns, which the two lines keep in different places; custom types,
 * and types of other packages, carry what their own mapping gives the driver.
 */
export function describeColumn(column: Column, dialect: DialectName): { type: Type; codec: Codec } {
  const { type, form } = forms[dialect](column);
  return { type, codec: new FormCodec(columnLabel(column), form) };
}
