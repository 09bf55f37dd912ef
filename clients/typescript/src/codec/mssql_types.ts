import { type Type, Type_Kind } from "../gen/uow/v1/schema_pb.js";
import { decimalType, namedType, typeOf } from "./pg_types.js";

const kinds: Readonly<Record<string, Type_Kind>> = {
  bit: Type_Kind.BOOL,
  tinyint: Type_Kind.INT16,
  smallint: Type_Kind.INT16,
  int: Type_Kind.INT32,
  integer: Type_Kind.INT32,
  bigint: Type_Kind.INT64,
  real: Type_Kind.FLOAT,
  float: Type_Kind.DOUBLE,
  "double precision": Type_Kind.DOUBLE,
  nchar: Type_Kind.TEXT,
  nvarchar: Type_Kind.TEXT,
  ntext: Type_Kind.TEXT,
  sysname: Type_Kind.TEXT,
  binary: Type_Kind.BYTES,
  varbinary: Type_Kind.BYTES,
  image: Type_Kind.BYTES,
  rowversion: Type_Kind.BYTES,
  timestamp: Type_Kind.BYTES,
  date: Type_Kind.DATE,
  time: Type_Kind.TIME,
  datetime: Type_Kind.TIMESTAMP,
  datetime2: Type_Kind.TIMESTAMP,
  smalldatetime: Type_Kind.TIMESTAMP,
  datetimeoffset: Type_Kind.TIMESTAMPTZ,
  uniqueidentifier: Type_Kind.UUID,
};

/** Types whose values the database makes anew with every write, and nobody else can. */
export function isRowversion(declared: string): boolean {
  return /^\s*(rowversion|timestamp)\s*$/i.test(declared);
}

/** Texts of 8-bit characters: uowd compares them as such, so that their indexes can be used. */
export function narrowTextType(): Type {
  return typeOf(Type_Kind.TEXT, { name: "varchar" });
}

/** The journal's type of an SQL type as a column declares it. */
export function parseMssqlType(declared: string): Type {
  const sizes = /\(\s*(\d+|max)\s*(?:,\s*(\d+)\s*)?\)/i.exec(declared);
  const name = declared
    .replace(/\s*\([^)]*\)/, "")
    .replaceAll(/[[\]]/g, "")
    .trim();
  const plain = name.toLowerCase().replace(/\s+/g, " ");
  if (/^(decimal|dec|numeric)$/.test(plain)) return decimalType(Number(sizes?.[1] ?? 18), Number(sizes?.[2] ?? 0));
  if (plain === "money") return decimalType(19, 4);
  if (plain === "smallmoney") return decimalType(10, 4);
  if (/^(var)?char$|^text$/.test(plain)) return narrowTextType();
  // A float of up to 24 bits is a real.
  if (plain === "float" && Number(sizes?.[1] ?? 53) <= 24) return typeOf(Type_Kind.FLOAT);
  const kind = kinds[plain];
  if (kind !== undefined) return typeOf(kind);
  const names = name.split(".");
  return namedType(names.at(-1) ?? "", names.at(-2) ?? "");
}
