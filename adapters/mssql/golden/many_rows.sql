-- At most 1,000 rows and 2,000 parameters a statement

-- insert, 1000 rows, yields keys
DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [post] ([author_id], [title])
  OUTPUT inserted.[id] INTO @uow_keys
  SELECT CAST(v.c1 AS int), v.c2
  FROM (VALUES (0, @p1, @p2), (1, @p3, @p4) /* 997 more rows */, (999, @p1999, @p2000)) AS v (place, c1, c2)
  ORDER BY v.place;
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys
  WHERE COLUMNPROPERTY(OBJECT_ID(N'[post]'), N'id', 'IsIdentity') = 1
  ORDER BY CASE WHEN IDENT_INCR(N'[post]') < 0 THEN -k ELSE k END;
-- @p1 = 5000
-- @p2 = 't'
-- @p3 = 5000
-- @p4 = 't'
-- @p1999 = 5000
-- @p2000 = 't'

-- insert, 200 rows, yields keys
DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [post] ([author_id], [title])
  OUTPUT inserted.[id] INTO @uow_keys
  SELECT CAST(v.c1 AS int), v.c2
  FROM (VALUES (0, @p1, @p2), (1, @p3, @p4) /* 197 more rows */, (199, @p399, @p400)) AS v (place, c1, c2)
  ORDER BY v.place;
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys
  WHERE COLUMNPROPERTY(OBJECT_ID(N'[post]'), N'id', 'IsIdentity') = 1
  ORDER BY CASE WHEN IDENT_INCR(N'[post]') < 0 THEN -k ELSE k END;
-- @p1 = 5000
-- @p2 = 't'
-- @p3 = 5000
-- @p4 = 't'
-- @p399 = 5000
-- @p400 = 't'

-- update, 1000 rows, affects 1000
UPDATE t SET [name] = v.c1
  FROM [author] AS t
  INNER JOIN (VALUES (@p1, @p2), (@p3, @p4) /* 997 more rows */, (@p1999, @p2000)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'n1'
-- @p2 = 1
-- @p3 = 'n2'
-- @p4 = 2
-- @p1999 = 'n1000'
-- @p2000 = 1000
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1), (1, @p2) /* 997 more rows */, (999, @p1000)) AS v (place, c1)
  LEFT JOIN [author] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1
-- @p2 = 2
-- @p1000 = 1000

-- update, 1000 rows, affects 1000
UPDATE t SET [name] = v.c1
  FROM [author] AS t
  INNER JOIN (VALUES (@p1, @p2), (@p3, @p4) /* 997 more rows */, (@p1999, @p2000)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'n1001'
-- @p2 = 1001
-- @p3 = 'n1002'
-- @p4 = 1002
-- @p1999 = 'n2000'
-- @p2000 = 2000
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1), (1, @p2) /* 997 more rows */, (999, @p1000)) AS v (place, c1)
  LEFT JOIN [author] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1001
-- @p2 = 1002
-- @p1000 = 2000

-- update, 100 rows, affects 100
UPDATE t SET [name] = v.c1
  FROM [author] AS t
  INNER JOIN (VALUES (@p1, @p2), (@p3, @p4) /* 97 more rows */, (@p199, @p200)) AS v (c1, c2) ON t.[id] = CAST(v.c2 AS int);
-- @p1 = 'n2001'
-- @p2 = 2001
-- @p3 = 'n2002'
-- @p4 = 2002
-- @p199 = 'n2100'
-- @p200 = 2100
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1), (1, @p2) /* 97 more rows */, (99, @p100)) AS v (place, c1)
  LEFT JOIN [author] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 2001
-- @p2 = 2002
-- @p100 = 2100
