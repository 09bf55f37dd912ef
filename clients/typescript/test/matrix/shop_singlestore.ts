import { sql } from "drizzle-orm";
import {
  bigint,
  customType,
  decimal,
  int,
  json,
  primaryKey,
  singlestoreTable,
  timestamp,
  varchar,
} from "drizzle-orm/singlestore-core";
import type { Details } from "./shop_pg.js";

const blob = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "blob" });

/** The tables of shop_mysql.ts; SingleStore declares no foreign keys. */
export const authors = singlestoreTable("authors", {
  id: int("id").primaryKey().autoincrement(),
  name: varchar("name", { length: 100 }).notNull().unique("authors_name"),
  country: varchar("country", { length: 100 }).notNull().default("nowhere"),
  label: varchar("label", { length: 100 }).generatedAlwaysAs(sql`upper(name)`),
});

export const books = singlestoreTable("books", {
  id: bigint("id", { mode: "bigint" }).primaryKey().autoincrement(),
  authorId: int("author_id").notNull(),
  title: varchar("title", { length: 100 }).notNull(),
  price: decimal("price", { precision: 12, scale: 2 }),
  details: json("details").$type<Details>(),
  published: timestamp("published"),
  cover: blob("cover"),
  sold: bigint("sold", { mode: "bigint" }),
});

export const chapters = singlestoreTable("chapters", {
  id: int("id").primaryKey().autoincrement(),
  bookId: bigint("book_id", { mode: "bigint" }).notNull(),
  title: varchar("title", { length: 100 }).notNull(),
});

export const settings = singlestoreTable(
  "settings",
  {
    owner: varchar("owner", { length: 50 }).notNull(),
    name: varchar("name", { length: 50 }).notNull(),
    value: varchar("value", { length: 100 }),
  },
  (table) => [primaryKey({ columns: [table.owner, table.name] })],
);

export const tables = { authors, books, chapters, settings };
