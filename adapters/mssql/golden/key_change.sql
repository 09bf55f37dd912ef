-- Two rows exchange their keys

-- update, 1 row, affects 1
UPDATE t SET [code] = v.c1
  FROM [country] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[code] = v.c2;
-- @p1 = '~2'
-- @p2 = 'BB'
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [country] AS t ON t.[code] = v.c1
  WHERE t.[code] IS NULL;
-- @p1 = 'BB'

-- update, 1 row, affects 1
UPDATE t SET [code] = v.c1
  FROM [country] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[code] = v.c2;
-- @p1 = 'BB'
-- @p2 = 'AA'
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [country] AS t ON t.[code] = v.c1
  WHERE t.[code] IS NULL;
-- @p1 = 'AA'

-- update, 1 row, affects 1
UPDATE t SET [code] = v.c1, [name] = v.c2
  FROM [country] AS t
  INNER JOIN (VALUES (@p1, @p2, @p3)) AS v (c1, c2, c3) ON t.[code] = v.c3;
-- @p1 = 'AA'
-- @p2 = 'Ayland'
-- @p3 = '~2'
