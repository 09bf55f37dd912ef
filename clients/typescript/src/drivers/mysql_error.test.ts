import { describe, expect, test } from "vitest";
import { ErrorReason } from "../gen/uow/v1/errors_pb.js";
import { isAnswered, readFailure } from "./failure.js";

function mysql2Error(errno: number, sqlState: string, message: string): Error {
  return new Error("Failed query", { cause: Object.assign(new Error(message), { errno, sqlState, code: "ER_SOMETHING" }) });
}

describe("an error of MySQL or MariaDB", () => {
  test.each([
    [1062, "23000", "Duplicate entry 'for key 'x' for key 'authors_name'", ErrorReason.CONSTRAINT_UNIQUE, "authors_name", []],
    [1062, "23000", "Duplicate entry '1' for key 'authors.PRIMARY'", ErrorReason.CONSTRAINT_UNIQUE, "PRIMARY", []],
    [
      1452,
      "23000",
      "Cannot add or update a child row: a foreign key constraint fails (`d`.`books`, CONSTRAINT `books_author` FOREIGN KEY (`author_id`) REFERENCES `authors` (`id`))",
      ErrorReason.CONSTRAINT_FOREIGN_KEY,
      "books_author",
      [],
    ],
    [1048, "23000", "Column 'name' cannot be null", ErrorReason.CONSTRAINT_NOT_NULL, "", ["name"]],
    [1364, "HY000", "Field 'name' doesn't have a default value", ErrorReason.CONSTRAINT_NOT_NULL, "", ["name"]],
    [4025, "23000", "CONSTRAINT `named` failed for `d`.`authors`", ErrorReason.CONSTRAINT_CHECK, "named", []],
    [3819, "HY000", "Check constraint 'named' is violated.", ErrorReason.CONSTRAINT_CHECK, "named", []],
    [1406, "22001", "Data too long for column 'name' at row 2", ErrorReason.TARGET_REJECTED, "", ["name"]],
    [1213, "40001", "Deadlock found when trying to get lock", ErrorReason.TARGET_CONFLICT, "", []],
    [1146, "42S02", "Table 'd.authors' doesn't exist", ErrorReason.TARGET_SCHEMA_CHANGED, "", []],
    [1142, "42000", "CREATE command denied to user", ErrorReason.TARGET_DENIED, "", []],
  ])("%i is told apart, with what it names", (errno, sqlState, message, reason, constraint, columns) => {
    const error = mysql2Error(errno, sqlState, message);
    expect(readFailure(error, "mysql")).toEqual({ reason, sqlstate: sqlState, constraint, columns, message });
    expect(isAnswered(error)).toBe(true);
  });

  test("is read from the words of drivers that have no fields for it", () => {
    const planetscale = new Error(
      "target: shop.-.primary: vttablet: rpc error: code = AlreadyExists desc = Duplicate entry 'a' for key 'authors.name' (errno 1062) (sqlstate 23000)",
    );
    expect(readFailure(planetscale, "mysql")).toMatchObject({
      reason: ErrorReason.CONSTRAINT_UNIQUE,
      constraint: "name",
      sqlstate: "23000",
    });
    const tidb = new Error("Execute SQL fail: Error 1062 (23000): Duplicate entry 'a' for key 'authors.name'");
    expect(readFailure(tidb, "mysql")).toMatchObject({ reason: ErrorReason.CONSTRAINT_UNIQUE, constraint: "name" });
  });

  test("leaves the outcome open where the server goes down, or the connection", () => {
    expect(isAnswered(mysql2Error(1053, "08S01", "Server shutdown in progress"))).toBe(false);
    expect(isAnswered(mysql2Error(1927, "70100", "Connection was killed"))).toBe(false);
    const lost = Object.assign(new Error("Connection lost: The server closed the connection."), {
      code: "PROTOCOL_CONNECTION_LOST",
      errno: -104,
    });
    expect(isAnswered(lost)).toBe(false);
    expect(readFailure(lost, "mysql").reason).toBe(ErrorReason.TARGET_UNAVAILABLE);
  });
});
