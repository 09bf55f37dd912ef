-- Rows that cascade to one another: whatever a cascade leaves behind was changed by others

-- delete, 1 row
DELETE t
  FROM [parent] AS t
  INNER JOIN (VALUES (@p1)) AS v (c1) ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 1

-- delete, 1 row
DELETE t
  FROM [child] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c1 AS int)
  AND EXISTS (SELECT t.[version] INTERSECT SELECT CAST(v.c2 AS int));
-- @p1 = 1
-- @p2 = 3

-- check rows, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, @p2)) AS v (place, c1, c2)
  INNER JOIN [child] AS t WITH (UPDLOCK, HOLDLOCK) ON t.[id] = CAST(v.c1 AS int) AND NOT (EXISTS (SELECT t.[version] INTERSECT SELECT CAST(v.c2 AS int)));
-- @p1 = 1
-- @p2 = 3
