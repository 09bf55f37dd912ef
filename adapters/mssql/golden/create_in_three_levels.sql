-- Two authors, their posts, and what belongs to those: keys by IDENTITY in the order of the rows, of the comments by newid()

-- insert, 2 rows, yields keys
DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [author] ([name], [email])
  OUTPUT inserted.[id] INTO @uow_keys
  SELECT v.c1, v.c2
  FROM (VALUES (0, @p1, @p2), (1, @p3, @p4)) AS v (place, c1, c2)
  ORDER BY v.place;
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys
  WHERE COLUMNPROPERTY(OBJECT_ID(N'[author]'), N'id', 'IsIdentity') = 1
  ORDER BY CASE WHEN IDENT_INCR(N'[author]') < 0 THEN -k ELSE k END;
-- @p1 = 'Ada'
-- @p2 = 'ada@example.org'
-- @p3 = 'Ben'
-- @p4 = 'ben@example.org'

-- insert, 2 rows, yields keys
DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [post] ([author_id], [title])
  OUTPUT inserted.[id] INTO @uow_keys
  SELECT CAST(v.c1 AS int), v.c2
  FROM (VALUES (0, @p1, @p2), (1, @p3, @p4)) AS v (place, c1, c2)
  ORDER BY v.place;
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys
  WHERE COLUMNPROPERTY(OBJECT_ID(N'[post]'), N'id', 'IsIdentity') = 1
  ORDER BY CASE WHEN IDENT_INCR(N'[post]') < 0 THEN -k ELSE k END;
-- @p1 = key of w/1
-- @p2 = 'One'
-- @p3 = key of w/2
-- @p4 = 'Two'

-- insert, 2 rows, a statement each, yields keys
DECLARE @uow_keys TABLE (k uniqueidentifier);
INSERT INTO [comment] ([post_id], [body])
  OUTPUT inserted.[id] INTO @uow_keys
  SELECT CAST(v.c1 AS bigint), v.c2
  FROM (VALUES (@p1, @p2)) AS v (c1, c2);
SELECT LOWER(CAST(k AS nvarchar(36))) AS c1 FROM @uow_keys;
-- @p1 = key of w/4
-- @p2 = 'Well'
-- and so for the others

-- insert, 1 row, affects 1
INSERT INTO [blog].[tag] ([post_id], [name], [weight])
  SELECT CAST(v.c1 AS bigint), v.c2, CAST(v.c3 AS float(53))
  FROM (VALUES (@p1, @p2, @p3)) AS v (c1, c2, c3);
-- @p1 = key of w/3
-- @p2 = 'new'
-- @p3 = 0.5
