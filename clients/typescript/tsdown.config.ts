import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    postgres: "src/marker/postgres.ts",
    mysql: "src/marker/mysql.ts",
    sqlite: "src/marker/sqlite.ts",
  },
  format: ["esm", "cjs"],
  target: "node20",
  platform: "neutral",
  dts: true,
  sourcemap: true,
});
