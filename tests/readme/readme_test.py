"""The README's first session is the code in docs/first_session, and that code does what the README says."""

import os
import re
import subprocess
import sys
import unittest

import uowd as support


def text_of(path):
    with open(os.path.join(support.ROOT, path), encoding="utf-8") as file:
        return file.read()


def example(name):
    return text_of(os.path.join("docs", "first_session", name))


def names_of_tests():
    """Suite.Test of GoogleTest and unittest, and the tests of ctest that are one program."""
    names = {"uow_crash_test"}
    for folder in ("adapters", "clients", "journal", "service", "tests"):
        for directory, folders, files in os.walk(os.path.join(support.ROOT, folder)):
            folders[:] = [name for name in folders if name != "node_modules"]
            for file in files:
                if file.endswith((".cc", ".h", "_test.py")):
                    text = text_of(os.path.join(directory, file))
                    names.update(".".join(pair) for pair in re.findall(r"^(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\((\w+),\s*(\w+)", text, re.MULTILINE))
                    suite = re.search(r"^class (\w+)\(unittest", text, re.MULTILINE)
                    names.update(f"{suite[1]}.{name}" for name in re.findall(r"^    def (test_\w+)", text, re.MULTILINE) if suite)
    return names


class Pages(unittest.TestCase):
    """README.md and tests/README.md, without running anything."""

    tests = names_of_tests()

    def test_shows_the_code_that_is_tested(self):
        for language, name in (("sql", "schema.sql"), ("ts", "first_session.ts"), ("cpp", "first_session.cc"),
                               ("python", "first_session.py")):
            blocks = re.findall(rf"^```{language}\n(.*?)^```$", text_of("README.md"), re.DOTALL | re.MULTILINE)
            self.assertIn(example(name), blocks, f"README.md shows another {name} than docs/first_session has")

    def test_links_lead_somewhere(self):
        for page in ("README.md", "tests/README.md", "clients/typescript/README.md"):
            folder = os.path.dirname(os.path.join(support.ROOT, page))
            for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text_of(page)):
                if "://" not in target:
                    self.assertTrue(os.path.exists(os.path.join(folder, target)), f"{page} links to {target}")

    def test_every_promise_has_tests_that_exist(self):
        promises = text_of("tests/README.md").split("## Promises")[1]
        for promise in re.split(r"^\*\*(?=\d+\. )", promises, flags=re.MULTILINE)[1:]:
            names = re.sub(r"\s+", " ", promise.split("**", 1)[1])
            for file, name in re.findall(r"`([\w/]+\.test\.ts): ([^`]+)`", names):
                text = text_of(os.path.join("clients/typescript", file))
                self.assertIn(f'"{name}"', text, f"{file} has no such test")
            named = re.findall(r"`((?:\w+\.)?\w+)`", names)
            self.assertTrue(named, f"no test is named for: {promise}")
            for name in named:
                self.assertIn(name, self.tests, f"tests/README.md names a test that doesn't exist, for: {promise}")


class FirstSession(unittest.TestCase):
    def setUp(self):
        self.uowd = support.Uowd()

    def tearDown(self):
        self.assertEqual(self.uowd.close(), 0)

    def run_example(self, *command, **environment):
        done = subprocess.run([*command, self.uowd.address, "main"], env={**os.environ, **environment}, timeout=60, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def assert_saved(self):
        self.assertEqual(self.uowd.rows("SELECT name, email FROM users"), [("Ann", "ann@example.org")])
        self.assertEqual(self.uowd.rows("SELECT title FROM posts JOIN users ON users.id = author_id"), [("Hello",)])

    def test_the_session_in_cpp(self):
        self.run_example(os.environ["UOW_FIRST_SESSION"])
        self.assert_saved()

    def test_the_session_in_python(self):
        output = self.run_example(sys.executable, os.path.join(support.FIRST_SESSION, "first_session.py"),
                                  PYTHONPATH=support.generate_stubs())
        self.assertIn("rolled back to offset 2, epoch 1", output)
        self.assert_saved()


if __name__ == "__main__":
    unittest.main(verbosity=2)
