import type { Column } from "drizzle-orm";
import { type Type, Type_Kind } from "../gen/uow/v1/schema_pb.js";
import { customForm, type DriverMapping } from "./custom.js";
import { bytesForm, jsonForm } from "./documents.js";
import { driverForm } from "./driver_values.js";
import type { Form } from "./form.js";
import { parseMssqlType } from "./mssql_types.js";
import { charForm, finite, withoutInfinity } from "./mysql_forms.js";
import { decimalForm, floatForm, integerForm } from "./numbers.js";
import type { ColumnForm } from "./pg_columns.js";
import { typeOf } from "./pg_types.js";
import { boolForm, textForm, uuidForm } from "./texts.js";
import { dateForm, dateStringForm, timeOfDayForm, timestampForm, timestampStringForm } from "./times.js";
import { textOf, timeValue } from "./values.js";

/** What columns of mssql-core have beside the common part. */
interface MssqlColumn extends DriverMapping {
  readonly columnType: string;
  readonly dataType: string;
  getSQLType(): string;
  readonly precision?: number | undefined;
}

/** `Date` has milliseconds, and node-mssql reads all times as `Date`. */
const MILLISECONDS = 3;

/** Columns of mssql-core. */
export function mssqlColumnForm(column: Column): ColumnForm {
  const given = column as unknown as MssqlColumn;
  const type = parseMssqlType(given.getSQLType());
  const form = numberForm(given, type) ?? otherForm(given) ?? timeForm(given);
  if (given.columnType === "MsSqlNVarCharJson") return { type: typeOf(Type_Kind.JSON), form: jsonForm("json") };
  return { type, form: form ?? customForm(given, type, customDriverForm(type)) };
}

/** node-mssql gives times as `Date`, and UUIDs in capitals. */
function customDriverForm(type: Type): Form {
  const form = driverForm(type);
  if (type.kind === Type_Kind.UUID) return { ...uuidForm, decode: (value) => textOf(value).toUpperCase() };
  if (type.kind !== Type_Kind.TIMESTAMP && type.kind !== Type_Kind.TIMESTAMPTZ) return form;
  const zoned = type.kind === Type_Kind.TIMESTAMPTZ;
  const dates = timestampForm({ zoned, precision: MILLISECONDS });
  return { ...form, decode: (value) => dates.decode(value) };
}

const integers: Readonly<Record<string, readonly [min: bigint, max: bigint, mode: "number" | "bigint" | "string"]>> = {
  MsSqlTinyInt: [0n, 255n, "number"],
  MsSqlSmallInt: [-(2n ** 15n), 2n ** 15n - 1n, "number"],
  MsSqlInt: [-(2n ** 31n), 2n ** 31n - 1n, "number"],
  MsSqlBigInt: [-(2n ** 63n), 2n ** 63n - 1n, "bigint"],
  MsSqlBigIntNumber: [-(2n ** 63n), 2n ** 63n - 1n, "number"],
  MsSqlBigIntString: [-(2n ** 63n), 2n ** 63n - 1n, "string"],
};

function numberForm({ columnType }: MssqlColumn, type: Type): Form | undefined {
  const integer = integers[columnType];
  if (integer !== undefined) return integerForm(integer[2], integer[0], integer[1]);
  switch (columnType) {
    case "MsSqlDecimal":
    case "MsSqlNumeric":
      return finite(decimalForm("string", type.precision, type.scale));
    case "MsSqlDecimalNumber":
    case "MsSqlNumericNumber":
      return finite(decimalForm("number", type.precision, type.scale));
    case "MsSqlDecimalBigInt":
    case "MsSqlNumericBigInt":
      return finite(decimalForm("bigint", type.precision, type.scale));
    case "MsSqlFloat":
      return finite(floatForm(type.kind === Type_Kind.FLOAT, false));
    case "MsSqlReal":
      return finite(floatForm(true, false));
    default:
      return undefined;
  }
}

function otherForm({ columnType }: MssqlColumn): Form | undefined {
  switch (columnType) {
    case "MsSqlBit":
      return boolForm;
    case "MsSqlText":
    case "MsSqlVarChar":
      return textForm(true);
    case "MsSqlChar":
      return charForm;
    case "MsSqlBinary":
    case "MsSqlVarBinary":
      return bytesForm;
    default:
      return undefined;
  }
}

function timeForm({ columnType, dataType, precision }: MssqlColumn): Form | undefined {
  const digits = Math.min(precision ?? MILLISECONDS, MILLISECONDS);
  switch (columnType) {
    case "MsSqlDate":
      return dateForm;
    case "MsSqlDateString":
      return withoutInfinity('a string like "2026-11-22"', dateStringForm);
    case "MsSqlTime":
      return dataType === "string time" ? clockStringForm(digits) : clockForm(digits);
    case "MsSqlDateTime":
    case "MsSqlDateTime2":
      return timestampForm({ zoned: false, precision: digits });
    case "MsSqlDateTimeOffset":
      return timestampForm({ zoned: true, precision: digits });
    case "MsSqlDateTimeString":
    case "MsSqlDateTime2String":
      return isoStringForm(false, digits);
    case "MsSqlDateTimeOffsetString":
      return isoStringForm(true, digits);
    default:
      return undefined;
  }
}

/** Times that Drizzle shows as `Date.toISOString` does, in UTC. */
function isoStringForm(zoned: boolean, precision: number): Form {
  const form = withoutInfinity(`a string like "2026-11-22T13:45:00.500Z"`, timestampStringForm({ zoned, precision }));
  const dates = timestampForm({ zoned, precision });
  return { ...form, decode: (value) => (dates.decode(value) as Date).toISOString() };
}

/** Times of day as Drizzle shows them, "13:45:00.500". */
function clockStringForm(precision: number): Form {
  const form = timeOfDayForm(precision);
  return { ...form, decode: (value) => isoClock(textOf(value)), equals: sameTime(form) };
}

/** Times of day as a `Date` of the first of January 1970. */
function clockForm(precision: number): Form {
  const dates = timestampForm({ zoned: false, precision });
  const form: Form = {
    accepts: "a Date, of which the time of day counts",
    encode(value) {
      const encoded = dates.encode(value);
      return encoded === undefined ? undefined : timeValue(textOf(encoded).slice("1970-01-01T".length));
    },
    decode: (value) => new Date(`1970-01-01T${isoClock(textOf(value))}Z`),
    copy: (value) => dates.copy?.(value),
  };
  return { ...form, equals: sameTime(form) };
}

function isoClock(text: string): string {
  const [clock = "", fraction = ""] = text.split(".");
  return `${clock}.${fraction.padEnd(MILLISECONDS, "0").slice(0, MILLISECONDS)}`;
}

function sameTime(form: Form): (a: unknown, b: unknown) => boolean {
  return (a, b) => {
    const left = form.encode(a);
    const right = form.encode(b);
    return left !== undefined && right !== undefined && textOf(left) === textOf(right);
  };
}
