import { integer as pgInteger, jsonb, pgTable, serial, text as pgText } from "drizzle-orm/pg-core";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

// Two tables in both dialects, for random walks: rows are known by their tag whatever their key is.

export interface Doc {
  list: number[];
  note?: string;
}

const pgParents = pgTable("parents", {
  id: serial("id").primaryKey(),
  tag: pgText("tag").notNull(),
  n: pgInteger("n"),
  doc: jsonb("doc").$type<Doc>().notNull(),
});
const pgChildren = pgTable("children", {
  id: serial("id").primaryKey(),
  tag: pgText("tag").notNull(),
  parentId: pgInteger("parent_id")
    .notNull()
    .references(() => pgParents.id),
});
export const pgTables = { parents: pgParents, children: pgChildren };

const sqliteParents = sqliteTable("parents", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  tag: text("tag").notNull(),
  n: integer("n"),
  doc: text("doc", { mode: "json" }).$type<Doc>().notNull(),
});
const sqliteChildren = sqliteTable("children", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  tag: text("tag").notNull(),
  parentId: integer("parent_id")
    .notNull()
    .references(() => sqliteParents.id),
});
export const sqliteTables = { parents: sqliteParents, children: sqliteChildren };

export const pgDdl = `
create table parents (id serial primary key, tag text not null, n integer, doc jsonb not null);
create table children (id serial primary key, tag text not null, parent_id integer not null references parents);`;
export const sqliteDdl = `
create table parents (id integer primary key autoincrement, tag text not null, n integer, doc text not null);
create table children (id integer primary key autoincrement, tag text not null, parent_id integer not null references parents);`;
export const clear = "delete from children; delete from parents;";
