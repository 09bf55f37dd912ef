import { sql } from "drizzle-orm";
import {
  cockroachTable,
  customType,
  decimal,
  int4,
  int8,
  jsonb,
  primaryKey,
  string,
  text,
  timestamp,
  varchar,
} from "drizzle-orm/cockroach-core";
import type { Details } from "./shop_pg.js";

const bytes = customType<{ data: Buffer; driverData: Buffer | Uint8Array }>({
  dataType: () => "bytea",
  fromDriver: (value) => Buffer.from(value),
});

/** CockroachDB has no serial columns: keys are those of sequences, or of an expression. */
const nextKey = (table: string) => sql.raw(`nextval('${table}_id_seq'::regclass)`);

export const authors = cockroachTable("authors", {
  id: int4("id").primaryKey().default(nextKey("authors")),
  name: string("name").notNull().unique("authors_name"),
  country: varchar("country", { length: 100 }).notNull().default("nowhere"),
  label: text("label").generatedAlwaysAs(sql`upper(name)`),
});

export const books = cockroachTable("books", {
  id: int8("id", { mode: "bigint" }).primaryKey().default(nextKey("books")),
  authorId: int4("author_id")
    .notNull()
    .references(() => authors.id),
  title: text("title").notNull(),
  price: decimal("price", { precision: 12, scale: 2 }),
  details: jsonb("details").$type<Details>(),
  published: timestamp("published", { withTimezone: true }),
  cover: bytes("cover"),
  sold: int8("sold", { mode: "bigint" }),
});

export const chapters = cockroachTable("chapters", {
  id: int4("id").primaryKey().generatedByDefaultAsIdentity(),
  bookId: int8("book_id", { mode: "bigint" })
    .notNull()
    .references(() => books.id),
  title: text("title").notNull(),
});

export const settings = cockroachTable(
  "settings",
  {
    owner: text("owner").notNull(),
    name: text("name").notNull(),
    value: text("value"),
  },
  (table) => [primaryKey({ columns: [table.owner, table.name] })],
);

export const tables = { authors, books, chapters, settings };
