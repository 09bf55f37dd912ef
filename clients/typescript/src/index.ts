export { UowError } from "./errors.js";
