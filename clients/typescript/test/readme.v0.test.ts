import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { programFile } from "./support/program.js";

const docs = new URL("../../../docs/first_session/", import.meta.url);

it("the first session of the README does what it says, with nothing configured", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "uow-"));
  try {
    const file = join(scratch, "app.db");
    const db = new Database(file);
    db.exec(readFileSync(new URL("schema.sql", docs), "utf8"));
    const environment = { ...process.env, UOW_ENDPOINT: "", UOW_DATA_DIR: "", XDG_STATE_HOME: join(scratch, "state") };
    const program = await programFile(new URL("first_session.ts", docs));
    const { stdout } = await promisify(execFile)(process.execPath, [program, file], { env: environment, cwd: scratch });
    expect(stdout).toBe("2 rows inserted; the post has id 1\nSaved: Anna\n");
    expect(db.prepare("SELECT u.name, u.email, p.title FROM users u JOIN posts p ON p.author_id = u.id").all()).toEqual([
      { name: "Anna", email: "ann@example.org", title: "Hello" },
    ]);
    db.close();
  } finally {
    // Again where the uowd that the program has started still writes into it.
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
  }
});

it("the package's README shows that session", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n([^]*?)^```$/gm)].map((block) => block[1]);
  expect(blocks).toContain(readFileSync(new URL("first_session.ts", docs), "utf8"));
});
