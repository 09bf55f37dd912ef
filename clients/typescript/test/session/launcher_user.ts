import { routeTo } from "../../src/launcher/connect.js";

// Uses the project's uowd until it is killed.
await routeTo().ensure();
process.send?.("ready");
setInterval(() => {}, 1_000);
