import { bigserial, doublePrecision, integer, pgTable, serial, text } from "drizzle-orm/pg-core";

export const countries = pgTable("countries", {
  id: serial("id").primaryKey(),
  code: text("code").notNull().unique("countries_code"),
  name: text("name").notNull(),
  native: text("native").notNull(),
  continent: text("continent").notNull(),
  capital: text("capital"),
  languages: text("languages").array().notNull(),
});

export const areas = pgTable("areas", {
  id: serial("id").primaryKey(),
  countryId: integer("country_id")
    .notNull()
    .references(() => countries.id),
  code: text("code").notNull(),
});

export const cities = pgTable("cities", {
  id: bigserial("id", { mode: "number" }).primaryKey(),
  areaId: integer("area_id")
    .notNull()
    .references(() => areas.id),
  name: text("name").notNull(),
  population: integer("population").notNull(),
  longitude: doublePrecision("longitude").notNull(),
  latitude: doublePrecision("latitude").notNull(),
});

export const tables = { countries, areas, cities };

export const ddl = `
  CREATE TABLE countries (id serial PRIMARY KEY, code text NOT NULL CONSTRAINT countries_code UNIQUE, name text NOT NULL,
    native text NOT NULL, continent text NOT NULL, capital text, languages text[] NOT NULL);
  CREATE TABLE areas (id serial PRIMARY KEY, country_id int NOT NULL REFERENCES countries (id), code text NOT NULL);
  CREATE TABLE cities (id bigserial PRIMARY KEY, area_id int NOT NULL REFERENCES areas (id), name text NOT NULL, population int NOT NULL,
    longitude float8 NOT NULL, latitude float8 NOT NULL);
  CREATE INDEX ON areas (country_id);
  CREATE INDEX ON cities (area_id)`;
