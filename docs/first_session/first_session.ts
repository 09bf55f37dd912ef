// A first session, with Drizzle. Usage: first_session.ts <SQLite database>
import { drizzle } from "drizzle-orm/libsql";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { createUow } from "drizzle-uow";

const users = sqliteTable("users", {
  id: integer("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").unique(),
});
const posts = sqliteTable("posts", {
  id: integer("id").primaryKey(),
  authorId: integer("author_id").notNull().references(() => users.id),
  title: text("title").notNull(),
});

const db = drizzle(`file:${process.argv[2]}`, { schema: { users, posts } }); // as you have it
const uow = createUow(db);

const ann = uow.users.create({ name: "Ann", email: "ann@example.org" });
const post = uow.posts.create({ authorId: ann.id, title: "Hello" }); // neither has a key yet
const draft = uow.setCheckpoint();

uow.posts.delete(post); // a mistake
const { error } = uow.rollback(draft); // undone in memory at once, and in the journal
if (error) throw error;

const saved = await uow.save(); // one transaction, exactly once
console.log(`${saved.inserted} rows inserted; the post has id ${post.id}`);

const user = await uow.users.findFirst(); // Drizzle's own query; one object per row
if (user) user.name = "Anna"; // recorded, and durable soon after
await uow.save();
console.log(`Saved: ${ann.name}`);
await uow.close();
