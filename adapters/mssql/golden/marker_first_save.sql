-- A session's first save, with its marker

-- marker table, ahead of the transaction
IF OBJECT_ID(N'uow_saves', N'U') IS NULL BEGIN BEGIN TRY CREATE TABLE uow_saves (session nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY, fence bigint NOT NULL, save_id nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL, saved bigint NOT NULL, result varbinary(max) NOT NULL, updated_at datetime2(3) NOT NULL);
END TRY BEGIN CATCH IF ERROR_NUMBER() <> 2714 BEGIN;
THROW;
END;
END CATCH;
END;

-- fence
INSERT INTO uow_saves (session, fence, save_id, saved, result, updated_at)
  SELECT @p1, 0, N'', 0, 0x, SYSUTCDATETIME()
  WHERE NOT EXISTS (SELECT 1 FROM uow_saves WITH (UPDLOCK, HOLDLOCK)
  WHERE session = @p2);
-- @p1 = '00112233445566778899aabbccddeeff'
-- @p2 = '00112233445566778899aabbccddeeff'

-- fence, affects 1
UPDATE uow_saves SET fence = CAST(@p1 AS bigint), updated_at = SYSUTCDATETIME()
  WHERE session = @p2 AND fence < CAST(@p3 AS bigint) AND save_id = @p4;
-- @p1 = 7
-- @p2 = '00112233445566778899aabbccddeeff'
-- @p3 = 7
-- @p4 = ''
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

-- marker result, affects 1
UPDATE uow_saves SET save_id = @p1, saved = CAST(@p2 AS bigint), result = @p3, updated_at = SYSUTCDATETIME()
  WHERE session = @p4 AND fence = CAST(@p5 AS bigint);
-- @p1 = 'save-2'
-- @p2 = 12
-- @p3 = the result
-- @p4 = '00112233445566778899aabbccddeeff'
-- @p5 = 7
