-- Names that would end their quotes

-- insert, 1 row, affects 1
IF COLUMNPROPERTY(OBJECT_ID(N'[dbo]]].[t]];
DROP TABLE t;
--'']'), N'id]''', 'IsIdentity') = 1 SET IDENTITY_INSERT [dbo]]].[t]];
DROP TABLE t;
--'] ON;
INSERT INTO [dbo]]].[t]];
DROP TABLE t;
--'] ([id]]'], [a'b"@p1]]])
  SELECT CAST(v.c1 AS int), v.c2
  FROM (VALUES (@p1, @p2)) AS v (c1, c2);
IF COLUMNPROPERTY(OBJECT_ID(N'[dbo]]].[t]];
DROP TABLE t;
--'']'), N'id]''', 'IsIdentity') = 1 SET IDENTITY_INSERT [dbo]]].[t]];
DROP TABLE t;
--'] OFF;
-- @p1 = 1
-- @p2 = ']'

-- insert, 1 row, yields keys
DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [dbo]]].[t]];
DROP TABLE t;
--'] ([a'b"@p1]]])
  OUTPUT inserted.[id]]'] INTO @uow_keys
  SELECT v.c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  ORDER BY v.place;
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys
  WHERE COLUMNPROPERTY(OBJECT_ID(N'[dbo]]].[t]];
DROP TABLE t;
--'']'), N'id]''', 'IsIdentity') = 1
  ORDER BY CASE WHEN IDENT_INCR(N'[dbo]]].[t]];
DROP TABLE t;
--'']') < 0 THEN -k ELSE k END;
-- @p1 = '\'; --'

-- update, 1 row, affects 1
UPDATE t SET [a'b"@p1]]] = v.c1
  FROM [dbo]]].[t]];
DROP TABLE t;
--'] AS t
  INNER JOIN (VALUES (@p1, @p2)) AS v (c1, c2) ON t.[id]]'] = CAST(v.c2 AS int);
-- @p1 = 'x'
-- @p2 = 2
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [dbo]]].[t]];
DROP TABLE t;
--'] AS t ON t.[id]]'] = CAST(v.c1 AS int)
  WHERE t.[id]]'] IS NULL;
-- @p1 = 2
