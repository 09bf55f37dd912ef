import { setTimeout as sleep } from "node:timers/promises";
import { changeOf, sessionAt } from "../support/journal.js";

// Records some changes as the arguments say, and ends when nothing keeps it alive.
const [endpoint, mode] = process.argv.slice(2);
const { session } = sessionAt(endpoint === "" ? undefined : endpoint);

function change(count: number): void {
  for (let i = 0; i < count; i++) session.append([changeOf(i, `text ${i}`)]);
}

process.send?.(session.id, () => process.disconnect?.());
if (mode === "idle") {
  change(3);
  await session.flush();
} else if (mode === "pending") {
  change(1000);
} else if (mode === "pending, nobody there") {
  change(1);
  await sleep(600);
}
