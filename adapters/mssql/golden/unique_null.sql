-- A row takes the NULL of a unique column that another one gives up: the giving goes first

-- update, 1 row, affects 1
UPDATE t SET [email] = v.c1
  FROM [author] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'ben@example.org'
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
-- @p1 = NULL
-- @p2 = 1
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [author] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1
