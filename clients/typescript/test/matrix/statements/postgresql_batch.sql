DO $uow$ BEGIN IF to_regclass('uow_saves') IS NULL THEN CREATE TABLE uow_saves (session text PRIMARY KEY, fence bigint NOT NULL, save_id text NOT NULL DEFAULT '', saved bigint NOT NULL DEFAULT 0, result bytea NOT NULL DEFAULT '', updated_at timestamptz NOT NULL DEFAULT now()); END IF; EXCEPTION WHEN unique_violation OR duplicate_table OR duplicate_object THEN NULL; END $uow$;
SELECT nextval(source.seq::regclass)::text AS c1
FROM (
  SELECT d.objid AS seq
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_depend AS d ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  WHERE a.attrelid = CAST($1 AS text)::regclass AND a.attname = CAST($2 AS text) AND a.attidentity <> '' AND d.deptype = 'i'
    AND d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
  UNION ALL
  SELECT s.oid
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
  JOIN pg_catalog.pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S'
  WHERE a.attrelid = CAST($3 AS text)::regclass AND a.attname = CAST($4 AS text) AND a.attidentity = ''
    AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\(''([^'']|'''')+''::regclass\)$'
  LIMIT 1
) AS source, generate_series(1, CAST($5 AS text)::int8)
WHERE has_sequence_privilege(source.seq, 'USAGE, UPDATE');
WITH uow_rows AS (INSERT INTO uow_saves AS m (session, fence) VALUES (CAST($1 AS text), CAST($2 AS text)::int8) ON CONFLICT (session) DO UPDATE SET fence = excluded.fence, updated_at = now() WHERE m.fence < excluded.fence AND m.save_id = '' RETURNING 1) SELECT CASE WHEN count(*) = 1 THEN 1 ELSE CAST('uow_guard$1:' || count(*) AS int) END AS c1 FROM uow_rows;
WITH uow_rows AS (INSERT INTO "authors" ("id", "name") OVERRIDING SYSTEM VALUE SELECT v.c1, v.c2 FROM unnest(CAST($1 AS text)::int4[], CAST($2 AS text)::text[]) AS v(c1, c2) RETURNING 1) SELECT CASE WHEN count(*) = 3 THEN 1 ELSE CAST('uow_guard$3:' || count(*) AS int) END AS c1 FROM uow_rows;
WITH uow_rows AS (INSERT INTO "settings" ("owner", "name", "value") SELECT v.c1, v.c2, v.c3 FROM unnest(CAST($1 AS text)::text[], CAST($2 AS text)::text[], CAST($3 AS text)::text[]) AS v(c1, c2, c3) RETURNING 1) SELECT CASE WHEN count(*) = 1 THEN 1 ELSE CAST('uow_guard$4:' || count(*) AS int) END AS c1 FROM uow_rows;
SET CONSTRAINTS ALL IMMEDIATE;
WITH uow_rows AS (UPDATE uow_saves SET save_id = CAST($1 AS text), saved = CAST($2 AS text)::int8, result = CAST($3 AS text)::bytea, updated_at = now() WHERE session = CAST($4 AS text) AND fence = CAST($5 AS text)::int8 RETURNING 1) SELECT CASE WHEN count(*) = 1 THEN 1 ELSE CAST('uow_guard$6:' || count(*) AS int) END AS c1 FROM uow_rows;
SELECT nextval(source.seq::regclass)::text AS c1
FROM (
  SELECT d.objid AS seq
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_depend AS d ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  WHERE a.attrelid = CAST($1 AS text)::regclass AND a.attname = CAST($2 AS text) AND a.attidentity <> '' AND d.deptype = 'i'
    AND d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
  UNION ALL
  SELECT s.oid
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
  JOIN pg_catalog.pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S'
  WHERE a.attrelid = CAST($3 AS text)::regclass AND a.attname = CAST($4 AS text) AND a.attidentity = ''
    AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\(''([^'']|'''')+''::regclass\)$'
  LIMIT 1
) AS source, generate_series(1, CAST($5 AS text)::int8)
WHERE has_sequence_privilege(source.seq, 'USAGE, UPDATE');
SELECT nextval(source.seq::regclass)::text AS c1
FROM (
  SELECT d.objid AS seq
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_depend AS d ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  WHERE a.attrelid = CAST($1 AS text)::regclass AND a.attname = CAST($2 AS text) AND a.attidentity <> '' AND d.deptype = 'i'
    AND d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
  UNION ALL
  SELECT s.oid
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
  JOIN pg_catalog.pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S'
  WHERE a.attrelid = CAST($3 AS text)::regclass AND a.attname = CAST($4 AS text) AND a.attidentity = ''
    AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\(''([^'']|'''')+''::regclass\)$'
  LIMIT 1
) AS source, generate_series(1, CAST($5 AS text)::int8)
WHERE has_sequence_privilege(source.seq, 'USAGE, UPDATE');
SELECT nextval(source.seq::regclass)::text AS c1
FROM (
  SELECT d.objid AS seq
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_depend AS d ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  WHERE a.attrelid = CAST($1 AS text)::regclass AND a.attname = CAST($2 AS text) AND a.attidentity <> '' AND d.deptype = 'i'
    AND d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
  UNION ALL
  SELECT s.oid
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
  JOIN pg_catalog.pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S'
  WHERE a.attrelid = CAST($3 AS text)::regclass AND a.attname = CAST($4 AS text) AND a.attidentity = ''
    AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\(''([^'']|'''')+''::regclass\)$'
  LIMIT 1
) AS source, generate_series(1, CAST($5 AS text)::int8)
WHERE has_sequence_privilege(source.seq, 'USAGE, UPDATE');
WITH uow_rows AS (UPDATE uow_saves SET fence = CAST($1 AS text)::int8, updated_at = now() WHERE session = CAST($2 AS text) AND fence < CAST($3 AS text)::int8 AND save_id = CAST($4 AS text) RETURNING 1) SELECT CASE WHEN count(*) = 1 THEN 1 ELSE CAST('uow_guard$1:' || count(*) AS int) END AS c1 FROM uow_rows;
WITH uow_rows AS (UPDATE "authors" AS t SET "country" = v.c1 FROM unnest(CAST($1 AS text)::text[], CAST($2 AS text)::int4[]) AS v(c1, c2) WHERE t."id" = v.c2 RETURNING 1) SELECT CASE WHEN count(*) = 2 THEN 1 ELSE CAST('uow_guard$5:' || count(*) AS int) END AS c1 FROM uow_rows;
WITH uow_rows AS (UPDATE "settings" AS t SET "value" = v.c1 FROM unnest(CAST($1 AS text)::text[], CAST($2 AS text)::text[], CAST($3 AS text)::text[]) AS v(c1, c2, c3) WHERE t."owner" = v.c2 AND t."name" = v.c3 RETURNING 1) SELECT CASE WHEN count(*) = 1 THEN 1 ELSE CAST('uow_guard$6:' || count(*) AS int) END AS c1 FROM uow_rows;
WITH uow_rows AS (INSERT INTO "authors" ("id", "name", "country") OVERRIDING SYSTEM VALUE SELECT v.c1, v.c2, v.c3 FROM unnest(CAST($1 AS text)::int4[], CAST($2 AS text)::text[], CAST($3 AS text)::text[]) AS v(c1, c2, c3) RETURNING 1) SELECT CASE WHEN count(*) = 1 THEN 1 ELSE CAST('uow_guard$7:' || count(*) AS int) END AS c1 FROM uow_rows;
WITH uow_rows AS (INSERT INTO "books" ("id", "author_id", "title") OVERRIDING SYSTEM VALUE SELECT v.c1, v.c2, v.c3 FROM unnest(CAST($1 AS text)::int8[], CAST($2 AS text)::int4[], CAST($3 AS text)::text[]) AS v(c1, c2, c3) RETURNING 1) SELECT CASE WHEN count(*) = 2 THEN 1 ELSE CAST('uow_guard$8:' || count(*) AS int) END AS c1 FROM uow_rows;
WITH uow_rows AS (INSERT INTO "books" ("id", "author_id", "title") OVERRIDING SYSTEM VALUE SELECT v.c1, v.c2, v.c3 FROM unnest(CAST($1 AS text)::int8[], CAST($2 AS text)::int4[], CAST($3 AS text)::text[]) AS v(c1, c2, c3) RETURNING 1) SELECT CASE WHEN count(*) = 2 THEN 1 ELSE CAST('uow_guard$9:' || count(*) AS int) END AS c1 FROM uow_rows;
WITH uow_rows AS (INSERT INTO "chapters" ("id", "book_id", "title") OVERRIDING SYSTEM VALUE SELECT v.c1, v.c2, v.c3 FROM unnest(CAST($1 AS text)::int4[], CAST($2 AS text)::int8[], CAST($3 AS text)::text[]) AS v(c1, c2, c3) RETURNING 1) SELECT CASE WHEN count(*) = 2 THEN 1 ELSE CAST('uow_guard$10:' || count(*) AS int) END AS c1 FROM uow_rows;
WITH uow_rows AS (INSERT INTO "chapters" ("id", "book_id", "title") OVERRIDING SYSTEM VALUE SELECT v.c1, v.c2, v.c3 FROM unnest(CAST($1 AS text)::int4[], CAST($2 AS text)::int8[], CAST($3 AS text)::text[]) AS v(c1, c2, c3) RETURNING 1) SELECT CASE WHEN count(*) = 2 THEN 1 ELSE CAST('uow_guard$11:' || count(*) AS int) END AS c1 FROM uow_rows;
WITH uow_rows AS (DELETE FROM "authors" AS t WHERE t."id" = ANY(CAST($1 AS text)::int4[]) RETURNING 1) SELECT CASE WHEN count(*) = 1 THEN 1 ELSE CAST('uow_guard$12:' || count(*) AS int) END AS c1 FROM uow_rows;
SET CONSTRAINTS ALL IMMEDIATE;
WITH uow_rows AS (UPDATE uow_saves SET save_id = CAST($1 AS text), saved = CAST($2 AS text)::int8, result = CAST($3 AS text)::bytea, updated_at = now() WHERE session = CAST($4 AS text) AND fence = CAST($5 AS text)::int8 RETURNING 1) SELECT CASE WHEN count(*) = 1 THEN 1 ELSE CAST('uow_guard$14:' || count(*) AS int) END AS c1 FROM uow_rows;
