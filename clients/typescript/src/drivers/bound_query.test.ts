import { Param, SQL, sql, type SQLChunk, StringChunk } from "drizzle-orm";
import { drizzle as betterSqlite } from "drizzle-orm/better-sqlite3";
import { drizzle as mysql } from "drizzle-orm/mysql2";
import { drizzle as postgres } from "drizzle-orm/node-postgres";
import { describe, expect, test } from "vitest";
import { BoundQuery } from "./bound_query.js";

interface Dialect {
  sqlToQuery(query: SQL): { readonly sql: string; readonly params: unknown[] };
}

const dialectOf = (db: object) => (db as { readonly dialect: Dialect }).dialect;
const dialects = { postgres: dialectOf(postgres.mock()), mysql: dialectOf(mysql.mock()), sqlite: dialectOf(betterSqlite.mock()) };

const values = ["text", 7, 2n ** 60n, null, Uint8Array.of(1, 2), 0.5, true];

describe.each(Object.entries(dialects))("%s", (_, dialect) => {
  test("A query is what Drizzle makes of chunks", () => {
    const query = new BoundQuery();
    const chunks: SQLChunk[] = [];
    for (const value of values) {
      query.text("(");
      query.text("?, $1, ");
      query.parameter(value);
      query.parameter(value);
      query.text(") ");
      chunks.push(new StringChunk("(?, $1, "), new Param(value), new Param(value), new StringChunk(") "));
    }
    const { sql: text, params } = dialect.sqlToQuery(new SQL(chunks));
    expect(dialect.sqlToQuery(query)).toMatchObject({ sql: text, params });
    expect(dialect.sqlToQuery(query), "a query can be read again").toMatchObject({ sql: text, params });
  });

  test("A query without parameters is its text", () => {
    const query = new BoundQuery();
    query.text("SELECT 1");
    const { sql: text, params } = dialect.sqlToQuery(query);
    expect({ text, params }).toEqual({ text: "SELECT 1", params: [] });
    expect(text).toBe(dialect.sqlToQuery(sql.raw("SELECT 1")).sql);
  });
});

test("Integers for drivers without bigints are texts, and cast", () => {
  const query = new BoundQuery();
  query.text("VALUES (");
  query.parameter(9n);
  query.text(", ");
  query.parameter("9");
  query.text(")");
  query.textIntegers = true;
  expect(dialects.sqlite.sqlToQuery(query)).toMatchObject({ sql: "VALUES (CAST(? AS INTEGER), ?)", params: ["9", "9"] });
});
