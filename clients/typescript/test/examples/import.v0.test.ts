import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Stage } from "./example.js";

let stage: Stage;
let file: string;

beforeEach(() => {
  stage = new Stage(`
    CREATE TABLE products (sku text PRIMARY KEY, name text NOT NULL, cents integer NOT NULL);
    INSERT INTO products VALUES ('P1', 'Old name', 100), ('P2', 'Product 2', 2)`);
  file = join(stage.directory, "products.csv");
});

afterEach(async () => stage.remove());

const lines = (count: number) => Array.from({ length: count }, (_, i) => `P${i + 1};Product ${i + 1};${i + 1}`);
const counted = () => stage.rows("SELECT count(*) AS n, sum(cents) AS cents FROM products");

it("a file is imported: what is new, and what has changed", async () => {
  writeFileSync(file, `${lines(3_500).join("\n")}\n`);
  expect(await stage.start("import/import.ts", file).end()).toBe("3498 products are new, 1 have changed\n");
  expect(counted()).toEqual([{ n: 3_500, cents: (3_500 * 3_501) / 2 }]);
  expect(stage.rows("SELECT name FROM products WHERE sku = 'P1'")).toEqual([{ name: "Product 1" }]);
  expect(await stage.start("import/import.ts", file).end()).toBe("0 products are new, 0 have changed\n");
});

it("a batch with a bad line is left out, and the rest is imported", async () => {
  const broken = lines(3_000);
  broken[1_500] = "P1501;Product;cheap";
  writeFileSync(file, broken.join("\n"));
  const output = await stage.start("import/import.ts", file).end();
  expect(output).toMatch(/^Lines 1001 to 2000 are left out: .*P1501[^]*1998 products are new, 1 have changed\n$/);
  expect(counted()).toEqual([{ n: 2_000, cents: (1_000 * 1_001) / 2 + 1_000 * 2_500.5 }]);
});

it("an import that is killed goes on where it was, and is saved as a whole", async () => {
  const count = 60_000;
  writeFileSync(file, lines(count).join("\n"));
  const first = stage.start("import/import.ts", file);
  while (first.running && !existsSync(`${file}.session`)) await sleep(1);
  await first.kill();
  expect(counted()).toEqual([{ n: 2, cents: 102 }]);
  const output = await stage.start("import/import.ts", file).end();
  expect(output).toMatch(/^Going on at line \d+001\n59998 products are new, 1 have changed\n$/);
  expect(counted()).toEqual([{ n: count, cents: (count * (count + 1)) / 2 }]);
  expect(existsSync(`${file}.session`)).toBe(false);
});
