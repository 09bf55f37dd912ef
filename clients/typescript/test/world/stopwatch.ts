/** Prints how long the parts of a walk took, and how much memory the process had after each. */
export class Stopwatch {
  private readonly laps: string[] = [];
  private since = performance.now();

  constructor(private readonly title: string) {}

  lap(what: string): void {
    const seconds = ((performance.now() - this.since) / 1000).toFixed(2).padStart(7);
    const { rss, heapUsed } = process.memoryUsage();
    this.laps.push(`${seconds} s  ${megabytes(heapUsed)} heap  ${megabytes(rss)} in all  ${what}`);
    this.since = performance.now();
  }

  print(): void {
    console.log(`${this.title}\n${this.laps.join("\n")}`);
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MB`.padStart(8);
}
