import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// What knows no Drizzle runs once; everything else once a line of Drizzle. test/README.md says how to name tests of one line only.
const withoutDrizzle = ["src/session/**/*.test.ts", "src/errors.test.ts", "test/session/**/*.test.ts"];
const all = ["src/**/*.test.ts", "test/**/*.test.ts"];

const standIn = (name: string) => fileURLToPath(new URL(`test/matrix/${name}.ts`, import.meta.url));

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // In a log, what failed and the totals: thousands of passed tests would bury them.
    reporters: process.stdout.isTTY ? ["default"] : ["minimal"],
    projects: [
      { extends: true, test: { name: "session", include: withoutDrizzle } },
      {
        extends: true,
        test: {
          name: "drizzle-0.45",
          include: all,
          exclude: [...withoutDrizzle, "**/*.v1.test.ts", "**/node_modules/**"],
          env: { DRIZZLE_LINE: "0.45" },
        },
      },
      {
        extends: true,
        resolve: {
          alias: [
            { find: /^drizzle-orm(?=\/|$)/, replacement: "drizzle-orm-v1" },
            // Drizzle's driver wants the package of the client, which only a stand-in is of use for here.
            { find: /^mssql$/, replacement: standIn("mssql_module") },
          ],
        },
        test: {
          name: "drizzle-1.0",
          include: all,
          exclude: [...withoutDrizzle, "**/*.v0.test.ts", "**/node_modules/**"],
          env: { DRIZZLE_LINE: "1.0" },
          server: { deps: { inline: [/drizzle-orm-v1\/node-mssql/] } },
        },
      },
    ],
  },
});
