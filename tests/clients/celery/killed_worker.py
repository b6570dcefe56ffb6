#!/usr/bin/python3
"""A Celery worker is killed by SIGKILL in the midst of a task that is acknowledged late: after the visibility timeout another worker does it.
Where only the worker's child is killed, the worker gives the task back at once. usage: killed_worker.py PORT"""
import os
import signal
import sys
import time

os.environ["CELERY_PORT"] = sys.argv[1]
os.environ["CELERY_VISIBILITY"] = "4"

from celery import states

from tasks import PATIENCE, VISIBILITY, add, app, long, notes
from worker import Worker, until, versions

notes.flushall()
print(versions())

broker = app.connection_for_read().default_channel.client

with Worker("first", "--concurrency", "1", "--prefetch-multiplier", "2") as worker:
    result = long.delay("child")
    until("the task runs", lambda: notes.llen("begun:child") == 1)
    os.kill(int(notes.lindex("begun:child", 0)), signal.SIGKILL)
    until("the task runs again", lambda: notes.llen("begun:child") == 2)
    notes.set("end:child", 1)
    assert result.get(timeout=PATIENCE) == "redelivered"

    result = long.delay("worker")
    until("the task runs", lambda: notes.llen("begun:worker") == 1)
    waiting = [add.delay(i, i) for i in range(5)]
    until("the worker has taken another task", lambda: broker.hlen("unacked") == 2)
    worker.kill()

    taken = broker.zrange("unacked_index", 0, -1, withscores=True)
    assert len(taken) == 2 and broker.hlen("unacked") == 2 and broker.llen("celery") == 4, taken
    until("they have been out of sight for long enough", lambda: time.time() > max(when for _, when in taken) + VISIBILITY)
    assert result.state == states.STARTED
    notes.set("end:worker", 1)
    worker.start()
    assert result.get(timeout=PATIENCE) == "redelivered"
    assert [r.get(timeout=PATIENCE) for r in waiting] == [0, 2, 4, 6, 8]
    assert notes.llen("begun:worker") == 2
    until("all is acknowledged", lambda: broker.hlen("unacked") == 0 and broker.zcard("unacked_index") == 0 and broker.llen("celery") == 0)
print(f"a task came back {VISIBILITY} s after its worker was killed")
