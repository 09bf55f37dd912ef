import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { programFile } from "../support/program.js";
import { TestUowd } from "../support/uowd.js";
import { bunDrivers } from "./bun_drivers.js";
import { line, postgresServer, stopServers } from "./drivers.js";

// Bun's own drivers run only in Bun: a walk through a unit of work in a process of its own.

const bun = fileURLToPath(new URL("../../node_modules/@oven/bun-linux-x64/bin/bun", import.meta.url));

afterAll(stopServers);

test.each(bunDrivers)("%s: created, changed, rolled back, refused, deleted", async (driver) => {
  const uowd = await TestUowd.start();
  const url = driver === "bun-sql" ? [await (await postgresServer()).createDatabase()] : [];
  const program = await programFile(new URL(`./bun_walk.${line === "1.0" ? "v1" : "v0"}.ts`, import.meta.url));
  onTestFinished(async () => uowd.remove());
  const { stdout } = await promisify(execFile)(bun, [program, driver, uowd.endpoint, ...url], { timeout: 50_000 });
  expect(JSON.parse(stdout)).toEqual({
    created: 4,
    rolledBack: true,
    changed: { inserted: 1, updated: 1 },
    broken: { reason: "CONSTRAINT_UNIQUE", constraint: "authors_name", table: "authors" },
    detached: true,
    read: { name: "Ada L.", country: "nowhere", books: ["One"] },
    deleted: 1,
    names: ["Ada L.", "Cleo"],
  });
});
