import type { Value } from "../gen/uow/v1/value_pb.js";
import type { Codec } from "./codec.js";
import { nullValue } from "./values.js";
import { ValueError } from "./value_error.js";

/**
 * How the values of one column look in an application, NULL aside. The building block of codecs: `FormCodec` adds NULL and errors, so
 * that forms can be nested in arrays.
 */
export interface Form {
  /** What is accepted, in English: completes "accepts …". */
  readonly accepts: string;
  /** The journal's form; undefined for a value that isn't accepted. */
  encode(value: unknown): Value | undefined;
  decode(value: Value): unknown;
  /** Whether two accepted values are the same in the database. Absent: identity, NaN equals NaN. */
  equals?(a: unknown, b: unknown): boolean;
  /** Present where values can change in place without a trap. */
  readonly copy?: (value: unknown) => unknown;
}

export class FormCodec implements Codec {
  readonly mutable: boolean;

  constructor(
    private readonly column: string,
    private readonly form: Form,
  ) {
    this.mutable = form.copy !== undefined;
  }

  toWire(value: unknown): Value {
    if (value === null) return nullValue;
    const encoded = this.form.encode(value);
    if (encoded === undefined) throw new ValueError(this.column, value, this.form.accepts);
    return encoded;
  }

  fromWire(value: Value): unknown {
    return value.kind.case === "nullValue" ? null : this.form.decode(value);
  }

  equals(a: unknown, b: unknown): boolean {
    return sameInForm(this.form, a, b);
  }

  snapshot(value: unknown): unknown {
    return value === null || value === undefined || this.form.copy === undefined ? value : this.form.copy(value);
  }
}

export function sameInForm(form: Form, a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a === null || b === null || a === undefined || b === undefined) return false;
  return form.equals?.(a, b) ?? a === b;
}
