import type { Column } from "drizzle-orm";
import { type Type, Type_Kind } from "../gen/uow/v1/schema_pb.js";
import { customForm, type DriverMapping } from "./custom.js";
import { bytesForm, jsonForm } from "./documents.js";
import { driverForm } from "./driver_values.js";
import type { Form } from "./form.js";
import { binaryTextForm, charForm, finite, mysqlTimestampStringForm, timeForm, withoutInfinity } from "./mysql_forms.js";
import { parseMysqlType } from "./mysql_types.js";
import { decimalForm, floatForm, integerForm, type IntegerMode } from "./numbers.js";
import type { ColumnForm } from "./pg_columns.js";
import { decimalType, typeOf } from "./pg_types.js";
import { boolForm, enumForm, textForm } from "./texts.js";
import { dateForm, dateStringForm, timestampForm } from "./times.js";

/** What columns of mysql-core and singlestore-core have beside the common part, on either line. */
interface MysqlColumn extends DriverMapping {
  readonly columnType: string;
  readonly enumValues?: readonly string[] | undefined;
  getSQLType(): string;
  readonly precision?: number | undefined;
  readonly scale?: number | undefined;
  readonly length?: number | undefined;
  readonly fsp?: number | undefined;
  /** 1.0: how the column's values are read, as "blob:buffer". */
  readonly codec?: unknown;
}

/** Columns of mysql-core and singlestore-core. The kinds are those that uowd reads from a server's catalog. */
export function mysqlColumnForm(column: Column): ColumnForm {
  const given = column as unknown as MysqlColumn;
  const name = given.columnType.replace(/^(MySql|SingleStore)/, "");
  return (
    integerColumn(name, given) ??
    numberColumn(name, given) ??
    textColumn(name, given) ??
    timeColumn(name, given) ??
    customColumn(given)
  );
}

function customColumn(column: MysqlColumn): ColumnForm {
  const type = parseMysqlType(column.getSQLType());
  const driver = driverForm(type);
  return { type, form: customForm(column, type, { ...driver, decode: (value) => asDriver(type, driver.decode(value)) }) };
}

/** mysql2 returns truth values as numbers, and bigints as numbers where they are such. */
function asDriver(type: Type, value: unknown): unknown {
  if (typeof value === "boolean") return value ? 1 : 0;
  const integer = type.kind === Type_Kind.INT64 || type.kind === Type_Kind.UINT64;
  return integer && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const widths: Readonly<Record<string, readonly [bits: bigint, kind: Type_Kind, unsigned: Type_Kind, mode: IntegerMode]>> = {
  TinyInt: [8n, Type_Kind.INT16, Type_Kind.INT16, "number"],
  SmallInt: [16n, Type_Kind.INT16, Type_Kind.INT32, "number"],
  MediumInt: [24n, Type_Kind.INT32, Type_Kind.INT32, "number"],
  Int: [32n, Type_Kind.INT32, Type_Kind.INT64, "number"],
  BigInt53: [64n, Type_Kind.INT64, Type_Kind.UINT64, "number"],
  BigInt64: [64n, Type_Kind.INT64, Type_Kind.UINT64, "bigint"],
  BigIntString: [64n, Type_Kind.INT64, Type_Kind.UINT64, "string"],
  Serial: [64n, Type_Kind.UINT64, Type_Kind.UINT64, "number"],
};

function integerColumn(name: string, column: MysqlColumn): ColumnForm | undefined {
  if (name === "Year") return { type: typeOf(Type_Kind.INT16), form: integerForm("number", 0n, 2155n) };
  const width = widths[name];
  if (width === undefined) return undefined;
  const [bits, kind, unsignedKind, mode] = width;
  const unsigned = name === "Serial" || column.getSQLType().includes("unsigned");
  const [min, max] = unsigned ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  const form = integerForm(mode, min, max);
  const type = typeOf(unsigned ? unsignedKind : kind);
  return { type, form: type.kind === Type_Kind.UINT64 ? unsignedForm(form) : form };
}

function unsignedForm(form: Form): Form {
  return {
    ...form,
    encode(value) {
      const encoded = form.encode(value);
      if (encoded?.kind.case !== "int64Value") return encoded;
      return { $typeName: "uow.v1.Value", kind: { case: "uint64Value", value: encoded.kind.value } };
    },
  };
}

function numberColumn(name: string, column: MysqlColumn): ColumnForm | undefined {
  switch (name) {
    case "Decimal":
      return decimal(column, "string");
    case "DecimalNumber":
      return decimal(column, "number");
    case "DecimalBigInt":
      return decimal(column, "bigint");
    case "Double":
    case "Real":
      return { type: typeOf(Type_Kind.DOUBLE), form: finite(floatForm(false, false)) };
    case "Float":
      return { type: typeOf(Type_Kind.FLOAT), form: finite(floatForm(true, false)) };
    case "Boolean":
      return { type: typeOf(Type_Kind.BOOL), form: boolForm };
    default:
      return undefined;
  }
}

function decimal(column: MysqlColumn, mode: IntegerMode): ColumnForm {
  const type = decimalType(column.precision ?? 10, column.scale ?? 0);
  return { type, form: finite(decimalForm(mode, type.precision, type.scale)) };
}

function textColumn(name: string, column: MysqlColumn): ColumnForm | undefined {
  switch (name) {
    case "Text":
    case "VarChar":
      return { type: typeOf(Type_Kind.TEXT), form: textForm(true) };
    case "Char":
      return { type: typeOf(Type_Kind.TEXT), form: charForm };
    case "EnumColumn":
    case "EnumObjectColumn": {
      const enumValues = [...(column.enumValues ?? [])];
      return { type: typeOf(Type_Kind.ENUM, { enumValues }), form: enumForm(enumValues) };
    }
    case "Json":
      return { type: typeOf(Type_Kind.JSON), form: jsonForm("json") };
    case "Binary":
      return { type: typeOf(Type_Kind.BYTES), form: binaryTextForm(column.length ?? 1) };
    case "VarBinary":
      return { type: typeOf(Type_Kind.BYTES), form: binaryTextForm(0) };
    case "Blob":
      return {
        type: typeOf(Type_Kind.BYTES),
        form: String(column.codec).endsWith(":buffer") ? bytesForm : binaryTextForm(0),
      };
    default:
      return undefined;
  }
}

function timeColumn(name: string, column: MysqlColumn): ColumnForm | undefined {
  const precision = column.fsp ?? 0;
  switch (name) {
    case "Date":
      return { type: typeOf(Type_Kind.DATE), form: dateForm };
    case "DateString":
      return { type: typeOf(Type_Kind.DATE), form: withoutInfinity('a string like "2026-11-22"', dateStringForm) };
    case "Time":
      return { type: typeOf(Type_Kind.TIME), form: timeForm(precision) };
    case "DateTime":
      return { type: typeOf(Type_Kind.TIMESTAMP), form: timestampForm({ zoned: false, precision }) };
    case "DateTimeString":
      return { type: typeOf(Type_Kind.TIMESTAMP), form: mysqlTimestampStringForm(precision, false) };
    case "Timestamp":
      return { type: typeOf(Type_Kind.TIMESTAMPTZ), form: timestampForm({ zoned: true, precision }) };
    case "TimestampString":
      return { type: typeOf(Type_Kind.TIMESTAMPTZ), form: mysqlTimestampStringForm(precision, true) };
    default:
      return undefined;
  }
}
