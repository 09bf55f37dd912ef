import type { PGlite } from "@electric-sql/pglite";
import { defineRelations, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/pglite";
import { authors, tables, users } from "./world_tables.js";

export const relations = defineRelations({ ...tables, authors }, (r) => ({
  users: {
    posts: r.many.posts({ from: r.users.id, to: r.posts.authorId }),
    comments: r.many.comments({ from: r.users.id, to: r.comments.authorId }),
    memberships: r.many.memberships({ from: r.users.id, to: r.memberships.userId }),
    groups: r.many.groups({ from: r.users.id.through(r.memberships.userId), to: r.groups.code.through(r.memberships.groupCode) }),
  },
  posts: {
    author: r.one.users({ from: r.posts.authorId, to: r.users.id }),
    comments: r.many.comments({ from: r.posts.id, to: r.comments.postId }),
  },
  comments: {
    post: r.one.posts({ from: r.comments.postId, to: r.posts.id }),
    author: r.one.users({ from: r.comments.authorId, to: r.users.id }),
  },
  groups: {
    memberships: r.many.memberships({ from: r.groups.code, to: r.memberships.groupCode }),
    users: r.many.users(),
  },
  memberships: {
    user: r.one.users({ from: r.memberships.userId, to: r.users.id }),
    group: r.one.groups({ from: r.memberships.groupCode, to: r.groups.code }),
  },
  authors: { posts: r.many.posts({ from: r.authors.id, to: r.posts.authorId }) },
}));

export function connect(client: PGlite) {
  return drizzle({ client, relations });
}

export const where = {
  users: (id: number) => ({ where: { id } }),
  posts: (id: number) => ({ where: { id } }),
  groups: (code: string) => ({ where: { code } }),
  memberships: (userId: number, groupCode: string) => ({ where: { userId, groupCode } }),
  save: (id: number) => ({ where: { id } }),
};

export const upperName = { extras: { upper: () => sql<string>`upper(${users.name})` } };
