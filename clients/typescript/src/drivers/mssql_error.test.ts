import { describe, expect, test } from "vitest";
import { ErrorReason } from "../gen/uow/v1/errors_pb.js";
import { isAnswered, readFailure } from "./failure.js";

/** As node-mssql throws it, and Drizzle wraps it. */
function told(number: number, message: string, severity = 16): Error {
  const cause = Object.assign(new Error(message), { name: "RequestError", code: "EREQUEST", number, class: severity, state: 1 });
  return new Error("Failed query: …", { cause });
}

describe("Errors of MS SQL Server have their reason, and name what they are about", () => {
  test.each([
    [
      2627,
      "Violation of UNIQUE KEY constraint 'authors_name'. Cannot insert duplicate key in object 'dbo.authors'. The duplicate key value is (O'Neill).",
      ErrorReason.CONSTRAINT_UNIQUE,
      "authors_name",
      [],
    ],
    [
      2601,
      "Cannot insert duplicate key row in object 'dbo.authors' with unique index 'authors_code'. The duplicate key value is (x).",
      ErrorReason.CONSTRAINT_UNIQUE,
      "authors_code",
      [],
    ],
    [
      547,
      'The INSERT statement conflicted with the FOREIGN KEY constraint "books_author". The conflict occurred in database "shop", table "dbo.authors", column \'id\'.',
      ErrorReason.CONSTRAINT_FOREIGN_KEY,
      "books_author",
      [],
    ],
    [
      547,
      'The DELETE statement conflicted with the REFERENCE constraint "books_author". The conflict occurred in database "shop", table "dbo.books", column \'author_id\'.',
      ErrorReason.CONSTRAINT_FOREIGN_KEY,
      "books_author",
      [],
    ],
    [
      547,
      'The INSERT statement conflicted with the CHECK constraint "named". The conflict occurred in database "shop", table "dbo.authors", column \'name\'.',
      ErrorReason.CONSTRAINT_CHECK,
      "named",
      [],
    ],
    [
      515,
      "Cannot insert the value NULL into column 'name', table 'shop.dbo.authors'; column does not allow nulls. INSERT fails.",
      ErrorReason.CONSTRAINT_NOT_NULL,
      "",
      ["name"],
    ],
    [1205, "Transaction (Process ID 52) was deadlocked on lock resources", ErrorReason.TARGET_CONFLICT, "", []],
    [3960, "Snapshot isolation transaction aborted due to update conflict.", ErrorReason.TARGET_CONFLICT, "", []],
    [208, "Invalid object name 'authors'.", ErrorReason.TARGET_SCHEMA_CHANGED, "", []],
    [229, "The INSERT permission was denied on the object 'authors'", ErrorReason.TARGET_DENIED, "", []],
    [8152, "String or binary data would be truncated.", ErrorReason.TARGET_REJECTED, "", []],
  ])("%d: %s", (number, message, reason, constraint, columns) => {
    expect(readFailure(told(number, message), "mssql")).toEqual({ reason, sqlstate: String(number), constraint, columns, message });
    expect(isAnswered(told(number, message))).toBe(true);
  });
});

test("A lost connection leaves open what became of a COMMIT, and so does a server that shuts down", () => {
  const lost = Object.assign(new Error("Connection lost - read ECONNRESET"), { code: "ESOCKET" });
  expect(readFailure(lost, "mssql").reason).toBe(ErrorReason.TARGET_UNAVAILABLE);
  expect(isAnswered(lost)).toBe(false);
  expect(isAnswered(told(6005, "SHUTDOWN is in progress.", 14))).toBe(false);
  expect(isAnswered(told(21, "Warning: Fatal error", 20))).toBe(false);
});
