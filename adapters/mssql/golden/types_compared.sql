-- A delete that checks all that is known of its row; NULL equals NULL

-- delete, 1 row, affects 1
DELETE t
  FROM [every_type] AS t
  INNER JOIN (VALUES (@p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, CAST(@p12 AS varbinary(max)), @p13, @p14, @p15, @p16, @p17, @p18, @p19)) AS v (c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19) ON t.[id] = CAST(v.c1 AS int)
  AND EXISTS (SELECT t.[a_bool] INTERSECT SELECT CAST(v.c2 AS bit))
  AND EXISTS (SELECT t.[an_int16] INTERSECT SELECT CAST(v.c3 AS smallint))
  AND EXISTS (SELECT t.[an_int32] INTERSECT SELECT CAST(v.c4 AS int))
  AND EXISTS (SELECT t.[an_int64] INTERSECT SELECT CAST(v.c5 AS bigint))
  AND EXISTS (SELECT t.[a_uint64] INTERSECT SELECT CAST(v.c6 AS decimal(20, 0)))
  AND EXISTS (SELECT t.[a_float] INTERSECT SELECT CAST(v.c7 AS real))
  AND EXISTS (SELECT t.[a_double] INTERSECT SELECT CAST(v.c8 AS float(53)))
  AND EXISTS (SELECT t.[a_decimal] INTERSECT SELECT CAST(v.c9 AS decimal(12, 2)))
  AND EXISTS (SELECT CAST(t.[a_text] AS nvarchar(max)) COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.c10 COLLATE Latin1_General_100_BIN2)
  AND EXISTS (SELECT CAST(t.[a_varchar] AS nvarchar(max)) COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.c11 COLLATE Latin1_General_100_BIN2)
  AND EXISTS (SELECT CAST(t.[some_bytes] AS varbinary(max)) INTERSECT SELECT v.c12)
  AND EXISTS (SELECT t.[a_uuid] INTERSECT SELECT CAST(v.c13 AS uniqueidentifier))
  AND EXISTS (SELECT t.[a_date] INTERSECT SELECT CAST(v.c14 AS date))
  AND (DATEDIFF_BIG(microsecond, CAST(v.c15 AS time(7)), CAST(t.[a_time] AS time(7))) BETWEEN -500 AND 999 OR (t.[a_time] IS NULL AND v.c15 IS NULL))
  AND (DATEDIFF_BIG(microsecond, CAST(v.c16 AS datetime2(7)), CAST(t.[a_timestamp] AS datetime2(7))) BETWEEN -500 AND 999 OR (t.[a_timestamp] IS NULL AND v.c16 IS NULL))
  AND (DATEDIFF_BIG(microsecond, CAST(v.c17 AS datetimeoffset(7)), CAST(t.[a_zoned_one] AS datetimeoffset(7))) BETWEEN -500 AND 999 OR (t.[a_zoned_one] IS NULL AND v.c17 IS NULL))
  AND EXISTS (SELECT CAST(t.[an_enum] AS nvarchar(max)) COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.c18 COLLATE Latin1_General_100_BIN2)
  AND EXISTS (SELECT CAST(t.[another] AS nvarchar(max)) COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.c19 COLLATE Latin1_General_100_BIN2);
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
-- @p19 = '/1/2/'
-- where it affects another number, once it is rolled back
SELECT CAST(v.place AS nvarchar(20)) AS c1
  FROM (VALUES (0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, CAST(@p12 AS varbinary(max)), @p13, @p14, @p15, @p16, @p17, @p18, @p19)) AS v (place, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19)
  LEFT JOIN [every_type] AS t ON t.[id] = CAST(v.c1 AS int)
  AND EXISTS (SELECT t.[a_bool] INTERSECT SELECT CAST(v.c2 AS bit))
  AND EXISTS (SELECT t.[an_int16] INTERSECT SELECT CAST(v.c3 AS smallint))
  AND EXISTS (SELECT t.[an_int32] INTERSECT SELECT CAST(v.c4 AS int))
  AND EXISTS (SELECT t.[an_int64] INTERSECT SELECT CAST(v.c5 AS bigint))
  AND EXISTS (SELECT t.[a_uint64] INTERSECT SELECT CAST(v.c6 AS decimal(20, 0)))
  AND EXISTS (SELECT t.[a_float] INTERSECT SELECT CAST(v.c7 AS real))
  AND EXISTS (SELECT t.[a_double] INTERSECT SELECT CAST(v.c8 AS float(53)))
  AND EXISTS (SELECT t.[a_decimal] INTERSECT SELECT CAST(v.c9 AS decimal(12, 2)))
  AND EXISTS (SELECT CAST(t.[a_text] AS nvarchar(max)) COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.c10 COLLATE Latin1_General_100_BIN2)
  AND EXISTS (SELECT CAST(t.[a_varchar] AS nvarchar(max)) COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.c11 COLLATE Latin1_General_100_BIN2)
  AND EXISTS (SELECT CAST(t.[some_bytes] AS varbinary(max)) INTERSECT SELECT v.c12)
  AND EXISTS (SELECT t.[a_uuid] INTERSECT SELECT CAST(v.c13 AS uniqueidentifier))
  AND EXISTS (SELECT t.[a_date] INTERSECT SELECT CAST(v.c14 AS date))
  AND (DATEDIFF_BIG(microsecond, CAST(v.c15 AS time(7)), CAST(t.[a_time] AS time(7))) BETWEEN -500 AND 999 OR (t.[a_time] IS NULL AND v.c15 IS NULL))
  AND (DATEDIFF_BIG(microsecond, CAST(v.c16 AS datetime2(7)), CAST(t.[a_timestamp] AS datetime2(7))) BETWEEN -500 AND 999 OR (t.[a_timestamp] IS NULL AND v.c16 IS NULL))
  AND (DATEDIFF_BIG(microsecond, CAST(v.c17 AS datetimeoffset(7)), CAST(t.[a_zoned_one] AS datetimeoffset(7))) BETWEEN -500 AND 999 OR (t.[a_zoned_one] IS NULL AND v.c17 IS NULL))
  AND EXISTS (SELECT CAST(t.[an_enum] AS nvarchar(max)) COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.c18 COLLATE Latin1_General_100_BIN2)
  AND EXISTS (SELECT CAST(t.[another] AS nvarchar(max)) COLLATE Latin1_General_100_BIN2 INTERSECT SELECT v.c19 COLLATE Latin1_General_100_BIN2)
  WHERE t.[id] IS NULL;
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
-- @p19 = '/1/2/'
