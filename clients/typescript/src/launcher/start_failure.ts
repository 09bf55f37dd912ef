import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { type UowError, uowError } from "../errors.js";

const elsewhere = "Or run uowd on another machine or in a container, and set UOW_ENDPOINT to its address.";

const foreign = `it isn't a program for this machine (${process.platform}-${process.arch}). Install the package here rather than copying node_modules.`;

/** What to do about a `uowd` that the system doesn't start at all. Undefined where there is nothing to add. */
export function notRunnable(binary: string, error: NodeJS.ErrnoException): UowError | undefined {
  const advice = {
    // The file is there, the loader that it names isn't.
    ENOENT: existsSync(binary)
      ? `it is built for glibc, and this system has another C library, as Alpine Linux does. Use a system with glibc, such as Debian. ${elsewhere}`
      : `it isn't there any more. Install the package again, or correct UOWD_PATH.`,
    EACCES: `it may not be run: check that it is executable (chmod +x) and that its disk isn't mounted with noexec.`,
    ENOEXEC: foreign,
  }[error.code ?? ""];
  if (advice === undefined) return undefined;
  return uowError("UOWD_START_FAILED", `${binary} can't be started: ${advice}`, { cause: error });
}

/** The error of a `uowd` that has ended as it started, where its output shows what to do; undefined where it speaks for itself. */
export function explainOutput(binary: string, output: string): UowError | undefined {
  const text = output.trim();
  // What the system can't run, the C library gives to the shell, which complains of a line of it.
  if (/: \d+: /.test(text) && isCompiled(binary)) return uowError("UOWD_START_FAILED", `${binary} can't be started: ${foreign}`);
  const glibc = /version [`'](GLIBC(?:XX)?_[\d.]+)' not found/.exec(text)?.[1];
  if (glibc !== undefined) {
    const [name, wanted] = glibc.split("_");
    return uowError(
      "UOWD_START_FAILED",
      `${binary} needs ${name === "GLIBC" ? "glibc" : "libstdc++ with symbols"} ${wanted} or newer, and this system's is older. Use a newer ` +
        `system: Debian 12, Ubuntu 24.04 or the like. ${elsewhere}`,
    );
  }
  const library = /error while loading shared libraries: ([^\s:]+)/.exec(text)?.[1];
  if (library !== undefined) {
    return uowError(
      "UOWD_START_FAILED",
      `${binary} needs the shared library ${library}, which this system lacks. Install it, or the platform's package, which brings its own.`,
    );
  }
  if (text.includes("--exit-when-unused")) {
    return uowError(
      "UOWD_VERSION_MISMATCH",
      `${binary} is older than this package needs: ${text}. Install the version that belongs to this package.`,
    );
  }
  if (/the journal in .* has format/.test(text)) {
    return uowError(
      "UOWD_VERSION_MISMATCH",
      `${binary} can't read this journal, which a newer version wrote: ${text}. Install that version, or set UOW_DATA_DIR to another directory.`,
    );
  }
  return undefined;
}

function isCompiled(binary: string): boolean {
  const magic = Buffer.alloc(4);
  const file = openSync(binary, "r");
  try {
    readSync(file, magic);
  } finally {
    closeSync(file);
  }
  return magic.toString("latin1") === "\x7fELF";
}
