-- New rows that have nothing but a generated key

-- insert, 2 rows, a statement each, yields keys
DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [ticket]
  OUTPUT inserted.[id] INTO @uow_keys DEFAULT VALUES;
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys;
-- and so for the others
