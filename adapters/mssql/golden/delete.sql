-- Deletes, children ahead of their parents, by keys of one and of two columns

-- delete, 1 row, affects 1
DELETE t
  FROM [post] AS t
  INNER JOIN (VALUES (@p1)) AS v (c1) ON t.[id] = CAST(v.c1 AS bigint);
-- @p1 = 3
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [post] AS t ON t.[id] = CAST(v.c1 AS bigint)
  WHERE t.[id] IS NULL;
-- @p1 = 3

-- delete, 1 row, affects 1
DELETE t
  FROM [blog].[tag] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[post_id] = CAST(v.c1 AS bigint) AND t.[name] = v.c2;
-- @p1 = 2
-- @p2 = 'new'
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, @p2)) AS v (place, c1, c2)
  LEFT JOIN [blog].[tag] AS t ON t.[post_id] = CAST(v.c1 AS bigint) AND t.[name] = v.c2
  WHERE t.[post_id] IS NULL;
-- @p1 = 2
-- @p2 = 'new'

-- delete, 1 row, affects 1
DELETE t
  FROM [post] AS t
  INNER JOIN (VALUES (@p1)) AS v (c1) ON t.[id] = CAST(v.c1 AS bigint);
-- @p1 = 2
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [post] AS t ON t.[id] = CAST(v.c1 AS bigint)
  WHERE t.[id] IS NULL;
-- @p1 = 2

-- delete, 1 row, affects 1
DELETE t
  FROM [author] AS t
  INNER JOIN (VALUES (@p1)) AS v (c1) ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 1
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [author] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1
