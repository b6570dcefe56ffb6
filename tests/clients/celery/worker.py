"""A Celery worker in a process of its own, and what programs need to look at it."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import celery
import kombu
import redis

HERE = Path(__file__).parent
PATIENCE = 40  # seconds until something that must come is missed


def until(what, so):
    """Waits until so() is true, and gives what it returned."""
    deadline = time.monotonic() + PATIENCE
    while not (got := so()):
        assert time.monotonic() < deadline, f"it never comes that {what}"
        time.sleep(0.02)
    return got


def children(pid):
    """The pids of a process's children."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended
        if parent == pid:
            yield int(stat.parent.name)


def versions():
    return f"with celery {celery.__version__}, kombu {kombu.__version__}, redis-py {redis.__version__}"


class Worker:
    """celery worker as on a command line, with its words; in a with statement it runs for the block. Its log is NAME.log."""

    def __init__(self, name, *words):
        self.name, self.log = f"{name}@here", Path(f"{name}.log")
        self.command = [sys.executable, "-m", "celery", "--app", "tasks", "worker", "--hostname", self.name, "--loglevel", "INFO", *words]

    def start(self):
        with self.log.open("ab") as log:
            began = log.tell()
            environment = {**os.environ, "PYTHONPATH": str(HERE)}
            self.process = subprocess.Popen(self.command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(f"{self.name} is ready", lambda: self.runs() and b" ready." in self.log.read_bytes()[began:])

    def runs(self):
        assert self.process.poll() is None, f"{self.name} ended with {self.process.returncode}"
        return True

    def show(self):
        print(self.log.read_text()[-4000:], file=sys.stderr)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.kill()
            self.show()
            raise
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.kill()
            self.show()
        else:
            self.stop()

    def stop(self):
        """Ends the worker when its tasks have ended."""
        self.process.terminate()
        self.process.wait(PATIENCE)

    def kill(self):
        """Ends the worker and its children in the midst of whatever they do."""
        pids = [self.process.pid, *children(self.process.pid)]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(PATIENCE)
