import { readFileSync } from "node:fs";
import ts from "typescript";

const docs = new URL("../../../docs/first_session/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, docs), "utf8");

/** A program of a user's. */
export interface Program {
  readonly file: string;
  readonly source: string;
}

/** The README's first session as JavaScript, with its tables made first: an ES module, a CommonJS module, and one on PGlite. */
export function sessionPrograms(): Program[] {
  const session = read("first_session.ts");
  return [
    { file: "libsql.mjs", source: compile(onLibsql(session), ts.ModuleKind.ESNext) },
    { file: "libsql.cjs", source: compile(inFunction(onLibsql(session)), ts.ModuleKind.CommonJS) },
    { file: "pglite.mjs", source: compile(onPglite(session), ts.ModuleKind.ESNext) },
  ];
}

/** Takes the path of a uowd. Prints how the login to a server ended that asks for MySQL 8's kind of password. */
export function loginProgram(): Program {
  const source = readFileSync(new URL("bare_root_login.ts", import.meta.url), "utf8");
  return { file: "login.mjs", source: compile(source, ts.ModuleKind.ESNext) };
}

function onLibsql(session: string): string {
  const tables = `await db.$client.executeMultiple(${JSON.stringify(read("schema.sql"))});\n`;
  return replaced(session, "const uow =", `${tables}const uow =`);
}

function onPglite(session: string): string {
  const tables = JSON.stringify(read("schema.sql").replaceAll("INTEGER PRIMARY KEY", "serial PRIMARY KEY"));
  const changes: readonly [string, string][] = [
    ["drizzle-orm/libsql", "drizzle-orm/pglite"],
    [
      'import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core"',
      'import { integer, pgTable, serial, text } from "drizzle-orm/pg-core"',
    ],
    ["drizzle(`file:${process.argv[2]}`", "drizzle(process.argv[2]"],
    ["const uow =", `await db.$client.exec(${tables});\nconst uow =`],
  ];
  const changed = changes.reduce((text, [from, to]) => replaced(text, from, to), session);
  return changed.replaceAll("sqliteTable(", "pgTable(").replaceAll('integer("id").primaryKey()', 'serial("id").primaryKey()');
}

function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the first session has no ${JSON.stringify(from)} any more`);
  return text.replace(from, () => to);
}

/** What comes after the imports goes into a function, for a CommonJS module can't await by itself. */
function inFunction(source: string): string {
  const at = source.lastIndexOf("import ");
  const end = source.indexOf("\n", at) + 1;
  return `${source.slice(0, end)}async function main() {\n${source.slice(end)}}\nmain();\n`;
}

function compile(source: string, module: ts.ModuleKind): string {
  return ts.transpileModule(source, { compilerOptions: { module, target: ts.ScriptTarget.ES2022 } }).outputText;
}
