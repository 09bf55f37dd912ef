-- Rows with keys of the application's, in a column that may have the property IDENTITY

-- insert, 2 rows, affects 2
IF COLUMNPROPERTY(OBJECT_ID(N'[author]'), N'id', 'IsIdentity') = 1 SET IDENTITY_INSERT [author] ON;
INSERT INTO [author] ([id], [name], [email])
  SELECT CAST(v.c1 AS int), v.c2, v.c3
  FROM (VALUES (@p1, @p2, @p3), (@p4, @p5, @p6)) AS v (c1, c2, c3);
IF COLUMNPROPERTY(OBJECT_ID(N'[author]'), N'id', 'IsIdentity') = 1 SET IDENTITY_INSERT [author] OFF;
-- @p1 = 10
-- @p2 = 'Ada'
-- @p3 = 'ada@example.org'
-- @p4 = 11
-- @p5 = 'Ben'
-- @p6 = NULL
