"""The statements for MS SQL Server, of which there is no server here, read by a parser of its language that is not ours."""

import logging
import pathlib
import re
import unittest

import sqlglot

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = [ROOT / "adapters/mssql/golden", ROOT / "clients/typescript/test/matrix/mssql"]

# What the parser takes for statements, and not just for text that it can't read.
UNDERSTOOD = {"Declare", "Delete", "IfBlock", "Insert", "Select", "Semicolon", "Update"}


def parse(text):
    return [tree for tree in sqlglot.parse(text, dialect="tsql", error_level=sqlglot.ErrorLevel.RAISE) if tree is not None]


def statements(text):
    """The file's statements, each with its parameters as comments. A name may hold what looks like the end of one."""
    return [part for part in re.split(r"\n\n(?:-- [^@].*\n)?", "\n" + text) if re.search(r"^[A-Z]", part, re.MULTILINE)]


class TsqlSyntax(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # It says so where it can't read the inside of BEGIN TRY.
        logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

    def test_every_statement_is_one(self):
        files = [file for folder in FOLDERS for file in sorted(folder.glob("*.sql"))]
        self.assertGreater(len(files), 20)
        for file in files:
            found = statements(file.read_text(encoding="utf-8"))
            self.assertTrue(found, file)
            for statement in found:
                with self.subTest(file=file.name, statement=statement):
                    kinds = {type(tree).__name__ for tree in parse(statement)}
                    self.assertLessEqual(kinds, UNDERSTOOD)

    def test_the_parser_refuses_what_is_none(self):
        unclosed = "UPDATE t SET [a] = v.c1 FROM [t] AS t INNER JOIN (VALUES (@p1) AS v (c1) ON t.[id] = v.c1"
        for wrong in (unclosed, "DELETE t FORM [t] AS t", "INSERT INTO [t] ([a] SELECT v.c1 FROM (VALUES (@p1)) AS v (c1)"):
            with self.subTest(statement=wrong):
                try:
                    kinds = {type(tree).__name__ for tree in parse(wrong)}
                except sqlglot.errors.ParseError:
                    continue
                self.assertFalse(kinds <= UNDERSTOOD)


if __name__ == "__main__":
    unittest.main()
