-- Rows of a tree of which nobody knows how they refer to one another

-- delete, 3 rows, affects 3
DELETE t
  FROM [node] AS t
  INNER JOIN (VALUES (@p1), (@p2), (@p3)) AS v (c1) ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 1
-- @p2 = 2
-- @p3 = 3
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1), (1, @p2), (2, @p3)) AS v (place, c1)
  LEFT JOIN [node] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1
-- @p2 = 2
-- @p3 = 3
