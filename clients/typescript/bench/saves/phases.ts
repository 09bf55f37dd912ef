export type Phase =
  | "tracking"
  | "encoding"
  | "gRPC"
  | "journal"
  | "plan"
  | "binding and driver"
  | "database"
  | "hydration"
  | "garbage collection";

/** The parts of a save, and the code of this process that belongs to each. What has none is waited for. */
export const phases: readonly { readonly name: Phase; readonly code?: RegExp; readonly meaning: string }[] = [
  {
    name: "tracking",
    code: /src\/(tracking|uow|drizzle|model)\/|bench\/saves\//,
    meaning: "changes in memory, their log and its bookkeeping",
  },
  { name: "encoding", code: /src\/(session\/(encode|byte_writer)|codec\/)/, meaning: "values and events into the journal's bytes" },
  { name: "gRPC", code: /@grpc\/|@bufbuild\/|src\/(session|gen)\/|node:internal\/http2/, meaning: "streams, messages, HTTP/2" },
  { name: "hydration", code: /src\/save\/(hydrate|keys|rows|result)/, meaning: "what the database has generated into the objects" },
  {
    name: "binding and driver",
    code: /src\/(save|drivers)\/|node_modules\/(pg|better-sqlite3|drizzle-orm)/,
    meaning: "the plan's statements, Drizzle, the driver",
  },
  { name: "journal", meaning: "waiting for uowd to write what was recorded, and the save's outcome" },
  { name: "plan", meaning: "waiting for uowd to fold and plan" },
  { name: "database", meaning: "waiting for the database; SQLite runs within its driver" },
  { name: "garbage collection", meaning: "of this process" },
];
