import { eq, relations } from "drizzle-orm";
import * as mysql from "./shop_mysql.js";
import * as pg from "./shop_pg.js";
import * as singlestore from "./shop_singlestore.js";
import * as sqlite from "./shop_sqlite.js";

/** Both dialects have the same relations; the types of one stand for both. */
function schemaOf({ authors, books, chapters, settings }: typeof pg.tables) {
  return {
    authors,
    books,
    chapters,
    settings,
    authorsRelations: relations(authors, ({ many }) => ({ books: many(books) })),
    booksRelations: relations(books, ({ one, many }) => ({
      author: one(authors, { fields: [books.authorId], references: [authors.id] }),
      chapters: many(chapters),
    })),
    chaptersRelations: relations(chapters, ({ one }) => ({
      book: one(books, { fields: [chapters.bookId], references: [books.id] }),
    })),
  };
}

export const configs = {
  postgresql: { schema: schemaOf(pg.tables) },
  mysql: { schema: schemaOf(mysql.tables as unknown as typeof pg.tables) },
  // Drizzle has no relational queries for it: createUow takes the tables.
  singlestore: { schema: schemaOf(singlestore.tables as unknown as typeof pg.tables) },
  sqlite: { schema: schemaOf(sqlite.tables as unknown as typeof pg.tables) },
};

export function whereId(table: keyof typeof pg.tables, dialect: keyof typeof configs, id: unknown): object {
  const { id: column } = configs[dialect].schema[table] as unknown as { id: typeof pg.authors.id };
  return { where: eq(column, id as number) };
}

export function orderById(table: keyof typeof pg.tables, dialect: keyof typeof configs): object {
  const { id } = configs[dialect].schema[table] as unknown as { id: typeof pg.authors.id };
  return { orderBy: id };
}
