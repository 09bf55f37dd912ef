import type { PGlite } from "@electric-sql/pglite";
import { and, eq, relations, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { comments, groups, memberships, posts, save, tables, users } from "./world_tables.js";

const usersRelations = relations(users, ({ many }) => ({
  posts: many(posts),
  comments: many(comments),
  memberships: many(memberships),
}));
const postsRelations = relations(posts, ({ one, many }) => ({
  author: one(users, { fields: [posts.authorId], references: [users.id] }),
  comments: many(comments),
}));
const commentsRelations = relations(comments, ({ one }) => ({
  post: one(posts, { fields: [comments.postId], references: [posts.id] }),
  author: one(users, { fields: [comments.authorId], references: [users.id] }),
}));
const groupsRelations = relations(groups, ({ many }) => ({ memberships: many(memberships) }));
const membershipsRelations = relations(memberships, ({ one }) => ({
  user: one(users, { fields: [memberships.userId], references: [users.id] }),
  group: one(groups, { fields: [memberships.groupCode], references: [groups.code] }),
}));

export const schema = { ...tables, usersRelations, postsRelations, commentsRelations, groupsRelations, membershipsRelations };

export function connect(client: PGlite) {
  return drizzle(client, { schema });
}

export const where = {
  users: (id: number) => ({ where: eq(users.id, id) }),
  posts: (id: number) => ({ where: eq(posts.id, id) }),
  groups: (code: string) => ({ where: eq(groups.code, code) }),
  memberships: (userId: number, code: string) => ({ where: and(eq(memberships.userId, userId), eq(memberships.groupCode, code)) }),
  save: (id: number) => ({ where: eq(save.id, id) }),
};

export const upperName = { extras: { upper: sql<string>`upper(${users.name})`.as("upper") } };
