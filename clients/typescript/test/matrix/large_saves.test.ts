import { afterAll, describe, expect, test } from "vitest";
import { drivers, stopServers } from "./drivers.js";
import { Shop } from "./shop.js";

// A save costs statements by the thousand rows, not one a row.

const ROWS = 20_000;

afterAll(stopServers);

describe.each(drivers)("$name", (driver) => {
  test("20,000 changed rows are saved in a handful of statements", async () => {
    const shop = await Shop.open({ driver, by: "client" });
    const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) SELECT 'Author ' || i FROM n`;
    // MariaDB ends a recursion after a thousand rounds, and Turso knows none.
    const names = driver.dialect === "mysql" ? `SELECT CONCAT('Author ', seq) FROM seq_1_to_${ROWS}` : numbers;
    const listed = Array.from({ length: ROWS }, (_, i) => `('Author ${i + 1}')`).join();
    await shop.handle.execute(`INSERT INTO authors (name) ${driver.name === "tursodatabase" ? `VALUES ${listed}` : names}`);
    const queries: string[] = [];
    const logQuery = (query: string) => {
      // How drivers that don't tell the number of affected rows get to know it.
      if (query !== "SELECT changes() AS c1") queries.push(query);
    };
    const handle = await shop.connect({ logger: { logQuery } });
    const uow = shop.uow({ db: handle.db });
    const authors = await uow.authors.findMany();
    for (const [i, author] of authors.entries()) author.country = `Country ${i % 200}`;
    queries.length = 0;
    const since = performance.now();
    expect(await uow.save()).toMatchObject({ updated: ROWS });
    console.log(`${driver.name}: ${ROWS} updates in ${queries.length} statements, ${Math.round(performance.now() - since)} ms`);
    // D1 takes 100 parameters a statement. Where MySQL counts changed rows only, those that are there are asked for first.
    expect(queries.length).toBeLessThan(driver.name === "d1" ? 250 : 60);
    const [{ n } = { n: 0 }] = await shop.rows("authors", "count(DISTINCT country) AS n");
    expect(Number(n)).toBe(200);
    await shop.close();
  });
});
