-- Two rows swap a unique value: one is parked, and not by NULL, which only one row may have

-- update, 1 row, affects 1
UPDATE t SET [email] = v.c1
  FROM [author] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = '~oeLqRR3u-'
-- @p2 = 2
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [author] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 2

-- update, 1 row, affects 1
UPDATE t SET [email] = v.c1
  FROM [author] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'ben@example.org'
-- @p2 = 1
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [author] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1

-- update, 1 row, affects 1
UPDATE t SET [email] = v.c1
  FROM [author] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'ada@example.org'
-- @p2 = 2
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [author] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 2
