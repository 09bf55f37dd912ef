// What tracking costs, and saves from their call to the hydrated answer. `./dev bench client` builds the package and uowd, installs what it
// is compared with, and runs this.
import { measureAccess } from "./access.ts";
import { measureLoading } from "./loading.ts";
import { measureSaves } from "./saves/saves.ts";
import { print } from "./table.ts";

const rows = [...(await measureAccess()), ...measureLoading(), ...(await measureSaves())];
print(rows, process.argv.includes("--json"));
process.exit(rows.every((row) => row.pass !== false) ? 0 : 1);
