import { defineRelations } from "drizzle-orm";
import * as cockroach from "./shop_cockroach.v1.js";
import * as mysql from "./shop_mysql.js";
import * as pg from "./shop_pg.js";
import * as singlestore from "./shop_singlestore.js";
import * as sqlite from "./shop_sqlite.js";

/** Both dialects have the same relations; the types of one stand for both. */
function relationsOf(tables: typeof pg.tables) {
  return defineRelations(tables, (r) => ({
    authors: { books: r.many.books({ from: r.authors.id, to: r.books.authorId }) },
    books: {
      author: r.one.authors({ from: r.books.authorId, to: r.authors.id }),
      chapters: r.many.chapters({ from: r.books.id, to: r.chapters.bookId }),
    },
    chapters: { book: r.one.books({ from: r.chapters.bookId, to: r.books.id }) },
  }));
}

export const configs = {
  postgresql: { relations: relationsOf(pg.tables) },
  mysql: { relations: relationsOf(mysql.tables as unknown as typeof pg.tables) },
  singlestore: { relations: relationsOf(singlestore.tables as unknown as typeof pg.tables) },
  // oxlint-disable-next-line no-unnecessary-type-assertion -- it sees the types of 0.45, which has no such tables.
  cockroach: { relations: relationsOf(cockroach.tables as unknown as typeof pg.tables) },
  sqlite: { relations: relationsOf(sqlite.tables as unknown as typeof pg.tables) },
};

export function whereId(_table: keyof typeof pg.tables, _dialect: keyof typeof configs, id: unknown): object {
  return { where: { id } };
}

export function orderById(): object {
  return { orderBy: { id: "asc" } };
}
