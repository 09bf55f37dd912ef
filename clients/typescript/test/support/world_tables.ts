import { sql } from "drizzle-orm";
import {
  bigint,
  customType,
  foreignKey,
  integer,
  jsonb,
  numeric,
  pgTable,
  pgView,
  primaryKey,
  serial,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";

// The tables of the tests of tracking: a bit of everything that a schema can have.

const bytea = customType<{ data: Buffer; driverData: Buffer | Uint8Array | string }>({
  dataType: () => "bytea",
  // Nested rows come through JSON.
  fromDriver: (value) => (typeof value === "string" ? Buffer.from(value.replace(/^\\x/, ""), "hex") : Buffer.from(value)),
});

export const users = pgTable("users", {
  id: serial("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").unique("email_is_taken"),
  bornAt: timestamp("born_at", { withTimezone: true, mode: "date" }),
  avatar: bytea("avatar"),
  settings: jsonb("settings").$type<Settings>(),
  tags: text("tags").array(),
  score: bigint("score", { mode: "bigint" }),
  balance: numeric("balance", { precision: 12, scale: 2 }),
  role: text("role").notNull().default("member"),
  token: text("token").$defaultFn(() => "token"),
});

export interface Settings {
  theme?: string;
  sizes?: number[];
  panels?: { name: string; open?: boolean }[];
  nested?: { deep?: { value?: number } };
}

export const posts = pgTable("posts", {
  id: serial("id").primaryKey(),
  authorId: integer("author_id")
    .notNull()
    .references(() => users.id),
  title: text("title").notNull(),
  views: integer("views").notNull().default(0),
  updates: integer("updates")
    .notNull()
    .default(0)
    .$onUpdateFn(() => ++updates.count),
});

/** What `$onUpdateFn` of posts counts. */
export const updates = { count: 0 };

export const comments = pgTable("comments", {
  id: uuid("id")
    .primaryKey()
    .$defaultFn(() => crypto.randomUUID()),
  postId: integer("post_id")
    .notNull()
    .references(() => posts.id, { onDelete: "cascade" }),
  authorId: integer("author_id").references(() => users.id, { onDelete: "set null" }),
  body: text("body").notNull(),
});

export const groups = pgTable("groups", {
  code: text("code").primaryKey(),
  title: text("title").notNull(),
  slug: text("slug").generatedAlwaysAs(sql`lower(title)`),
  version: integer("version").notNull().default(1),
});

export const memberships = pgTable(
  "memberships",
  {
    userId: integer("user_id")
      .notNull()
      .references(() => users.id),
    groupCode: text("group_code")
      .notNull()
      .references(() => groups.code, { onUpdate: "cascade" }),
    seat: integer("seat"),
    row: integer("row"),
  },
  (table) => [primaryKey({ columns: [table.userId, table.groupCode] }), unique("place").on(table.groupCode, table.row, table.seat)],
);

/** Refers to a composite key, and has a name of the unit of work's own. */
export const save = pgTable(
  "save",
  {
    id: serial("id").primaryKey(),
    userId: integer("user_id").notNull(),
    groupCode: text("group_code").notNull(),
    note: text("note"),
  },
  (table) => [
    foreignKey({ columns: [table.userId, table.groupCode], foreignColumns: [memberships.userId, memberships.groupCode] }),
  ],
);

/** No primary key: read, not tracked. */
export const visits = pgTable("visits", { path: text("path").notNull(), at: integer("at").notNull() });

export const authors = pgView("authors").as((query) =>
  query.selectDistinct({ id: users.id, name: users.name }).from(users).innerJoin(posts, sql`${posts.authorId} = ${users.id}`),
);

export const tables = { users, posts, comments, groups, memberships, save, visits };

export const ddl = `
create table users (id serial primary key, name text not null, email text constraint email_is_taken unique, born_at timestamptz, avatar bytea, settings jsonb,
  tags text[], score bigint, balance numeric(12, 2), role text not null default 'member', token text);
create table posts (id serial primary key, author_id integer not null references users, title text not null,
  views integer not null default 0, updates integer not null default 0);
create table comments (id uuid primary key, post_id integer not null references posts on delete cascade,
  author_id integer references users on delete set null, body text not null);
create table groups (code text primary key, title text not null, slug text generated always as (lower(title)) stored,
  version integer not null default 1);
create table memberships (user_id integer not null references users, group_code text not null references groups on update cascade, seat integer,
  row integer, primary key (user_id, group_code), constraint place unique (group_code, row, seat));
create table save (id serial primary key, user_id integer not null, group_code text not null, note text,
  foreign key (user_id, group_code) references memberships);
create table visits (path text not null, at integer not null);
create view authors as select distinct users.id, users.name from users inner join posts on posts.author_id = users.id;
`;

export const rows = `
insert into users (name, email, born_at, avatar, settings, tags, score, balance) values
  ('ann', 'ann@x', '2000-01-02T03:04:05Z', '\\x0102', '{"theme": "dark", "sizes": [1, 2], "panels": [{"name": "a"}, {"name": "b"}]}', '{x,y}', 9007199254740993, 10.50),
  ('bob', 'bob@x', null, null, null, null, null, null),
  ('cy', null, '1990-05-06T00:00:00Z', null, '{"nested": {"deep": {"value": 1}}}', '{}', 7, 0.00);
insert into posts (author_id, title, views) values (1, 'one', 10), (1, 'two', 20), (2, 'three', 30);
insert into comments values ('00000000-0000-0000-0000-00000000000a', 1, 2, 'first'), ('00000000-0000-0000-0000-00000000000b', 1, 3, 'second'),
  ('00000000-0000-0000-0000-00000000000c', 3, null, 'third');
insert into groups (code, title) values ('G1', 'Group One'), ('G2', 'Group Two');
insert into memberships values (1, 'G1', 1, 1), (1, 'G2', 1, 1), (2, 'G1', 2, 1);
insert into save (user_id, group_code, note) values (1, 'G1', 'kept');
insert into visits values ('/', 1), ('/a', 2);
`;
