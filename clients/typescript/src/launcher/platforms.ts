/** The platforms that have a package with `uowd`, as Node names them. Elsewhere a `uowd` of one's own is reached by UOW_ENDPOINT. */
export const platforms: readonly string[] = ["linux-x64"];

/** This machine's. */
export const platform = `${process.platform}-${process.arch}`;

/** The package that has `bin/uowd` for a platform. */
export function packageOf(name: string): string {
  return `@drizzle-uow/uowd-${name}`;
}
