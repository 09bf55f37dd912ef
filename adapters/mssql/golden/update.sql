-- Updates that check that the row exists, by a key of one column and by one of two

-- update, 2 rows, affects 2
UPDATE t SET [name] = v.c1
  FROM [author] AS t
  INNER JOIN (VALUES (@p1, @p2), (@p3, @p4)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'Ada L.'
-- @p2 = 1
-- @p3 = NULL
-- @p4 = 2
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1), (1, @p2)) AS v (place, c1)
  LEFT JOIN [author] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1
-- @p2 = 2

-- update, 1 row, affects 1
UPDATE t SET [weight] = CAST(v.c1 AS float(53)), [note] = v.c2
  FROM [blog].[tag] AS t
  INNER JOIN (VALUES (@p1, @p2, @p3, @p4)) AS v (c1, c2, c3, c4) ON t.[post_id] = CAST(v.c3 AS bigint) AND t.[name] = v.c4;
-- @p1 = 1.5
-- @p2 = 'more'
-- @p3 = 3
-- @p4 = 'new'
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, @p2)) AS v (place, c1, c2)
  LEFT JOIN [blog].[tag] AS t ON t.[post_id] = CAST(v.c1 AS bigint) AND t.[name] = v.c2
  WHERE t.[post_id] IS NULL;
-- @p1 = 3
-- @p2 = 'new'
