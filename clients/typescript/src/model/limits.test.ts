import { mysqlTable, int, serial, tinyint, varbinary, varchar as mysqlVarchar, year } from "drizzle-orm/mysql-core";
import { integer, pgTable, text, varchar } from "drizzle-orm/pg-core";
import { sqliteTable, text as sqliteText } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import { limitsOf } from "./limits.js";

test("A column says how much of its kind it holds", () => {
  const pg = pgTable("t", { code: varchar({ length: 3 }), any: varchar(), text: text(), number: integer() });
  expect(limitsOf(pg.code, "postgresql")).toEqual({ maxLength: 3 });
  for (const column of [pg.any, pg.text, pg.number]) expect(limitsOf(column, "postgresql")).toEqual({});

  const mysql = mysqlTable("t", {
    code: mysqlVarchar({ length: 3 }),
    token: varbinary({ length: 16 }),
    small: tinyint(),
    count: int({ unsigned: true }),
    born: year(),
    id: serial(),
  });
  expect(limitsOf(mysql.code, "mysql")).toEqual({ maxLength: 3 });
  expect(limitsOf(mysql.token, "mysql")).toEqual({ maxLength: 16 });
  expect(limitsOf(mysql.small, "mysql")).toEqual({ least: -128n, greatest: 127n });
  expect(limitsOf(mysql.count, "mysql")).toEqual({ least: 0n, greatest: 4294967295n });
  expect(limitsOf(mysql.born, "mysql")).toEqual({ least: 1901n, greatest: 2155n });
  expect(limitsOf(mysql.id, "mysql")).toEqual({});

  const sqlite = sqliteTable("t", { code: sqliteText({ length: 3 }) });
  expect(limitsOf(sqlite.code, "sqlite")).toEqual({});
});
