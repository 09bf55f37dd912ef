const entityKind = Symbol.for("drizzle:entityKind");

/**
 * Drizzle's names for the class of a value and its parents, nearest first. Names are the same in every copy of the package, unlike
 * classes, and some classes have other names in one line of Drizzle than in the other.
 */
export function kindsOf(value: object): string[] {
  const kinds: string[] = [];
  for (let type: unknown = value.constructor; typeof type === "function"; type = Object.getPrototypeOf(type)) {
    const kind: unknown = Object.hasOwn(type, entityKind) ? (type as unknown as Record<symbol, unknown>)[entityKind] : undefined;
    if (typeof kind === "string") kinds.push(kind);
  }
  return kinds;
}

/** Whether a value is of a class of Drizzle's, or of a class derived from it. */
export function hasKind(value: unknown, ...names: readonly string[]): boolean {
  return typeof value === "object" && value !== null && kindsOf(value).some((kind) => names.includes(kind));
}
