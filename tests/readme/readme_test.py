"""The README's first session is the code in docs/first_session, and that code does what the README says."""

import os
import re
import subprocess
import sys
import unittest

import uowd as support


def readme():
    with open(os.path.join(support.ROOT, "README.md"), encoding="utf-8") as file:
        return file.read()


def example(name):
    with open(os.path.join(support.FIRST_SESSION, name), encoding="utf-8") as file:
        return file.read()


class Readme(unittest.TestCase):
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

    def test_shows_the_code_that_is_tested(self):
        for language, name in (("sql", "schema.sql"), ("cpp", "first_session.cc"), ("python", "first_session.py")):
            blocks = re.findall(rf"^```{language}\n(.*?)^```$", readme(), re.DOTALL | re.MULTILINE)
            self.assertIn(example(name), blocks, f"README.md shows another {name} than docs/first_session has")

    def test_links_lead_somewhere(self):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", readme()):
            if "://" not in target:
                self.assertTrue(os.path.exists(os.path.join(support.ROOT, target)), f"README.md links to {target}")

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
