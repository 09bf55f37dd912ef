// Stands in for the package `mssql`, as far as Drizzle's driver uses it beside the client that it is given.

export default {
  DateTime2: (scale: number) => ({ type: "datetime2", scale }),
  ISOLATION_LEVEL: { READ_UNCOMMITTED: 1, READ_COMMITTED: 2, REPEATABLE_READ: 3, SERIALIZABLE: 4, SNAPSHOT: 5 },
};
