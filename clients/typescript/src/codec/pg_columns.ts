import type { Column } from "drizzle-orm";
import { type Type, Type_Kind } from "../gen/uow/v1/schema_pb.js";
import { arrayForm } from "./arrays.js";
import { customForm, type DriverMapping } from "./custom.js";
import { bytesForm, jsonForm } from "./documents.js";
import type { Form } from "./form.js";
import { geometryForm, lineForm, pointForm, vectorForm } from "./geometry.js";
import { decimalForm, floatForm, integerForm, type IntegerMode } from "./numbers.js";
import { decimalType, namedType, parsePgType, typeOf } from "./pg_types.js";
import { boolForm, enumForm, paddedTextForm, textForm, uuidForm } from "./texts.js";
import { dateForm, dateStringForm, timeOfDayForm, timestampForm, timestampStringForm } from "./times.js";

/** What a column is in the journal and in the application. */
export interface ColumnForm {
  readonly type: Type;
  readonly form: Form;
}

/** What columns of pg-core have beside the common part, on either line. */
interface PgColumn extends DriverMapping {
  readonly columnType: string;
  getSQLType(): string;
  readonly precision?: number | undefined;
  readonly scale?: number | undefined;
  readonly length?: number | undefined;
  readonly withTimezone?: boolean | undefined;
  readonly srid?: number | undefined;
  readonly enum?: { readonly enumName: string; readonly schema: string | undefined; readonly enumValues: readonly string[] };
  /** 0.45: arrays wrap the column of their elements. */
  readonly baseColumn?: PgColumn;
  /** 1.0: the number of dimensions of an array; 0 for none. 0.45: the length of a vector. */
  readonly dimensions?: number;
}

export function pgColumnForm(column: Column): ColumnForm {
  let element: PgColumn = column;
  let depth = 0;
  for (; element.columnType === "PgArray" && element.baseColumn !== undefined; depth++) element = element.baseColumn;
  depth += arrayDimensions(element);
  const known = elementForm(element);
  if (known === undefined) return customColumn(element, depth);
  return depth === 0 ? known : { type: typeOf(Type_Kind.ARRAY, { element: known.type }), form: arrayForm(known.form, depth) };
}

/** What cockroach-core calls otherwise than pg-core. */
const cockroachNames: Readonly<Record<string, string>> = {
  Bit: "PgBinaryVector",
  Decimal: "PgNumeric",
  DecimalBigInt: "PgNumericBigInt",
  DecimalNumber: "PgNumericNumber",
  Float: "PgDoublePrecision",
  String: "PgText",
  Varbit: "PgBinaryVector",
};

/** pg-core's name for the type of a column of its own or of cockroach-core's. */
function kindOf({ columnType }: PgColumn): string {
  const cockroach = /^Cockroach(.+)$/.exec(columnType)?.[1];
  return cockroach === undefined ? columnType : (cockroachNames[cockroach] ?? `Pg${cockroach}`);
}

/** 1.0 keeps the length of a vector in `length`. */
function arrayDimensions(column: PgColumn): number {
  const isLength = /^Pg(Half|Sparse|Binary)?Vector$/.test(kindOf(column)) && column.length === undefined;
  return isLength ? 0 : (column.dimensions ?? 0);
}

/** On 1.0 the mapping of an array column takes whole arrays; on 0.45 that of its elements takes elements. */
function customColumn(column: PgColumn, depth: number): ColumnForm {
  const type = parsePgType(column.getSQLType());
  if (depth === 0) return { type, form: customForm(column, type) };
  const arrayType = type.kind === Type_Kind.ARRAY ? type : typeOf(Type_Kind.ARRAY, { element: type });
  const whole = arrayDimensions(column) > 0;
  return { type: arrayType, form: whole ? customForm(column, arrayType) : arrayForm(customForm(column, type), depth) };
}

/** undefined for a type that this package doesn't know. */
function elementForm(column: PgColumn): ColumnForm | undefined {
  switch (kindOf(column)) {
    case "PgSmallInt":
    case "PgSmallSerial":
      return { type: typeOf(Type_Kind.INT16), form: integerForm("number", -(2n ** 15n), 2n ** 15n - 1n) };
    case "PgInteger":
    case "PgSerial":
      return { type: typeOf(Type_Kind.INT32), form: integerForm("number", -(2n ** 31n), 2n ** 31n - 1n) };
    case "PgBigInt53":
    case "PgBigSerial53":
      return int64("number");
    case "PgBigInt64":
    case "PgBigSerial64":
      return int64("bigint");
    case "PgBigIntString":
      return int64("string");
    case "PgNumeric":
      return decimal(column, "string");
    case "PgNumericNumber":
      return decimal(column, "number");
    case "PgNumericBigInt":
      return decimal(column, "bigint");
    case "PgReal":
      return { type: typeOf(Type_Kind.FLOAT), form: floatForm(true, true) };
    case "PgDoublePrecision":
      return { type: typeOf(Type_Kind.DOUBLE), form: floatForm(false, true) };
    case "PgBoolean":
      return { type: typeOf(Type_Kind.BOOL), form: boolForm };
    case "PgText":
    case "PgVarchar":
      return { type: typeOf(Type_Kind.TEXT), form: textForm(false) };
    case "PgChar":
      return { type: typeOf(Type_Kind.TEXT), form: paddedTextForm(column.length ?? 1) };
    case "PgEnumColumn":
    case "PgEnumObjectColumn":
      return enumColumn(column);
    case "PgUUID":
      return { type: typeOf(Type_Kind.UUID), form: uuidForm };
    case "PgJson":
    case "PgJsonb":
      return { type: typeOf(Type_Kind.JSON), form: jsonForm("json") };
    case "PgBytea":
      return { type: typeOf(Type_Kind.BYTES), form: bytesForm };
    default:
      return timeColumn(column) ?? notationColumn(column);
  }
}

function int64(mode: IntegerMode): ColumnForm {
  return { type: typeOf(Type_Kind.INT64), form: integerForm(mode, -(2n ** 63n), 2n ** 63n - 1n) };
}

function decimal(column: PgColumn, mode: IntegerMode): ColumnForm {
  const type = decimalType(column.precision, column.scale ?? 0);
  return { type, form: decimalForm(mode, type.precision === 0 ? undefined : type.precision, type.scale) };
}

function enumColumn(column: PgColumn): ColumnForm | undefined {
  const declared = column.enum;
  if (declared === undefined) return undefined;
  const enumValues = [...declared.enumValues];
  return {
    type: typeOf(Type_Kind.ENUM, { name: declared.enumName, namespace: declared.schema ?? "", enumValues }),
    form: enumForm(enumValues),
  };
}

function timeColumn(column: PgColumn): ColumnForm | undefined {
  const options = { zoned: column.withTimezone ?? false, precision: column.precision ?? 6 };
  const timestamp = typeOf(options.zoned ? Type_Kind.TIMESTAMPTZ : Type_Kind.TIMESTAMP);
  switch (kindOf(column)) {
    case "PgDate":
      return { type: typeOf(Type_Kind.DATE), form: dateForm };
    case "PgDateString":
      return { type: typeOf(Type_Kind.DATE), form: dateStringForm };
    case "PgTime":
      return options.zoned
        ? { type: namedType("timetz"), form: textForm(false) }
        : { type: typeOf(Type_Kind.TIME), form: timeOfDayForm(options.precision) };
    case "PgTimestamp":
      return { type: timestamp, form: timestampForm(options) };
    case "PgTimestampString":
      return { type: timestamp, form: timestampStringForm(options) };
    default:
      return undefined;
  }
}

/** Types that the database reads from text. */
function notationColumn(column: PgColumn): ColumnForm | undefined {
  switch (kindOf(column)) {
    case "PgInterval":
      return { type: namedType("interval"), form: textForm(false) };
    case "PgInet":
    case "PgCidr":
    case "PgMacaddr":
    case "PgMacaddr8":
      return { type: parsePgType(column.getSQLType()), form: textForm(false) };
    case "PgBinaryVector":
    case "PgSparseVector":
      return { type: parsePgType(column.getSQLType()), form: textForm(false) };
    case "PgVector":
      return { type: namedType("vector"), form: vectorForm };
    case "PgHalfVector":
      return { type: namedType("halfvec"), form: vectorForm };
    case "PgPointTuple":
      return { type: namedType("point"), form: pointForm("tuple") };
    case "PgPointObject":
      return { type: namedType("point"), form: pointForm("object") };
    case "PgLine":
      return { type: namedType("line"), form: lineForm("tuple") };
    case "PgLineABC":
      return { type: namedType("line"), form: lineForm("object") };
    case "PgGeometry":
      return { type: namedType("geometry"), form: geometryForm("tuple", column.srid) };
    case "PgGeometryObject":
      return { type: namedType("geometry"), form: geometryForm("object", column.srid) };
    default:
      return undefined;
  }
}
