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

UPDATE uow_saves SET fence = CAST(@par0 AS bigint), save_id = @par1, saved = CAST(@par2 AS bigint), result = @par3, updated_at = SYSUTCDATETIME()
  WHERE session = @par4 AND fence < CAST(@par5 AS bigint) AND save_id = @par6;
-- @par0 = '1'
-- @par1 = the save
-- @par2 = '1'
-- @par3 = the result
-- @par4 = the session
-- @par5 = '1'
-- @par6 = ''

INSERT INTO [types] ([id], [flag], [tiny], [small], [big], [big_text], [price], [ratio], [single], [fixed], [bytes], [day], [day_text], [clock], [clock_date], [old], [at], [at_text], [zoned], [token]) SELECT CAST(v.c1 AS int), CAST(v.c2 AS bit), CAST(v.c3 AS smallint), CAST(v.c4 AS smallint), CAST(v.c5 AS bigint), CAST(v.c6 AS bigint), CAST(v.c7 AS decimal(12, 2)), CAST(v.c8 AS float(53)), CAST(v.c9 AS real), v.c10, v.c11, CAST(v.c12 AS date), CAST(v.c13 AS date), CAST(v.c14 AS time(7)), CAST(v.c15 AS time(7)), CAST(v.c16 AS datetime2(7)), CAST(v.c17 AS datetime2(7)), CAST(v.c18 AS datetime2(7)), CAST(v.c19 AS datetimeoffset(7)), CAST(v.c20 AS uniqueidentifier)
  FROM (VALUES (@par0, @par1, @par2, @par3, @par4, @par5, @par6, @par7, @par8, @par9, CAST(@par10 AS varbinary(max)), @par11, @par12, @par13, @par14, @par15, @par16, @par17, @par18, @par19)) AS v (c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20);
-- @par0 = '1'
-- @par1 = '1'
-- @par2 = '255'
-- @par3 = '-32768'
-- @par4 = '9007199254740993'
-- @par5 = '-9223372036854775808'
-- @par6 = '12.50'
-- @par7 = '1e+300'
-- @par8 = '0.5'
-- @par9 = 'ab'
-- @par10 = 0x00ff
-- @par11 = '2026-11-22'
-- @par12 = '2026-11-22'
-- @par13 = '13:45:00.5'
-- @par14 = '13:45:00.5'
-- @par15 = '2026-11-22T13:45:00.123'
-- @par16 = '2026-11-22T13:45:00.123'
-- @par17 = '2026-11-22T13:45:00.123'
-- @par18 = '2026-11-22T13:45:00.123Z'
-- @par19 = '6f9619ff-8b86-d011-b42d-00c04fc964ff'

-- commit
