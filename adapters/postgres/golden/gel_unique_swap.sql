-- Gel: two objects swap an exclusive value

-- update, 1 row, affects 1
UPDATE "Person" AS t SET "name" = v.c1 FROM unnest(CAST(@p1 AS text)::text[], CAST(@p2 AS text)::uuid[]) AS v(c1, c2)
  WHERE t."id" = v.c2;
-- @p1 = {NULL}
-- @p2 = {'00000000-0000-4000-8000-000000000002'}
-- where it affects another number, once it is rolled back
SELECT (r.c1 - 1)::text AS c1
  FROM (SELECT v.place FROM unnest(CAST(@p1 AS text)::uuid[]) WITH ORDINALITY AS v(c1, place)
  WHERE NOT EXISTS (SELECT FROM "Person" AS t
  WHERE t."id" = v.c1)) AS r (c1);
-- @p1 = {'00000000-0000-4000-8000-000000000002'}

-- update, 1 row, affects 1
UPDATE "Person" AS t SET "name" = v.c1 FROM unnest(CAST(@p1 AS text)::text[], CAST(@p2 AS text)::uuid[]) AS v(c1, c2)
  WHERE t."id" = v.c2;
-- @p1 = {'Ben'}
-- @p2 = {'00000000-0000-4000-8000-000000000001'}
-- where it affects another number, once it is rolled back
SELECT (r.c1 - 1)::text AS c1
  FROM (SELECT v.place FROM unnest(CAST(@p1 AS text)::uuid[]) WITH ORDINALITY AS v(c1, place)
  WHERE NOT EXISTS (SELECT FROM "Person" AS t
  WHERE t."id" = v.c1)) AS r (c1);
-- @p1 = {'00000000-0000-4000-8000-000000000001'}

-- update, 1 row, affects 1
UPDATE "Person" AS t SET "name" = v.c1 FROM unnest(CAST(@p1 AS text)::text[], CAST(@p2 AS text)::uuid[]) AS v(c1, c2)
  WHERE t."id" = v.c2;
-- @p1 = {'Ada'}
-- @p2 = {'00000000-0000-4000-8000-000000000002'}
-- where it affects another number, once it is rolled back
SELECT (r.c1 - 1)::text AS c1
  FROM (SELECT v.place FROM unnest(CAST(@p1 AS text)::uuid[]) WITH ORDINALITY AS v(c1, place)
  WHERE NOT EXISTS (SELECT FROM "Person" AS t
  WHERE t."id" = v.c1)) AS r (c1);
-- @p1 = {'00000000-0000-4000-8000-000000000002'}

-- check constraints
SET CONSTRAINTS ALL IMMEDIATE;
