import { SQL } from "drizzle-orm";

type Configuration = Parameters<SQL["toQuery"]>[0];
type Built = ReturnType<SQL["toQuery"]>;

/**
 * A statement of texts and bound parameters in turns, which Drizzle runs, logs and numbers the placeholders of like any other. Of chunks, one
 * for each text and parameter, Drizzle 0.45 would make several objects each: more work than the database has with the rows.
 */
export class BoundQuery extends SQL {
  /** Whether bigints are sent as text, and cast. */
  textIntegers = false;
  /** What stands ahead of each parameter, and behind the last. */
  readonly #texts: string[] = [];
  readonly #parameters: unknown[] = [];
  #text = "";

  constructor() {
    super([]);
  }

  text(value: string): void {
    this.#text += value;
  }

  /** A value that the driver takes as it is. */
  parameter(value: unknown): void {
    this.#texts.push(this.#text);
    this.#text = "";
    this.#parameters.push(value);
  }

  override toQuery(configuration: Configuration): Built {
    const params: unknown[] = [];
    let sql = "";
    for (const [i, parameter] of this.#parameters.entries()) {
      const cast = this.textIntegers && typeof parameter === "bigint";
      const value = cast ? String(parameter) : parameter;
      const placeholder = configuration.escapeParam(i, value);
      sql += this.#texts[i];
      sql += cast ? `CAST(${placeholder} AS INTEGER)` : placeholder;
      params.push(value);
    }
    sql += this.#text;
    // Drizzle 0.45 tells the AWS Data API how values that look like text are meant.
    const typings = "prepareTyping" in configuration ? { typings: params.map(() => "none" as const) } : {};
    const built = { sql, params, ...typings };
    return built;
  }
}
