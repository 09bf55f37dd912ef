/** This package's version, which is that of the `uowd` that it comes with. package.json has it too; a test compares them. */
export const version = "0.1.0";

/** Whether a `uowd` of one version can do all that a package of another one asks for: those of a release line are alike, and later ones know more. */
export function serves(uowd: string, client: string): boolean {
  const [major = 0, minor = 0] = uowd.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = client.split(".").map(Number);
  return major === wantedMajor && minor >= wantedMinor;
}
