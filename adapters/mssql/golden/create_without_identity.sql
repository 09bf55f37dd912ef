-- New rows whose integer key comes from a default: the attempt after one that got no keys

-- insert, 3 rows, a statement each, yields keys
DECLARE @uow_keys TABLE (k bigint);
INSERT INTO [author] ([name])
  OUTPUT inserted.[id] INTO @uow_keys
  SELECT v.c1
  FROM (VALUES (@p1)) AS v (c1);
SELECT CAST(k AS nvarchar(max)) AS c1 FROM @uow_keys;
-- @p1 = 'Author 1'
-- and so for the others
