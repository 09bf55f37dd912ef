import { drizzle } from "drizzle-orm/libsql";
import { createUow } from "drizzle-uow";
import * as schema from "./schema.ts";

const db = drizzle(`file:${process.argv[2]}`, { schema });
const begin = (session?: string) => createUow(db, { session, idleTtl: 7 * 24 * 3600 * 1000 });
export type Wizard = ReturnType<typeof begin>;

/** One step: begins the wizard's session or takes it up, and leaves it durable for the next step, whichever process that runs in. */
export async function step<T>(session: string | undefined, work: (uow: Wizard) => T | Promise<T>): Promise<T> {
  const uow = begin(session);
  try {
    await uow.ready;
    const result = await work(uow);
    await uow.flush();
    return result;
  } finally {
    await uow.close({ keepSession: true });
  }
}

/** The company that the first step has created; it isn't in the database yet. */
export function companyOf(uow: Wizard): schema.Company {
  const created = uow.pending().find(({ table }) => table === "companies");
  if (created === undefined) throw new Error("this sign-up has no company");
  return created.entity as schema.Company;
}
