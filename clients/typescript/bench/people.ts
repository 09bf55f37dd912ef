import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const people = sqliteTable("people", {
  id: integer("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull(),
  views: integer("views").notNull(),
  active: integer("active", { mode: "boolean" }).notNull(),
  joined: integer("joined", { mode: "timestamp_ms" }).notNull(),
});

/** A table of people in a database in memory. */
export function peopleDb(rows: number) {
  const client = new Database(":memory:");
  client.exec(
    "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, views INTEGER NOT NULL, " +
      "active INTEGER NOT NULL, joined INTEGER NOT NULL)",
  );
  const insert = client.prepare("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)");
  client.transaction(() => {
    for (let i = 1; i <= rows; i++) insert.run(i, `Person ${i}`, `person${i}@example.org`, i % 97, i % 2, 1.7e12 + i);
  })();
  return drizzle(client, { schema: { people } });
}
