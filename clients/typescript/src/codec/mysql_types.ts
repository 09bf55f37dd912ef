import { type Type, Type_Kind } from "../gen/uow/v1/schema_pb.js";
import { decimalType, namedType, typeOf } from "./pg_types.js";

const kinds: Readonly<Record<string, readonly [kind: Type_Kind, unsigned?: Type_Kind]>> = {
  tinyint: [Type_Kind.INT16],
  smallint: [Type_Kind.INT16, Type_Kind.INT32],
  mediumint: [Type_Kind.INT32],
  int: [Type_Kind.INT32, Type_Kind.INT64],
  integer: [Type_Kind.INT32, Type_Kind.INT64],
  bigint: [Type_Kind.INT64, Type_Kind.UINT64],
  serial: [Type_Kind.UINT64],
  year: [Type_Kind.INT16],
  bit: [Type_Kind.UINT64],
  float: [Type_Kind.FLOAT],
  double: [Type_Kind.DOUBLE],
  real: [Type_Kind.DOUBLE],
  boolean: [Type_Kind.BOOL],
  bool: [Type_Kind.BOOL],
  char: [Type_Kind.TEXT],
  varchar: [Type_Kind.TEXT],
  tinytext: [Type_Kind.TEXT],
  text: [Type_Kind.TEXT],
  mediumtext: [Type_Kind.TEXT],
  longtext: [Type_Kind.TEXT],
  binary: [Type_Kind.BYTES],
  varbinary: [Type_Kind.BYTES],
  tinyblob: [Type_Kind.BYTES],
  blob: [Type_Kind.BYTES],
  mediumblob: [Type_Kind.BYTES],
  longblob: [Type_Kind.BYTES],
  date: [Type_Kind.DATE],
  time: [Type_Kind.TIME],
  datetime: [Type_Kind.TIMESTAMP],
  timestamp: [Type_Kind.TIMESTAMPTZ],
  uuid: [Type_Kind.UUID],
  json: [Type_Kind.JSON],
};

/** The journal's type of an SQL type as a custom column declares it: as uowd reads it from a server's catalog. */
export function parseMysqlType(declared: string): Type {
  const text = declared.trim().toLowerCase();
  const [, name = "", sizes = ""] = /^([a-z0-9_]+)\s*(?:\(([^)]*)\))?/.exec(text) ?? [];
  if (/^(tinyint|bit)\s*\(\s*1\s*\)/.test(text)) return typeOf(Type_Kind.BOOL);
  if (name === "decimal" || name === "numeric" || name === "dec") {
    const [precision = "10", scale = "0"] = sizes === "" ? [] : sizes.split(",");
    return decimalType(Number(precision), Number(scale));
  }
  const known = kinds[name];
  if (known === undefined) return namedType(name);
  return typeOf(text.includes("unsigned") ? (known[1] ?? known[0]) : known[0]);
}
