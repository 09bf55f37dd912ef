import { sql } from "drizzle-orm";
import { blob, integer, numeric, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Details } from "./shop_pg.js";

export const authors = sqliteTable("authors", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  name: text("name").notNull().unique("authors_name"),
  country: text("country").notNull().default("nowhere"),
  label: text("label").generatedAlwaysAs(sql`upper(name)`),
});

export const books = sqliteTable("books", {
  id: integer("id").primaryKey(),
  authorId: integer("author_id")
    .notNull()
    .references(() => authors.id),
  title: text("title").notNull(),
  price: numeric("price"),
  details: text("details", { mode: "json" }).$type<Details>(),
  published: integer("published", { mode: "timestamp_ms" }),
  cover: blob("cover", { mode: "buffer" }),
  sold: blob("sold", { mode: "bigint" }),
});

export const chapters = sqliteTable("chapters", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  bookId: integer("book_id")
    .notNull()
    .references(() => books.id),
  title: text("title").notNull(),
});

export const settings = sqliteTable(
  "settings",
  {
    owner: text("owner").notNull(),
    name: text("name").notNull(),
    value: text("value"),
  },
  (table) => [primaryKey({ columns: [table.owner, table.name] })],
);

export const tables = { authors, books, chapters, settings };

export const ddl = `
  CREATE TABLE authors (id integer PRIMARY KEY AUTOINCREMENT, name text NOT NULL CHECK (name <> ''), country text NOT NULL DEFAULT 'nowhere',
    label text GENERATED ALWAYS AS (upper(name)) VIRTUAL);
  CREATE UNIQUE INDEX authors_name ON authors (name);
  CREATE TABLE books (id integer PRIMARY KEY, author_id integer NOT NULL REFERENCES authors (id), title text NOT NULL, price numeric,
    details text, published integer, cover blob, sold blob);
  CREATE TABLE chapters (id integer PRIMARY KEY AUTOINCREMENT, book_id integer NOT NULL REFERENCES books (id), title text NOT NULL);
  CREATE TABLE settings (owner text NOT NULL, name text NOT NULL, value text, PRIMARY KEY (owner, name))`;
