/** Bun's own drivers, which bun.test.ts runs in a process of Bun's. */
export const bunDrivers = ["bun-sqlite", "bun-sql"];
