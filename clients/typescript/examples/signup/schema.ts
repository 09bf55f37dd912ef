import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const companies = sqliteTable("companies", {
  id: integer("id").primaryKey(),
  name: text("name").notNull().unique(),
  country: text("country").notNull(),
});
export const people = sqliteTable("people", {
  id: integer("id").primaryKey(),
  companyId: integer("company_id")
    .notNull()
    .references(() => companies.id),
  email: text("email").notNull().unique(),
});
export const subscriptions = sqliteTable("subscriptions", {
  id: integer("id").primaryKey(),
  companyId: integer("company_id")
    .notNull()
    .references(() => companies.id),
  plan: text("plan").notNull(),
  seats: integer("seats").notNull(),
});

export type Company = typeof companies.$inferSelect;
