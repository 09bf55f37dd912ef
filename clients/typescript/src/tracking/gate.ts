/** What stands between a change and memory. */
export interface Gate {
  /** Throws if no change may be made now. */
  admit(): void;
  /** A change was logged. */
  changed(): void;
  /** A number for a new entity whose key the database will generate. */
  nextHandle(): { readonly writer: string; readonly counter: bigint };
}
