import { expect, test } from "vitest";
import { known } from "../src/drivers/known.js";
import { renderTable, rows, writtenTable } from "../tools/driver_table.js";
import { bunDrivers } from "./matrix/bun_drivers.js";
import { everyDriver, line } from "./matrix/drivers.js";

test("The README has the table of drivers: node tools/driver_table.ts writes it", () => {
  expect(writtenTable()).toBe(renderTable());
});

test("What the table calls tested or checked runs in the matrix, on this line of Drizzle", () => {
  const run = [...everyDriver.map(({ name }) => name), ...bunDrivers];
  const tested = rows
    .filter(({ state, lines }) => ["tested", "checked"].includes(state) && lines.includes(line))
    .map(({ entry }) => entry);
  expect(run).toEqual(expect.arrayContaining(tested));
});

test("What the table says of a driver is what the library knows of it", () => {
  // The sessions of node-sqlite are taken for those of sql-js.
  const told = rows.filter(({ entry, state }) => state !== "refused" && entry !== "node-sqlite");
  for (const { entry, state } of told) {
    const driver = known.find((each) => each.entry === entry);
    expect({ entry, saves: driver !== undefined && !("because" in driver.saves) }).toEqual({ entry, saves: state !== "target" });
  }
});
