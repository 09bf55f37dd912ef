// Generates src/gen from the API's proto files, unless it is up to date: tests that run meanwhile read those files.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const proto = join(root, "../../proto");
const generated = join(root, "src/gen");

const inputs = [
  ...globSync("**/*.proto", { cwd: proto })
    .sort()
    .map((file) => join(proto, file)),
  join(root, "package-lock.json"),
];
const hash = createHash("sha256");
for (const file of inputs) {
  hash.update(file).update(readFileSync(file));
}
const digest = hash.digest("hex");
const stamp = join(generated, ".digest");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== digest) {
  const next = mkdtempSync(join(root, "src/.gen-"));
  const plugin = join(root, "node_modules/.bin/protoc-gen-es");
  const template = {
    version: "v2",
    plugins: [{ local: plugin, out: next, opt: ["target=ts", "import_extension=js"] }],
  };
  const buf = join(root, "node_modules/.bin/buf");
  const { status } = spawnSync(buf, ["generate", proto, "--template", JSON.stringify(template)], { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    rmSync(next, { recursive: true });
    process.exit(1);
  }
  writeFileSync(join(next, ".digest"), digest);
  rmSync(generated, { recursive: true, force: true });
  renameSync(next, generated);
}
