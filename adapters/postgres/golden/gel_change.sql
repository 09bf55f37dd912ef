-- Gel: updates and deletes of objects

-- update, 2 rows, affects 2
UPDATE "Person" AS t SET "born" = v.c1 FROM unnest(CAST(@p1 AS text)::date[], CAST(@p2 AS text)::uuid[]) AS v(c1, c2)
  WHERE t."id" = v.c2;
-- @p1 = {1815-12-10, NULL}
-- @p2 = {'00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'}
-- where it affects another number, once it is rolled back
SELECT (r.c1 - 1)::text AS c1
  FROM (SELECT v.place FROM unnest(CAST(@p1 AS text)::uuid[]) WITH ORDINALITY AS v(c1, place)
  WHERE NOT EXISTS (SELECT FROM "Person" AS t
  WHERE t."id" = v.c1)) AS r (c1);
-- @p1 = {'00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'}

-- delete, 1 row, affects 1
DELETE FROM "Review" AS t
  WHERE t."id" = ANY(CAST(@p1 AS text)::uuid[]);
-- @p1 = {'00000000-0000-4000-8000-000000000001'}
-- where it affects another number, once it is rolled back
SELECT (r.c1 - 1)::text AS c1
  FROM (SELECT v.place FROM unnest(CAST(@p1 AS text)::uuid[]) WITH ORDINALITY AS v(c1, place)
  WHERE NOT EXISTS (SELECT FROM "Review" AS t
  WHERE t."id" = v.c1)) AS r (c1);
-- @p1 = {'00000000-0000-4000-8000-000000000001'}

-- check constraints
SET CONSTRAINTS ALL IMMEDIATE;
