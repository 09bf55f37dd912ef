import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Type, Type_Kind, TypeSchema } from "../gen/uow/v1/schema_pb.js";

export function typeOf(kind: Type_Kind, rest: MessageInitShape<typeof TypeSchema> = {}): Type {
  return create(TypeSchema, { ...rest, kind });
}

/** A type that is cast to from text. */
export function namedType(name: string, namespace = ""): Type {
  return typeOf(Type_Kind.OTHER, { name, namespace });
}

/** Precision and scale of a decimal. The journal knows no scale beyond the precision, and no negative one: then nothing is checked. */
export function decimalType(precision: number | undefined, scale: number): Type {
  const plain = precision === undefined || scale > precision || scale < 0;
  return plain ? typeOf(Type_Kind.DECIMAL) : typeOf(Type_Kind.DECIMAL, { precision, scale });
}

const KINDS: Readonly<Record<string, Type_Kind>> = {
  smallint: Type_Kind.INT16,
  int2: Type_Kind.INT16,
  smallserial: Type_Kind.INT16,
  serial2: Type_Kind.INT16,
  integer: Type_Kind.INT32,
  int: Type_Kind.INT32,
  int4: Type_Kind.INT32,
  serial: Type_Kind.INT32,
  serial4: Type_Kind.INT32,
  bigint: Type_Kind.INT64,
  int8: Type_Kind.INT64,
  bigserial: Type_Kind.INT64,
  serial8: Type_Kind.INT64,
  real: Type_Kind.FLOAT,
  float4: Type_Kind.FLOAT,
  "double precision": Type_Kind.DOUBLE,
  float8: Type_Kind.DOUBLE,
  float: Type_Kind.DOUBLE,
  numeric: Type_Kind.DECIMAL,
  decimal: Type_Kind.DECIMAL,
  boolean: Type_Kind.BOOL,
  bool: Type_Kind.BOOL,
  text: Type_Kind.TEXT,
  string: Type_Kind.TEXT,
  varchar: Type_Kind.TEXT,
  "character varying": Type_Kind.TEXT,
  char: Type_Kind.TEXT,
  character: Type_Kind.TEXT,
  bytea: Type_Kind.BYTES,
  bytes: Type_Kind.BYTES,
  date: Type_Kind.DATE,
  time: Type_Kind.TIME,
  "time without time zone": Type_Kind.TIME,
  timestamp: Type_Kind.TIMESTAMP,
  "timestamp without time zone": Type_Kind.TIMESTAMP,
  timestamptz: Type_Kind.TIMESTAMPTZ,
  "timestamp with time zone": Type_Kind.TIMESTAMPTZ,
  uuid: Type_Kind.UUID,
  json: Type_Kind.JSON,
  jsonb: Type_Kind.JSON,
};

const LONG_NAMES: Readonly<Record<string, string>> = { "time with time zone": "timetz", "bit varying": "varbit" };

/** Reads the type of a column that only says what it is called in SQL: `numeric(10, 2)`, `text[]`, `"my schema"."my type"`. */
export function parsePgType(sqlType: string): Type {
  let text = sqlType.trim();
  const array = /(\s*\[\d*\])+$/.exec(text);
  if (array !== null) return typeOf(Type_Kind.ARRAY, { element: parsePgType(text.slice(0, array.index)) });
  const sizes = /\(\s*(-?\d+)\s*(?:,\s*(-?\d+)\s*)?\)/.exec(text);
  text = text.replace(/\s*\([^)]*\)/, "");
  const plain = text.toLowerCase().replace(/\s+/g, " ").trim();
  const kind = KINDS[plain];
  if (kind === Type_Kind.DECIMAL)
    return decimalType(sizes?.[1] === undefined ? undefined : Number(sizes[1]), Number(sizes?.[2] ?? 0));
  if (kind !== undefined) return typeOf(kind);
  if (plain.startsWith("interval")) return namedType("interval");
  const names = splitName(LONG_NAMES[plain] ?? text);
  return namedType(names.at(-1) ?? "", names.at(-2) ?? "");
}

/** Names as SQL reads them: those without quotes in lower case. */
function splitName(text: string): string[] {
  const names = text.match(/"(?:[^"]|"")*"|[^".]+/g) ?? [];
  return names.map((name) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()));
}
