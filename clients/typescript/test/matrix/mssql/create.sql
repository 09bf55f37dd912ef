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

DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [authors] ([name])
  OUTPUT inserted.[id] INTO @uow_keys SELECT v.c1
  FROM (VALUES (0, @par0)) AS v (place, c1)
  ORDER BY v.place;
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys
  WHERE COLUMNPROPERTY(OBJECT_ID(N'[authors]'), N'id', 'IsIdentity') = 1
  ORDER BY CASE WHEN IDENT_INCR(N'[authors]') < 0 THEN -k ELSE k END;
-- @par0 = 'Ada'

DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [authors] ([name], [code])
  OUTPUT inserted.[id] INTO @uow_keys SELECT v.c1, CAST(v.c2 AS varchar(8000))
  FROM (VALUES (0, @par0, @par1)) AS v (place, c1, c2)
  ORDER BY v.place;
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys
  WHERE COLUMNPROPERTY(OBJECT_ID(N'[authors]'), N'id', 'IsIdentity') = 1
  ORDER BY CASE WHEN IDENT_INCR(N'[authors]') < 0 THEN -k ELSE k END;
-- @par0 = 'Ben'
-- @par1 = 'b'

INSERT INTO [settings] ([owner], [name], [value]) SELECT v.c1, v.c2, v.c3
  FROM (VALUES (@par0, @par1, @par2)) AS v (c1, c2, c3);
-- @par0 = 'ada'
-- @par1 = 'theme'
-- @par2 = '{"dark":true}'

DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [books] ([author_id], [title])
  OUTPUT inserted.[id] INTO @uow_keys SELECT CAST(v.c1 AS int), v.c2
  FROM (VALUES (0, @par0, @par1), (1, @par2, @par3)) AS v (place, c1, c2)
  ORDER BY v.place;
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys
  WHERE COLUMNPROPERTY(OBJECT_ID(N'[books]'), N'id', 'IsIdentity') = 1
  ORDER BY CASE WHEN IDENT_INCR(N'[books]') < 0 THEN -k ELSE k END;
-- @par0 = '100'
-- @par1 = 'One'
-- @par2 = '101'
-- @par3 = 'Two'

DECLARE @uow_keys TABLE (k uniqueidentifier);
INSERT INTO [chapters] ([book_id], [title])
  OUTPUT inserted.[id] INTO @uow_keys SELECT CAST(v.c1 AS bigint), v.c2
  FROM (VALUES (@par0, @par1)) AS v (c1, c2);
SELECT LOWER(CAST(k AS nvarchar(36))) AS c1 FROM @uow_keys;
-- @par0 = '103'
-- @par1 = 'First'

UPDATE uow_saves SET save_id = @par0, saved = CAST(@par1 AS bigint), result = @par2, updated_at = SYSUTCDATETIME()
  WHERE session = @par3 AND fence = CAST(@par4 AS bigint);
-- @par0 = the save
-- @par1 = '6'
-- @par2 = the result
-- @par3 = the session
-- @par4 = '1'

-- commit
