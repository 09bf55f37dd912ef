-- The attempt that finds out which row a constraint failed for

-- insert, 2 rows, a statement each, yields keys
DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [post] ([author_id], [title])
  OUTPUT inserted.[id] INTO @uow_keys
  SELECT CAST(v.c1 AS int), v.c2
  FROM (VALUES (@p1, @p2)) AS v (c1, c2);
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys;
-- @p1 = 9
-- @p2 = 'a'
-- and so for the others

-- update, 2 rows, a statement each, affects 1
UPDATE t SET [name] = v.c1
  FROM [author] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'x'
-- @p2 = 1
-- and so for the others
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1), (1, @p2)) AS v (place, c1)
  LEFT JOIN [author] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1
-- @p2 = 2
