import type { Type } from "../gen/uow/v1/schema_pb.js";
import { driverForm } from "./driver_values.js";
import type { Form } from "./form.js";
import { nullValue, sameValue } from "./values.js";

/** A column's own mapping between application and driver, as on both lines of Drizzle. */
export interface DriverMapping {
  mapToDriverValue(value: unknown): unknown;
  mapFromDriverValue(value: unknown): unknown;
}

/** Columns of the user's own types, and of types that this package doesn't know: the journal holds what the mapping gives the driver. */
export function customForm(column: DriverMapping, type: Type, driver: Form = driverForm(type)): Form {
  const encode = (value: unknown) => {
    const mapped = column.mapToDriverValue(value);
    return mapped === null ? nullValue : driver.encode(mapped);
  };
  const decode: Form["decode"] = (value) => {
    const given = driver.decode(value);
    return given === null ? null : column.mapFromDriverValue(given);
  };
  return {
    accepts: `what its toDriver turns into ${driver.accepts}`,
    encode,
    decode,
    equals(a, b) {
      const left = encode(a);
      const right = encode(b);
      return left !== undefined && right !== undefined && sameValue(left, right);
    },
    copy(value) {
      if (typeof value !== "object") return value;
      const encoded = encode(value);
      return encoded === undefined ? value : decode(encoded);
    },
  };
}
