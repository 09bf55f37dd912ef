-- The same, and more than a statement takes: looked for, let go of one another, and deleted

-- check rows, 1000 rows
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1), (1, @p2) /* 997 more rows */, (999, @p1000)) AS v (place, c1)
  LEFT JOIN [node] AS t WITH (UPDLOCK, HOLDLOCK) ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1
-- @p2 = 2
-- @p1000 = 1000
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1), (1, @p2) /* 997 more rows */, (999, @p1000)) AS v (place, c1)
  LEFT JOIN [node] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1
-- @p2 = 2
-- @p1000 = 1000

-- check rows, 500 rows
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1), (1, @p2) /* 497 more rows */, (499, @p500)) AS v (place, c1)
  LEFT JOIN [node] AS t WITH (UPDLOCK, HOLDLOCK) ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1001
-- @p2 = 1002
-- @p500 = 1500
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1), (1, @p2) /* 497 more rows */, (499, @p500)) AS v (place, c1)
  LEFT JOIN [node] AS t ON t.[id] = CAST(v.c1 AS int)
  WHERE t.[id] IS NULL;
-- @p1 = 1001
-- @p2 = 1002
-- @p500 = 1500

-- update, 1000 rows
UPDATE t SET [parent_id] = NULL
  FROM [node] AS t
  INNER JOIN (VALUES (@p1), (@p2) /* 997 more rows */, (@p1000)) AS v (c1) ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 1
-- @p2 = 2
-- @p1000 = 1000

-- update, 500 rows
UPDATE t SET [parent_id] = NULL
  FROM [node] AS t
  INNER JOIN (VALUES (@p1), (@p2) /* 497 more rows */, (@p500)) AS v (c1) ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 1001
-- @p2 = 1002
-- @p500 = 1500

-- delete, 1000 rows
DELETE t
  FROM [node] AS t
  INNER JOIN (VALUES (@p1), (@p2) /* 997 more rows */, (@p1000)) AS v (c1) ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 1
-- @p2 = 2
-- @p1000 = 1000

-- delete, 500 rows
DELETE t
  FROM [node] AS t
  INNER JOIN (VALUES (@p1), (@p2) /* 497 more rows */, (@p500)) AS v (c1) ON t.[id] = CAST(v.c1 AS int);
-- @p1 = 1001
-- @p2 = 1002
-- @p500 = 1500
