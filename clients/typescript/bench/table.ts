/** One measurement beside what it is compared with; the same fields as the other benchmarks' `--json`. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number | null;
  readonly ratio: number | null;
  readonly budget: string | null;
  readonly pass: boolean | null;
}

/** value / baseline, which may be at most `factor`. */
export function atMost(name: string, unit: string, value: number, baseline: number, factor: number): Row {
  const ratio = value / baseline;
  return { name, value, unit, baseline, ratio, budget: `<= ${factor} x`, pass: ratio <= factor };
}

/** How many times as fast, or as small, as the baseline it is: at least `factor`. */
export function timesBetter(name: string, unit: string, value: number, baseline: number, factor: number): Row {
  const ratio = baseline / value;
  return { name, value, unit, baseline, ratio, budget: `>= ${factor} x better`, pass: ratio >= factor };
}

/** A value without a budget. */
export function note(name: string, unit: string, value: number, baseline: number | null = null): Row {
  return { name, value, unit, baseline, ratio: baseline === null ? null : value / baseline, budget: null, pass: null };
}

function short(value: number): string {
  if (Math.abs(value) >= 100_000) return `${(value / 1000).toFixed(0)}k`;
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function line(cells: readonly string[]): string {
  const [name = "", value = "", baseline = "", ratio = "", budget = "", pass = ""] = cells;
  return `${name.padEnd(80)} ${value.padStart(10)} ${baseline.padStart(10)} ${ratio.padStart(7)}  ${budget.padEnd(16)} ${pass}`.trimEnd();
}

/** A table for people, or with `json` one object a line. */
export function print(rows: readonly Row[], json: boolean): void {
  if (json) {
    for (const row of rows) console.log(JSON.stringify(row));
    return;
  }
  console.log(line(["what", "value", "baseline", "ratio", "budget"]));
  for (const row of rows) {
    const pass = row.pass === null ? "" : row.pass ? "kept" : "MISSED";
    const baseline = row.baseline === null ? "" : short(row.baseline);
    console.log(
      line([`${row.name}, ${row.unit}`, short(row.value), baseline, row.ratio?.toFixed(2) ?? "", row.budget ?? "", pass]),
    );
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}
