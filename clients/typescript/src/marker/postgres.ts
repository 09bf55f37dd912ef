import { sql } from "drizzle-orm";
import { bigint, customType, pgTable, text, timestamp } from "drizzle-orm/pg-core";

const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });

/**
 * The table in which saves leave their mark, one row a session: that is how a save happens once. Export it from your schema, or
 * `drizzle-kit push` takes the table for one that is to be dropped. Where the table is missing, the first save creates it.
 */
export const uowSaves = pgTable("uow_saves", {
  session: text("session").primaryKey(),
  fence: bigint("fence", { mode: "number" }).notNull(),
  saveId: text("save_id").notNull().default(""),
  saved: bigint("saved", { mode: "number" }).notNull().default(0),
  // As PostgreSQL prints it back: drizzle-kit compares texts.
  result: bytea("result").notNull().default(sql`'\\x'`),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
});
