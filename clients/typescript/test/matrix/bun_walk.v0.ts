import { walk } from "./bun_walk.js";
import { configs } from "./shop.v0.js";

await walk(configs);
