import { bigint, customType, datetime, mysqlTable } from "drizzle-orm/mysql-core";

const session = customType<{ data: string; driverData: string }>({
  dataType: () => "varchar(64) CHARACTER SET ascii COLLATE ascii_bin",
});
const saveId = customType<{ data: string; driverData: string }>({
  dataType: () => "varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
});
const longblob = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => "longblob" });

/**
 * The table in which saves leave their mark, one row a session: that is how a save happens once. Export it from your schema, or
 * `drizzle-kit push` takes the table for one that is to be dropped. Where the table is missing, the first save creates it.
 */
export const uowSaves = mysqlTable("uow_saves", {
  session: session("session").primaryKey().notNull(),
  fence: bigint("fence", { mode: "number", unsigned: true }).notNull(),
  saveId: saveId("save_id").notNull(),
  saved: bigint("saved", { mode: "number", unsigned: true }).notNull(),
  result: longblob("result").notNull(),
  updatedAt: datetime("updated_at", { fsp: 6 }).notNull(),
});
