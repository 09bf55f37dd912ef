-- A later save, whose result is known ahead; it looks for old markers too

-- marker table, ahead of the transaction
IF OBJECT_ID(N'uow_saves', N'U') IS NULL BEGIN BEGIN TRY CREATE TABLE uow_saves (session nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY, fence bigint NOT NULL, save_id nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL, saved bigint NOT NULL, result varbinary(max) NOT NULL, updated_at datetime2(3) NOT NULL);
END TRY BEGIN CATCH IF ERROR_NUMBER() <> 2714 BEGIN;
THROW;
END;
END CATCH;
END;

-- fence, affects 1
UPDATE uow_saves SET fence = CAST(@p1 AS bigint), save_id = @p2, saved = CAST(@p3 AS bigint), result = @p4, updated_at = SYSUTCDATETIME()
  WHERE session = @p5 AND fence < CAST(@p6 AS bigint) AND save_id = @p7;
-- @p1 = 7
-- @p2 = 'save-2'
-- @p3 = 12
-- @p4 = 0x1801
-- @p5 = '00112233445566778899aabbccddeeff'
-- @p6 = 7
-- @p7 = 'save-1'
-- where it affects another number, once it is rolled back
SELECT CAST(fence AS nvarchar(20)) AS c1, save_id AS c2, CONVERT(varchar(max), result, 2) AS c3 FROM uow_saves
  WHERE session = @p1;
-- @p1 = '00112233445566778899aabbccddeeff'

-- delete, 1 row, affects 1
DELETE t
  FROM [post] AS t
  INNER JOIN (VALUES (@p1)) AS v (c1) ON t.[id] = CAST(v.c1 AS bigint);
-- @p1 = 2
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1)) AS v (place, c1)
  LEFT JOIN [post] AS t ON t.[id] = CAST(v.c1 AS bigint)
  WHERE t.[id] IS NULL;
-- @p1 = 2

-- find old markers, after the transaction
SELECT TOP (20) session AS c1
  FROM (SELECT TOP (80) session, updated_at FROM uow_saves
  WHERE session > @p1
  ORDER BY session) AS w
  WHERE updated_at < DATEADD(hour, -24, SYSUTCDATETIME());
-- @p1 = '00112233445566778899aabbccddeeff'
