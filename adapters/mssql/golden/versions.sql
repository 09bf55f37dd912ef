-- Versions that count, that are times, and that are a rowversion: checked in the write, moved, and read back

-- insert, 1 row, affects 1
INSERT INTO [counted] ([id], [label], [version])
  SELECT CAST(v.c1 AS int), v.c2, CAST(v.c3 AS int)
  FROM (VALUES (@p1, @p2, @p3)) AS v (c1, c2, c3);
-- @p1 = 3
-- @p2 = 'c'
-- @p3 = 1

-- insert, 1 row, affects 1
INSERT INTO [stamped] ([id], [label], [version])
  SELECT CAST(v.c1 AS int), v.c2, CAST(SYSUTCDATETIME() AS datetime2(3))
  FROM (VALUES (@p1, @p2)) AS v (c1, c2);
-- @p1 = 3
-- @p2 = 'c'

-- read versions, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(nvarchar(40), CAST(t.[version] AS datetime2(6)), 126) AS c2
  FROM (VALUES (0, @p1)) AS v (place, c1)
  INNER JOIN [stamped] AS t ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 3

-- insert, 1 row, affects 1
INSERT INTO [zoned] ([id], [label], [version])
  SELECT CAST(v.c1 AS int), v.c2, TODATETIMEOFFSET(CAST(SYSUTCDATETIME() AS datetime2(3)), 0)
  FROM (VALUES (@p1, @p2)) AS v (c1, c2);
-- @p1 = 3
-- @p2 = 'c'

-- read versions, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(nvarchar(40), CAST(SWITCHOFFSET(t.[version], 0) AS datetime2(6)), 126) + N'Z' AS c2
  FROM (VALUES (0, @p1)) AS v (place, c1)
  INNER JOIN [zoned] AS t ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 3

-- insert, 1 row, affects 1
INSERT INTO [token] ([id], [label])
  SELECT CAST(v.c1 AS int), v.c2
  FROM (VALUES (@p1, @p2)) AS v (c1, c2);
-- @p1 = 3
-- @p2 = 'c'

-- read versions, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(varchar(max), CAST(t.[version] AS varbinary(max)), 2) AS c2
  FROM (VALUES (0, @p1)) AS v (place, c1)
  INNER JOIN [token] AS t ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 3

-- update, 1 row, affects 1
UPDATE t SET [label] = v.c1, [version] = COALESCE(t.[version], 0) + 1
  FROM [counted] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'b'
-- @p2 = 2
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [counted] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 2

-- read versions, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1, CAST(t.[version] AS nvarchar(max)) AS c2
  FROM (VALUES (0, @p1)) AS v (place, c1)
  INNER JOIN [counted] AS t ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 2

-- update, 1 row, affects 1
UPDATE t SET [label] = v.c1, [version] = CAST(v.c2 AS int)
  FROM [counted] AS t
  INNER JOIN (VALUES (@p1, @p2, @p3, @p4)) AS v (c1, c2, c3, c4) ON t.[id] = CAST(v.c3 AS int)
  AND EXISTS (SELECT t.[version] INTERSECT SELECT CAST(v.c4 AS int));
-- @p1 = 'a'
-- @p2 = 5
-- @p3 = 1
-- @p4 = 4
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, @p2)) AS v (place, c1, c2)
  LEFT JOIN [counted] AS t ON t.[id] = CAST(v.c1 AS int)
  AND EXISTS (SELECT t.[version] INTERSECT SELECT CAST(v.c2 AS int))
  WHERE t.[id] IS NULL;
-- @p1 = 1
-- @p2 = 4

-- update, 1 row, affects 1
UPDATE t SET [label] = v.c1, [version] = CASE WHEN DATEADD(millisecond, 4, CAST(t.[version] AS datetime2(3))) > CAST(SYSUTCDATETIME() AS datetime2(3)) THEN DATEADD(millisecond, 4, CAST(t.[version] AS datetime2(3))) ELSE CAST(SYSUTCDATETIME() AS datetime2(3)) END
  FROM [stamped] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'b'
-- @p2 = 2
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [stamped] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 2

-- read versions, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(nvarchar(40), CAST(t.[version] AS datetime2(6)), 126) AS c2
  FROM (VALUES (0, @p1)) AS v (place, c1)
  INNER JOIN [stamped] AS t ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 2

-- update, 1 row, affects 1
UPDATE t SET [label] = v.c1, [version] = CASE WHEN DATEADD(millisecond, 4, CAST(t.[version] AS datetime2(3))) > CAST(SYSUTCDATETIME() AS datetime2(3)) THEN DATEADD(millisecond, 4, CAST(t.[version] AS datetime2(3))) ELSE CAST(SYSUTCDATETIME() AS datetime2(3)) END
  FROM [stamped] AS t
  INNER JOIN (VALUES (@p1, @p2, @p3)) AS v (c1, c2, c3) ON t.[id] = CAST(v.c2 AS int)
  AND (DATEDIFF_BIG(microsecond, CAST(v.c3 AS datetime2(7)), CAST(t.[version] AS datetime2(7))) BETWEEN -500 AND 999 OR (t.[version] IS NULL AND v.c3 IS NULL));
-- @p1 = 'a'
-- @p2 = 1
-- @p3 = 2026-11-22T13:45:00.123
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, @p2)) AS v (place, c1, c2)
  LEFT JOIN [stamped] AS t ON t.[id] = CAST(v.c1 AS int)
  AND (DATEDIFF_BIG(microsecond, CAST(v.c2 AS datetime2(7)), CAST(t.[version] AS datetime2(7))) BETWEEN -500 AND 999 OR (t.[version] IS NULL AND v.c2 IS NULL))
  WHERE t.[id] IS NULL;
-- @p1 = 1
-- @p2 = 2026-11-22T13:45:00.123

-- read versions, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(nvarchar(40), CAST(t.[version] AS datetime2(6)), 126) AS c2
  FROM (VALUES (0, @p1)) AS v (place, c1)
  INNER JOIN [stamped] AS t ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 1

-- update, 1 row, affects 1
UPDATE t SET [label] = v.c1, [version] = CASE WHEN DATEADD(millisecond, 4, CAST(t.[version] AS datetimeoffset(3))) > TODATETIMEOFFSET(CAST(SYSUTCDATETIME() AS datetime2(3)), 0) THEN DATEADD(millisecond, 4, CAST(t.[version] AS datetimeoffset(3))) ELSE TODATETIMEOFFSET(CAST(SYSUTCDATETIME() AS datetime2(3)), 0) END
  FROM [zoned] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'b'
-- @p2 = 2
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [zoned] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 2

-- read versions, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(nvarchar(40), CAST(SWITCHOFFSET(t.[version], 0) AS datetime2(6)), 126) + N'Z' AS c2
  FROM (VALUES (0, @p1)) AS v (place, c1)
  INNER JOIN [zoned] AS t ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 2

-- update, 1 row, affects 1
UPDATE t SET [label] = v.c1, [version] = CASE WHEN DATEADD(millisecond, 4, CAST(t.[version] AS datetimeoffset(3))) > TODATETIMEOFFSET(CAST(SYSUTCDATETIME() AS datetime2(3)), 0) THEN DATEADD(millisecond, 4, CAST(t.[version] AS datetimeoffset(3))) ELSE TODATETIMEOFFSET(CAST(SYSUTCDATETIME() AS datetime2(3)), 0) END
  FROM [zoned] AS t
  INNER JOIN (VALUES (@p1, @p2, @p3)) AS v (c1, c2, c3) ON t.[id] = CAST(v.c2 AS int)
  AND (DATEDIFF_BIG(microsecond, CAST(v.c3 AS datetimeoffset(7)), CAST(t.[version] AS datetimeoffset(7))) BETWEEN -500 AND 999 OR (t.[version] IS NULL AND v.c3 IS NULL));
-- @p1 = 'a'
-- @p2 = 1
-- @p3 = 2026-11-22T13:45:00.123Z
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, @p2)) AS v (place, c1, c2)
  LEFT JOIN [zoned] AS t ON t.[id] = CAST(v.c1 AS int)
  AND (DATEDIFF_BIG(microsecond, CAST(v.c2 AS datetimeoffset(7)), CAST(t.[version] AS datetimeoffset(7))) BETWEEN -500 AND 999 OR (t.[version] IS NULL AND v.c2 IS NULL))
  WHERE t.[id] IS NULL;
-- @p1 = 1
-- @p2 = 2026-11-22T13:45:00.123Z

-- read versions, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(nvarchar(40), CAST(SWITCHOFFSET(t.[version], 0) AS datetime2(6)), 126) + N'Z' AS c2
  FROM (VALUES (0, @p1)) AS v (place, c1)
  INNER JOIN [zoned] AS t ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 1

-- update, 1 row, affects 1
UPDATE t SET [label] = v.c1
  FROM [token] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'b'
-- @p2 = 2
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [token] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 2

-- read versions, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(varchar(max), CAST(t.[version] AS varbinary(max)), 2) AS c2
  FROM (VALUES (0, @p1)) AS v (place, c1)
  INNER JOIN [token] AS t ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 2

-- update, 1 row, affects 1
UPDATE t SET [label] = v.c1
  FROM [token] AS t
  INNER JOIN (VALUES (@p1, @p2, CAST(@p3 AS varbinary(max)))) AS v (c1, c2, c3) ON t.[id] = CAST(v.c2 AS int)
  AND EXISTS (SELECT CAST(t.[version] AS varbinary(max)) INTERSECT SELECT v.c3);
-- @p1 = 'a'
-- @p2 = 1
-- @p3 = 0x0102030405060708
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, CAST(@p2 AS varbinary(max)))) AS v (place, c1, c2)
  LEFT JOIN [token] AS t ON t.[id] = CAST(v.c1 AS int)
  AND EXISTS (SELECT CAST(t.[version] AS varbinary(max)) INTERSECT SELECT v.c2)
  WHERE t.[id] IS NULL;
-- @p1 = 1
-- @p2 = 0x0102030405060708

-- read versions, 1 row
SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(varchar(max), CAST(t.[version] AS varbinary(max)), 2) AS c2
  FROM (VALUES (0, @p1)) AS v (place, c1)
  INNER JOIN [token] AS t ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 1

-- delete, 1 row, affects 1
DELETE t
  FROM [counted] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c1 AS int)
  AND EXISTS (SELECT t.[version] INTERSECT SELECT CAST(v.c2 AS int));
-- @p1 = 4
-- @p2 = 4
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, @p2)) AS v (place, c1, c2)
  LEFT JOIN [counted] AS t ON t.[id] = CAST(v.c1 AS int)
  AND EXISTS (SELECT t.[version] INTERSECT SELECT CAST(v.c2 AS int))
  WHERE t.[id] IS NULL;
-- @p1 = 4
-- @p2 = 4

-- delete, 1 row, affects 1
DELETE t
  FROM [stamped] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c1 AS int)
  AND (DATEDIFF_BIG(microsecond, CAST(v.c2 AS datetime2(7)), CAST(t.[version] AS datetime2(7))) BETWEEN -500 AND 999 OR (t.[version] IS NULL AND v.c2 IS NULL));
-- @p1 = 4
-- @p2 = 2026-11-22T13:45:00.123
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, @p2)) AS v (place, c1, c2)
  LEFT JOIN [stamped] AS t ON t.[id] = CAST(v.c1 AS int)
  AND (DATEDIFF_BIG(microsecond, CAST(v.c2 AS datetime2(7)), CAST(t.[version] AS datetime2(7))) BETWEEN -500 AND 999 OR (t.[version] IS NULL AND v.c2 IS NULL))
  WHERE t.[id] IS NULL;
-- @p1 = 4
-- @p2 = 2026-11-22T13:45:00.123

-- delete, 1 row, affects 1
DELETE t
  FROM [zoned] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id] = CAST(v.c1 AS int)
  AND (DATEDIFF_BIG(microsecond, CAST(v.c2 AS datetimeoffset(7)), CAST(t.[version] AS datetimeoffset(7))) BETWEEN -500 AND 999 OR (t.[version] IS NULL AND v.c2 IS NULL));
-- @p1 = 4
-- @p2 = 2026-11-22T13:45:00.123Z
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, @p2)) AS v (place, c1, c2)
  LEFT JOIN [zoned] AS t ON t.[id] = CAST(v.c1 AS int)
  AND (DATEDIFF_BIG(microsecond, CAST(v.c2 AS datetimeoffset(7)), CAST(t.[version] AS datetimeoffset(7))) BETWEEN -500 AND 999 OR (t.[version] IS NULL AND v.c2 IS NULL))
  WHERE t.[id] IS NULL;
-- @p1 = 4
-- @p2 = 2026-11-22T13:45:00.123Z

-- delete, 1 row, affects 1
DELETE t
  FROM [token] AS t
  INNER JOIN (VALUES (@p1, CAST(@p2 AS varbinary(max)))) AS v (c1, c2) ON t.[id] = CAST(v.c1 AS int)
  AND EXISTS (SELECT CAST(t.[version] AS varbinary(max)) INTERSECT SELECT v.c2);
-- @p1 = 4
-- @p2 = 0x0102030405060708
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, CAST(@p2 AS varbinary(max)))) AS v (place, c1, c2)
  LEFT JOIN [token] AS t ON t.[id] = CAST(v.c1 AS int)
  AND EXISTS (SELECT CAST(t.[version] AS varbinary(max)) INTERSECT SELECT v.c2)
  WHERE t.[id] IS NULL;
-- @p1 = 4
-- @p2 = 0x0102030405060708
