import { defineRelations, sql } from "drizzle-orm";
import {
  bigint,
  bit,
  customType,
  date,
  datetime,
  datetime2,
  datetimeoffset,
  decimal,
  float,
  int,
  mssqlTable,
  nchar,
  nvarchar,
  primaryKey,
  real,
  smallint,
  time,
  tinyint,
  uniqueIndex,
  varbinary,
  varchar,
} from "drizzle-orm/mssql-core";

const rowversion = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "rowversion" });
const uniqueidentifier = customType<{ data: string; driverData: string }>({ dataType: () => "uniqueidentifier" });

const authors = mssqlTable("authors", {
  id: int("id").primaryKey().identity(),
  name: nvarchar("name", { length: 100 }).notNull().unique("authors_name"),
  code: varchar("code", { length: 20 }),
  version: rowversion("version"),
});
const books = mssqlTable(
  "books",
  {
    id: bigint("id", { mode: "bigint" }).primaryKey().identity(),
    authorId: int("author_id")
      .notNull()
      .references(() => authors.id),
    title: nvarchar("title", { length: "max" }).notNull(),
  },
  (table) => [uniqueIndex("books_title").on(table.title).where(sql`title is not null`)],
);
const chapters = mssqlTable("chapters", {
  id: uniqueidentifier("id").primaryKey().default(sql`newid()`),
  bookId: bigint("book_id", { mode: "bigint" })
    .notNull()
    .references(() => books.id, { onDelete: "cascade" }),
  title: nvarchar("title", { length: 200 }).notNull(),
});
const settings = mssqlTable(
  "settings",
  {
    owner: nvarchar("owner", { length: 50 }),
    name: nvarchar("name", { length: 50 }),
    value: nvarchar("value", { mode: "json", length: "max" }),
  },
  (table) => [primaryKey({ columns: [table.owner, table.name] })],
);
const types = mssqlTable("types", {
  id: int("id").primaryKey(),
  flag: bit("flag"),
  tiny: tinyint("tiny"),
  small: smallint("small"),
  big: bigint("big", { mode: "bigint" }),
  bigText: bigint("big_text", { mode: "string" }),
  price: decimal("price", { precision: 12, scale: 2 }),
  ratio: float("ratio"),
  single: real("single"),
  fixed: nchar("fixed", { length: 4 }),
  bytes: varbinary("bytes", { length: "max" }),
  day: date("day"),
  dayText: date("day_text", { mode: "string" }),
  clock: time("clock", { mode: "string" }),
  clockDate: time("clock_date"),
  old: datetime("old"),
  at: datetime2("at", { precision: 3 }),
  atText: datetime2("at_text", { mode: "string" }),
  zoned: datetimeoffset("zoned"),
  token: uniqueidentifier("token"),
});
export const tables = { authors, books, chapters, settings, types };
export const relations = defineRelations(tables, (r) => ({
  authors: { books: r.many.books({ from: r.authors.id, to: r.books.authorId }) },
}));
