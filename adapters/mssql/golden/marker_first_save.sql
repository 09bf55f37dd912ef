-- A session's first save, with its marker, which gets the new key

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

-- insert, 1 row, yields keys
DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [author] ([name], [email])
  OUTPUT inserted.[id] INTO @uow_keys
  SELECT v.c1, v.c2
  FROM (VALUES (0, @p1, @p2)) AS v (place, c1, c2)
  ORDER BY v.place;
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys
  WHERE COLUMNPROPERTY(OBJECT_ID(N'[author]'), N'id', 'IsIdentity') = 1
  ORDER BY CASE WHEN IDENT_INCR(N'[author]') < 0 THEN -k ELSE k END;
-- @p1 = 'Ada'
-- @p2 = 'ada@example.org'

-- marker result, affects 1
UPDATE uow_saves SET save_id = @p1, saved = CAST(@p2 AS bigint), result = @p3, updated_at = SYSUTCDATETIME()
  WHERE session = @p4 AND fence = CAST(@p5 AS bigint);
-- @p1 = 'save-2'
-- @p2 = 12
-- @p3 = the result
-- @p4 = '00112233445566778899aabbccddeeff'
-- @p5 = 7
