import { sql } from "drizzle-orm";
import { bigint, customType, decimal, int, json, mysqlTable, primaryKey, timestamp, varchar } from "drizzle-orm/mysql-core";
import type { Details } from "./shop_pg.js";

const blob = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "blob" });

export const authors = mysqlTable("authors", {
  id: int("id").primaryKey().autoincrement(),
  name: varchar("name", { length: 100 }).notNull().unique("authors_name"),
  country: varchar("country", { length: 100 }).notNull().default("nowhere"),
  label: varchar("label", { length: 100 }).generatedAlwaysAs(sql`upper(name)`),
});

export const books = mysqlTable("books", {
  id: bigint("id", { mode: "bigint" }).primaryKey().autoincrement(),
  authorId: int("author_id")
    .notNull()
    .references(() => authors.id),
  title: varchar("title", { length: 100 }).notNull(),
  price: decimal("price", { precision: 12, scale: 2 }),
  details: json("details").$type<Details>(),
  published: timestamp("published", { fsp: 3 }),
  cover: blob("cover"),
  sold: bigint("sold", { mode: "bigint" }),
});

export const chapters = mysqlTable("chapters", {
  id: int("id").primaryKey().autoincrement(),
  bookId: bigint("book_id", { mode: "bigint" })
    .notNull()
    .references(() => books.id),
  title: varchar("title", { length: 100 }).notNull(),
});

export const settings = mysqlTable(
  "settings",
  {
    owner: varchar("owner", { length: 50 }).notNull(),
    name: varchar("name", { length: 50 }).notNull(),
    value: varchar("value", { length: 100 }),
  },
  (table) => [primaryKey({ columns: [table.owner, table.name] })],
);

export const tables = { authors, books, chapters, settings };

export const ddl = `
  CREATE TABLE authors (id int AUTO_INCREMENT PRIMARY KEY, name varchar(100) NOT NULL, country varchar(100) NOT NULL DEFAULT 'nowhere',
    label varchar(100) GENERATED ALWAYS AS (upper(name)) STORED, CONSTRAINT authors_name UNIQUE (name), CONSTRAINT named CHECK (name <> ''));
  CREATE TABLE books (id bigint AUTO_INCREMENT PRIMARY KEY, author_id int NOT NULL, title varchar(100) NOT NULL, price decimal(12, 2),
    details json, published timestamp(3) NULL, cover blob, sold bigint, FOREIGN KEY (author_id) REFERENCES authors (id));
  CREATE TABLE chapters (id int AUTO_INCREMENT PRIMARY KEY, book_id bigint NOT NULL, title varchar(100) NOT NULL,
    FOREIGN KEY (book_id) REFERENCES books (id));
  CREATE TABLE settings (owner varchar(50), name varchar(50), value varchar(100), PRIMARY KEY (owner, name))`;
