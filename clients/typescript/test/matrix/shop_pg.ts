import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  customType,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  serial,
  text,
  timestamp,
} from "drizzle-orm/pg-core";

const bytea = customType<{ data: Buffer; driverData: Buffer | Uint8Array }>({
  dataType: () => "bytea",
  fromDriver: (value) => Buffer.from(value),
});

export const authors = pgTable("authors", {
  id: serial("id").primaryKey(),
  name: text("name").notNull().unique("authors_name"),
  country: text("country").notNull().default("nowhere"),
  label: text("label").generatedAlwaysAs(sql`upper(name)`),
});

export const books = pgTable("books", {
  id: bigserial("id", { mode: "bigint" }).primaryKey(),
  authorId: integer("author_id")
    .notNull()
    .references(() => authors.id),
  title: text("title").notNull(),
  price: numeric("price", { precision: 12, scale: 2 }),
  details: jsonb("details").$type<Details>(),
  published: timestamp("published", { withTimezone: true }),
  cover: bytea("cover"),
  sold: bigint("sold", { mode: "bigint" }),
});

export const chapters = pgTable("chapters", {
  id: serial("id").primaryKey(),
  bookId: bigint("book_id", { mode: "bigint" })
    .notNull()
    .references(() => books.id),
  title: text("title").notNull(),
});

export const settings = pgTable(
  "settings",
  {
    owner: text("owner").notNull(),
    name: text("name").notNull(),
    value: text("value"),
  },
  (table) => [primaryKey({ columns: [table.owner, table.name] })],
);

export interface Details {
  pages: number;
  tags: string[];
  print?: { colour: boolean };
}

export const tables = { authors, books, chapters, settings };

export const ddl = `
  CREATE TABLE authors (id serial PRIMARY KEY, name text NOT NULL CONSTRAINT authors_name UNIQUE CHECK (name <> ''),
    country text NOT NULL DEFAULT 'nowhere', label text GENERATED ALWAYS AS (upper(name)) STORED);
  CREATE TABLE books (id bigserial PRIMARY KEY, author_id int NOT NULL REFERENCES authors (id), title text NOT NULL, price numeric(12, 2),
    details jsonb, published timestamptz, cover bytea, sold bigint);
  CREATE TABLE chapters (id serial PRIMARY KEY, book_id bigint NOT NULL REFERENCES books (id), title text NOT NULL);
  CREATE TABLE settings (owner text, name text, value text, PRIMARY KEY (owner, name))`;
