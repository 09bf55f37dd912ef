IF OBJECT_ID(N'uow_saves', N'U') IS NULL BEGIN BEGIN TRY CREATE TABLE uow_saves (session nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY, fence bigint NOT NULL, save_id nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL, saved bigint NOT NULL, result varbinary(max) NOT NULL, updated_at datetime2(3) NOT NULL);
END TRY BEGIN CATCH IF ERROR_NUMBER() <> 2714 BEGIN;
THROW;
END;
END CATCH;
END;

INSERT INTO uow_saves (session, fence, save_id, saved, result, updated_at) SELECT @par0, 0, N'', 0, 0x, SYSUTCDATETIME()
  WHERE NOT EXISTS (SELECT 1 FROM uow_saves WITH (UPDLOCK, HOLDLOCK)
  WHERE session = @par1);
-- @par0 = the session
-- @par1 = the session

UPDATE uow_saves SET fence = CAST(@par0 AS bigint), updated_at = SYSUTCDATETIME()
  WHERE session = @par1 AND fence < CAST(@par2 AS bigint) AND save_id = @par3;
-- @par0 = '1'
-- @par1 = the session
-- @par2 = '1'
-- @par3 = ''

UPDATE t SET [name] = v.c1
  FROM [authors] AS t
  INNER JOIN (VALUES (@par0, @par1, CAST(@par2 AS varbinary(max)))) AS v (c1, c2, c3) ON t.[id] = CAST(v.c2 AS int)
  AND EXISTS (SELECT CAST(t.[version] AS varbinary(max)) INTERSECT SELECT v.c3);
-- @par0 = 'Ada L.'
-- @par1 = '1'
-- @par2 = 0x00000000000007d1

SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(varchar(max), CAST(t.[version] AS varbinary(max)), 2) AS c2
  FROM (VALUES (0, @par0)) AS v (place, c1)
  INNER JOIN [authors] AS t ON t.[id] = CAST(v.c1 AS int);
-- @par0 = '1'

UPDATE t SET [code] = CAST(v.c1 AS varchar(8000))
  FROM [authors] AS t
  INNER JOIN (VALUES (@par0, @par1, CAST(@par2 AS varbinary(max)))) AS v (c1, c2, c3) ON t.[id] = CAST(v.c2 AS int)
  AND EXISTS (SELECT CAST(t.[version] AS varbinary(max)) INTERSECT SELECT v.c3);
-- @par0 = NULL
-- @par1 = '2'
-- @par2 = 0x00000000000007d1

SELECT CAST(v.place AS nvarchar(20)) AS c1, CONVERT(varchar(max), CAST(t.[version] AS varbinary(max)), 2) AS c2
  FROM (VALUES (0, @par0)) AS v (place, c1)
  INNER JOIN [authors] AS t ON t.[id] = CAST(v.c1 AS int);
-- @par0 = '2'

DELETE t
  FROM [authors] AS t
  INNER JOIN (VALUES (@par0, CAST(@par1 AS varbinary(max)))) AS v (c1, c2) ON t.[id] = CAST(v.c1 AS int)
  AND EXISTS (SELECT CAST(t.[version] AS varbinary(max)) INTERSECT SELECT v.c2);
-- @par0 = '3'
-- @par1 = 0x00000000000007d1

UPDATE uow_saves SET save_id = @par0, saved = CAST(@par1 AS bigint), result = @par2, updated_at = SYSUTCDATETIME()
  WHERE session = @par3 AND fence = CAST(@par4 AS bigint);
-- @par0 = the save
-- @par1 = '3'
-- @par2 = the result
-- @par3 = the session
-- @par4 = '1'

-- commit
