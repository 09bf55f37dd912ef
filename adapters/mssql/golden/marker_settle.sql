-- Finding out what became of an attempt: a higher fence, so that it can't be committed any more; and the removal of old markers

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
  WHERE session = @p2 AND fence < CAST(@p3 AS bigint);
-- @p1 = 7
-- @p2 = '00112233445566778899aabbccddeeff'
-- @p3 = 7

-- read marker
SELECT CAST(fence AS nvarchar(20)) AS c1, save_id AS c2, CONVERT(varchar(max), result, 2) AS c3 FROM uow_saves
  WHERE session = @p1;
-- @p1 = '00112233445566778899aabbccddeeff'

-- remove old markers, after the transaction
DELETE FROM uow_saves
  WHERE session IN (@p1, @p2) AND updated_at < DATEADD(hour, -24, SYSUTCDATETIME());
-- @p1 = '0123'
-- @p2 = '4567'
