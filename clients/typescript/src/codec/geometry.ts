import type { Form } from "./form.js";
import { notationForm } from "./texts.js";

/** How Drizzle shows coordinates: `[x, y]` or `{ x, y }`. */
export type CoordinateMode = "tuple" | "object";

export function pointForm(mode: CoordinateMode): Form {
  return coordinateForm(mode, ["x", "y"], ([x, y]) => `(${x},${y})`, /^\((.*),(.*)\)$/);
}

export function geometryForm(mode: CoordinateMode, srid: number | undefined): Form {
  const prefix = srid === undefined ? "" : `SRID=${srid};`;
  return coordinateForm(mode, ["x", "y"], ([x, y]) => `${prefix}POINT(${x} ${y})`, /POINT\s*\(\s*(\S+)\s+(\S+)\s*\)$/i);
}

export function lineForm(mode: CoordinateMode): Form {
  return coordinateForm(mode, ["a", "b", "c"], (abc) => `{${abc.join(",")}}`, /^\{(.*),(.*),(.*)\}$/);
}

export const vectorForm: Form = notationForm(
  "an array of numbers",
  (value) => (isNumbers(value) ? `[${value.join(",")}]` : undefined),
  (text) => text.slice(1, -1).split(",").map(Number),
);

function coordinateForm(
  mode: CoordinateMode,
  names: readonly string[],
  format: (numbers: readonly number[]) => string,
  pattern: RegExp,
): Form {
  const tuple = (value: unknown): unknown => {
    if (mode === "tuple" || typeof value !== "object" || value === null) return value;
    const fields = new Map(Object.entries(value));
    return names.map((name): unknown => fields.get(name));
  };
  return notationForm(
    mode === "tuple" ? `an array of ${names.length} numbers` : `an object { ${names.join(", ")} } of numbers`,
    (value) => {
      const numbers = tuple(value);
      return isNumbers(numbers) && numbers.length === names.length ? format(numbers) : undefined;
    },
    (text) => {
      const numbers = (pattern.exec(text)?.slice(1) ?? []).map(Number);
      return mode === "tuple" ? numbers : Object.fromEntries(names.map((name, i) => [name, numbers[i] ?? Number.NaN]));
    },
  );
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((element) => typeof element === "number");
}
