// What tracking costs. `./dev bench client` builds the package and uowd, and runs this.
import { measureAccess } from "./access.ts";
import { measureLoading } from "./loading.ts";
import { print } from "./table.ts";

const rows = [...(await measureAccess()), ...measureLoading()];
print(rows, process.argv.includes("--json"));
process.exit(rows.every((row) => row.pass !== false) ? 0 : 1);
