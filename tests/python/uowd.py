"""The real uowd, for tests in Python: generated stubs, a SQLite target, a process that ends with the test."""

import atexit
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import grpc
from grpc_tools import protoc

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIRST_SESSION = os.path.join(ROOT, "docs", "first_session")


def generate_stubs():
    """Generates the API's stubs as any user of grpcio-tools would, and makes them importable. Returns their directory."""
    out = tempfile.mkdtemp(prefix="uow-stubs-")
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    proto = os.path.join(ROOT, "proto")
    api = os.path.join(proto, "uow", "v1")
    files = [os.path.join(api, name) for name in sorted(os.listdir(api)) if name.endswith(".proto")]
    well_known = os.path.join(os.path.dirname(sys.modules["grpc_tools"].__file__), "_proto")
    arguments = ["protoc", f"-I{proto}", f"-I{well_known}", f"--python_out={out}", f"--grpc_python_out={out}", *files]
    if protoc.main(arguments) != 0:
        raise RuntimeError("the stubs could not be generated")
    sys.path.insert(0, out)
    return out


class Uowd:
    """uowd with one SQLite target named "main", on a unix socket in a directory of its own."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="uow-py-")
        self.address = f"unix:{self.dir}/uowd.sock"
        self.database = os.path.join(self.dir, "main.db")
        with open(os.path.join(FIRST_SESSION, "schema.sql"), encoding="utf-8") as schema:
            with sqlite3.connect(self.database) as connection:
                connection.executescript(schema.read())
            connection.close()
        self.log = open(os.path.join(self.dir, "uowd.log"), "ab")
        self.process = None
        self.start()

    def start(self):
        command = [os.environ["UOWD"], "--data-dir", os.path.join(self.dir, "data"), "--listen", self.address]
        command += ["--target", f"main=sqlite:{self.database}", "--free-space-reserve", "0"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while not self._serving():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"uowd doesn't serve:\n{self.log_text()}")
            time.sleep(0.02)

    def _serving(self):
        with grpc.insecure_channel(self.address) as channel:
            check = channel.unary_unary("/grpc.health.v1.Health/Check")
            try:
                return check(b"", timeout=2) == b"\x08\x01"  # status: SERVING
            except grpc.RpcError:
                return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        """Ends it with SIGTERM and returns its exit code."""
        self.process.terminate()
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
            code = "still running 30 s after SIGTERM"
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)
        return code

    def log_text(self):
        with open(os.path.join(self.dir, "uowd.log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def rows(self, sql):
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()
