/** An error of drizzle-uow. `reason` is stable and documented; messages are not. */
export class UowError extends Error {
  override readonly name: string = "UowError";
}
