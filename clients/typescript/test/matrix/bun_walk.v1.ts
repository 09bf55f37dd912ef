import { walk } from "./bun_walk.js";
import { configs } from "./shop.v1.js";

await walk(configs);
