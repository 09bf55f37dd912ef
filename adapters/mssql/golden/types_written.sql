-- A row with a value of every type

-- insert, 1 row, affects 1
INSERT INTO [every_type] ([id], [a_bool], [an_int16], [an_int32], [an_int64], [a_uint64], [a_float], [a_double], [a_decimal], [a_text], [a_varchar], [some_bytes], [a_uuid], [a_date], [a_time], [a_timestamp], [a_zoned_one], [an_enum], [another], [a_json])
  SELECT CAST(v.c1 AS int), CAST(v.c2 AS bit), CAST(v.c3 AS smallint), CAST(v.c4 AS int), CAST(v.c5 AS bigint), CAST(v.c6 AS decimal(20, 0)), CAST(v.c7 AS real), CAST(v.c8 AS float(53)), CAST(v.c9 AS decimal(12, 2)), v.c10, CAST(v.c11 AS varchar(8000)), v.c12, CAST(v.c13 AS uniqueidentifier), CAST(v.c14 AS date), CAST(v.c15 AS time(7)), CAST(v.c16 AS datetime2(7)), CAST(v.c17 AS datetimeoffset(7)), v.c18, CAST(v.c19 AS [hierarchyid]), v.c20
  FROM (VALUES (@p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, CAST(@p12 AS varbinary(max)), @p13, @p14, @p15, @p16, @p17, @p18, @p19, @p20)) AS v (c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20);
-- @p1 = 1
-- @p2 = true
-- @p3 = -32768
-- @p4 = 2147483647
-- @p5 = 9007199254740993
-- @p6 = 18446744073709551615
-- @p7 = 0.5
-- @p8 = 1e+300
-- @p9 = 12345.60
-- @p10 = 'na\303\257ve \342\230\203 \' ]'
-- @p11 = 'plain'
-- @p12 = 0x00ff
-- …
-- @p20 = JSON {"a":[1,2]}
