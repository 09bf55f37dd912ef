import type { Column } from "drizzle-orm";
import { Type_Kind } from "../gen/uow/v1/schema_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import { customForm } from "./custom.js";
import { bigintBytesForm, bytesForm, jsonForm } from "./documents.js";
import { driverForm } from "./driver_values.js";
import type { Form } from "./form.js";
import { decimalForm, floatForm, integerForm, type IntegerMode } from "./numbers.js";
import type { ColumnForm } from "./pg_columns.js";
import { typeOf } from "./pg_types.js";
import { textForm } from "./texts.js";
import { isValidDate } from "./times.js";
import { integerOf, intValue, textOf } from "./values.js";

/**
 * Columns of sqlite-core. Their kinds are those of the SQL type, not of the mode: the journal holds what SQLite stores, as it would be
 * written without a unit of work.
 */
export function sqliteColumnForm(column: Column): ColumnForm {
  switch (column.columnType) {
    case "SQLiteInteger":
      return { type: typeOf(Type_Kind.INT64), form: integerForm("number", -(2n ** 63n), 2n ** 63n - 1n) };
    case "SQLiteBoolean":
      return { type: typeOf(Type_Kind.INT64), form: booleanForm };
    case "SQLiteTimestamp":
      return {
        type: typeOf(Type_Kind.INT64),
        form: epochForm("mode" in column && column.mode === "timestamp" ? 1000 : 1),
      };
    case "SQLiteReal":
      return { type: typeOf(Type_Kind.DOUBLE), form: floatForm(false, false) };
    case "SQLiteNumeric":
      return numeric("string");
    case "SQLiteNumericNumber":
      return numeric("number");
    case "SQLiteNumericBigInt":
      return numeric("bigint");
    case "SQLiteText":
      return { type: typeOf(Type_Kind.TEXT), form: textForm(true) };
    case "SQLiteTextJson":
      return { type: typeOf(Type_Kind.TEXT), form: jsonForm("text") };
    case "SQLiteBlobBuffer":
      return { type: typeOf(Type_Kind.BYTES), form: bytesForm };
    case "SQLiteBlobJson":
      return { type: typeOf(Type_Kind.BYTES), form: jsonForm("bytes") };
    case "SQLiteBigInt":
      return { type: typeOf(Type_Kind.BYTES), form: bigintBytesForm };
    default:
      return customColumn(column);
  }
}

const booleanForm: Form = {
  accepts: "true or false",
  encode: (value) => (typeof value === "boolean" ? intValue(value ? 1n : 0n) : undefined),
  decode: (value) => integerOf(value) === 1n,
};

/** Dates as whole units since 1970, rounded down. */
function epochForm(millisPerUnit: number): Form {
  const units = (date: Date) => Math.floor(date.getTime() / millisPerUnit);
  return {
    accepts: "a Date",
    encode: (value) => (isValidDate(value) ? intValue(BigInt(units(value))) : undefined),
    decode: (value) => new Date(Number(integerOf(value)) * millisPerUnit),
    equals: (a, b) => isValidDate(a) && isValidDate(b) && units(a) === units(b),
    copy: (value) => (value instanceof Date ? new Date(value) : value),
  };
}

function numeric(mode: IntegerMode): ColumnForm {
  return { type: typeOf(Type_Kind.DECIMAL), form: exact(decimalForm(mode, undefined, 0)) };
}

/** SQLite turns decimals into numbers, with 15 digits or 64 bits: anything longer would be written as another number. */
function exact(form: Form): Form {
  return {
    ...form,
    accepts: `${form.accepts} of at most 15 digits, or a whole one of 64 bits`,
    encode(value) {
      const encoded = form.encode(value);
      return encoded !== undefined && survivesAsNumber(textOf(encoded)) ? encoded : undefined;
    },
  };
}

const MAX_EXACT_DIGITS = 15;

function survivesAsNumber(text: string): boolean {
  if (text === "NaN") return false;
  if (!text.includes(".")) {
    const whole = BigInt(text);
    if (whole >= -(2n ** 63n) && whole < 2n ** 63n) return true;
  }
  return text.replace(/^-?0*\.?0*|\./g, "").replace(text.includes(".") ? /0+$/ : /$^/, "").length <= MAX_EXACT_DIGITS;
}

function customColumn(column: Column): ColumnForm {
  const declared = column.getSQLType().toUpperCase();
  const has = (...parts: string[]) => parts.some((part) => declared.includes(part));
  if (has("INT")) return custom(column, Type_Kind.INT64);
  if (has("CHAR", "CLOB", "TEXT")) return custom(column, Type_Kind.TEXT);
  if (declared === "" || has("BLOB")) return custom(column, Type_Kind.BYTES);
  if (has("REAL", "FLOA", "DOUB")) return custom(column, Type_Kind.DOUBLE);
  if (has("BOOL")) return custom(column, Type_Kind.INT64);
  if (has("DECIMAL", "NUMERIC", "NUMBER", "MONEY")) return custom(column, Type_Kind.DECIMAL);
  // Numeric affinity: dates and times, mostly. Text that looks like a number becomes one, all else stays.
  const text = driverForm(typeOf(Type_Kind.TEXT));
  return { type: typeOf(Type_Kind.TEXT), form: customForm(column, typeOf(Type_Kind.TEXT), { ...text, decode: numberOrText }) };
}

function custom(column: Column, kind: Type_Kind): ColumnForm {
  const type = typeOf(kind);
  const any = driverForm(type);
  const exactOnes = exact(any);
  // What the mapping makes a number of is one already.
  const encode: Form["encode"] = (value) => (typeof value === "number" ? any : exactOnes).encode(value);
  const driver = kind === Type_Kind.DECIMAL ? { ...exactOnes, encode } : any;
  return { type, form: customForm(column, type, { ...driver, decode: (value) => sqliteDriverValue(driver, value) }) };
}

/** SQLite's drivers return integers as numbers. */
function sqliteDriverValue(driver: Form, value: Value): unknown {
  const isNumber = value.kind.case === "int64Value" || value.kind.case === "decimalValue";
  return isNumber ? Number(textOf(value)) : driver.decode(value);
}

function numberOrText(value: Value): unknown {
  const text = textOf(value);
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
