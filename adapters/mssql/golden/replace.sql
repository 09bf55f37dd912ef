-- Rows that were deleted and created again: what isn't given takes its default; a row of a key alone is found

-- delete, 1 row, affects 1
DELETE t
  FROM [member] AS t
  INNER JOIN (VALUES (@p1)) AS v (c1) ON t.[name] = v.c1;
-- @p1 = 'ada'
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [member] AS t ON t.[name] = v.c1
  WHERE t.[name] IS NULL;
-- @p1 = 'ada'

-- insert, 1 row, affects 1
INSERT INTO [member] ([name])
  SELECT v.c1
  FROM (VALUES (@p1)) AS v (c1);
-- @p1 = 'ada'

-- update, 1 row, affects 1
UPDATE t SET [value] = v.c1, [since] = DEFAULT
  FROM [setting] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[name] = v.c2;
-- @p1 = 'dark'
-- @p2 = 'theme'
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [setting] AS t ON t.[name] = v.c1
  WHERE t.[name] IS NULL;
-- @p1 = 'theme'
