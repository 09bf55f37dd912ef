-- Gel: new objects, whose ids are the database's, with links between them and a value of every kind

-- insert, 1 row, a statement each, yields keys
INSERT INTO "Person" ("name", "born") VALUES (CAST(@p1 AS text)::text, CAST(@p2 AS text)::date)
  RETURNING "id"::text AS c1;
-- @p1 = 'Ada'
-- @p2 = 1815-12-10

-- insert, 1 row, a statement each, yields keys
INSERT INTO "Movie" ("title", "director_id") VALUES (CAST(@p1 AS text)::text, CAST(@p2 AS text)::uuid)
  RETURNING "id"::text AS c1;
-- @p1 = 'Engines'
-- @p2 = key of w/1

-- insert, 1 row, a statement each, yields keys
INSERT INTO "Review" ("movie_id", "stars", "price", "at", "details", "picture") VALUES (CAST(@p1 AS text)::uuid, CAST(@p2 AS text)::int2, CAST(@p3 AS text)::numeric, CAST(@p4 AS text)::timestamptz, CAST(@p5 AS text)::json, CAST(@p6 AS text)::bytea)
  RETURNING "id"::text AS c1;
-- @p1 = key of w/2
-- @p2 = 5
-- @p3 = 12.50
-- @p4 = 2026-11-22T13:45:00.5Z
-- @p5 = JSON {"a":1}
-- @p6 = 0x00ff

-- check constraints
SET CONSTRAINTS ALL IMMEDIATE;
