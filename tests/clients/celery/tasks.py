"""The Celery application of the programs beside this file: one server is its broker, in database 0, and keeps its results, in database 1.
What the tasks note for those who look lies in database 2. CELERY_PORT is the server's port on 127.0.0.1, CELERY_VISIBILITY the visibility
timeout in seconds: how long what a worker took and did not acknowledge is kept from others; Celery's usual hour where it is absent."""
import os
import time

import redis
from celery import Celery

PORT = int(os.environ["CELERY_PORT"])
VISIBILITY = int(os.environ.get("CELERY_VISIBILITY", 3600))
PATIENCE = 40  # seconds until something that must come is missed

app = Celery("tasks", broker=f"redis://127.0.0.1:{PORT}/0", backend=f"redis://127.0.0.1:{PORT}/1")
app.conf.update(
    broker_transport_options={"visibility_timeout": VISIBILITY},
    task_track_started=True,
    result_expires=3600,
)
notes = redis.Redis(port=PORT, db=2, decode_responses=True)


@app.task
def add(x, y):
    return x + y


@app.task
def total(numbers):
    return sum(numbers)


@app.task
def when(*_):
    """The time at which the task runs."""
    return time.time()


@app.task
def count(name):
    """How often the task of that name has run, which is once."""
    return notes.incr(f"ran:{name}")


@app.task
def note(word):
    notes.rpush("noted", word)


@app.task(bind=True, max_retries=5)
def unsteady(self, failures):
    """Fails so many times and asks to be tried again; then it returns how often it was."""
    if self.request.retries < failures:
        raise self.retry(countdown=0.05, exc=ValueError("not yet"))
    return self.request.retries


@app.task(autoretry_for=(KeyError,), retry_kwargs={"max_retries": 2, "countdown": 0.05})
def hopeless():
    notes.incr("hopeless")
    raise KeyError("never")


@app.task
def broken(*_):
    raise ValueError("broken")


@app.task
def complain(request, error, traceback):
    """Called when another task fails (link_error)."""
    notes.rpush("complaints", f"{request.id} {error!r}")


@app.task(bind=True, acks_late=True, reject_on_worker_lost=True)
def long(self, name):
    """Begins, and ends when somebody has said so. It is acknowledged when it has ended; the pid is that of a child of the worker."""
    notes.rpush(f"begun:{name}", os.getpid())
    end = time.monotonic() + PATIENCE
    while not notes.exists(f"end:{name}"):
        if time.monotonic() > end:
            raise TimeoutError(name)
        time.sleep(0.02)
    return "redelivered" if self.request.delivery_info["redelivered"] else "first"


@app.task(acks_late=True)
def careful(number):
    """Acknowledged when it has ended, so it may run twice, but not less than once."""
    time.sleep(0.02)
    notes.hincrby("careful", number, 1)
    return number * number
