"""The jobs of work.py: functions that a worker imports."""
import time

from rq import get_current_job


def add(x, y):
    return x + y


def fail():
    raise ValueError("broken")


def unsteady(failures):
    """Fails so many times."""
    job = get_current_job()
    tries = job.connection.hincrby("tries", job.id, 1)
    if tries <= failures:
        raise ValueError("not yet")
    return tries


def count(name):
    """How often the job of that name has run, which is once."""
    return get_current_job().connection.incr(f"ran:{name}")


def note(word):
    get_current_job().connection.rpush("noted", word)


def long():
    get_current_job().connection.rpush("begun", "long")
    time.sleep(60)
