import { blob, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The table in which saves leave their mark, one row a session: that is how a save happens once. Export it from your schema, or
 * `drizzle-kit push` takes the table for one that is to be dropped. Where the table is missing, the first save creates it.
 */
export const uowSaves = sqliteTable("uow_saves", {
  session: text("session").primaryKey().notNull(),
  fence: integer("fence").notNull(),
  saveId: text("save_id").notNull(),
  saved: integer("saved").notNull(),
  result: blob("result", { mode: "buffer" }),
  updatedAt: text("updated_at").notNull(),
});
