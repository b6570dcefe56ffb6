#!/usr/bin/python3
"""The server is killed by SIGKILL in the midst of Celery's work, and started again (it must keep an append only file); so is the worker, since
Celery 5.2's does not resume by itself. Within two minutes every task has its result. usage: restart.py PORT [TIMES]"""
import os
import sys
import time

os.environ["CELERY_PORT"] = sys.argv[1]
os.environ["CELERY_VISIBILITY"] = "4"

from kombu.exceptions import OperationalError

from tasks import VISIBILITY, app, careful, notes
from worker import Worker, until, versions

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
TASKS = 200 + 50 * TIMES
SYNCED = 2.5  # seconds until what was written is on the disk: redis-server puts off writing for up to two, where the disk is slow
TAKEN = 16  # the most that the worker takes at once
BOUND = 120  # seconds from the kill to the last result


def ask(what):
    print(what, flush=True)
    assert sys.stdin.readline()


def done():
    return sum(result.ready() for result in results)


notes.flushall()
print(versions())
results = []
with Worker("first", "--concurrency", "2", "--prefetch-multiplier", str(TAKEN // 2)) as worker:
    results += [careful.delay(number) for number in range(TASKS)]
    sent = time.monotonic()
    until("a third is done", lambda: notes.hlen("careful") > TASKS / 3 and time.monotonic() > sent + SYNCED)
    ask("@kill")
    killed = time.monotonic()
    try:
        careful.apply_async((0,), retry=False, ignore_result=True)
        sys.exit("a task was taken by nobody")
    except OperationalError:
        pass
    worker.kill()
    ask("@start")
    before = done()
    assert before < TASKS, "all was done before the kill"
    results += [careful.delay(number) for number in range(TASKS, 2 * TASKS)]
    time.sleep(max(0, killed + VISIBILITY + 1 - time.monotonic()))  # what the killed worker had taken comes back then
    worker.start()
    broker = app.connection_for_read().default_channel.client
    lost = []
    while (missing := len(results) - done()) and time.monotonic() < killed + BOUND:
        # Celery takes a task from its queue by one command and notes that it has by the next: one that lies between is lost with the worker.
        if not lost and missing == 1 and broker.llen("celery") == 0 and broker.hlen("unacked") == 0:
            time.sleep(1)
            lost = [result for result in results if not result.ready()]
            for result in lost:
                assert not notes.hexists("careful", results.index(result)), "it was done, and its result is lost"
                careful.apply_async((results.index(result),), task_id=result.id)
        time.sleep(0.1)
    seconds = time.monotonic() - killed
    assert missing == 0, f"{missing} of {len(results)} tasks have no result after {BOUND} s"
    assert [result.get(timeout=10) for result in results] == [number * number for number in range(len(results))]
twice = [number for number, times in notes.hgetall("careful").items() if times != "1"]
assert len(twice) <= TAKEN, f"these ran more than once: {twice}"
print(f"{before} of {len(results)} done before, all {seconds:.1f} s after the kill; {len(twice)} ran twice, {len(lost)} had to be sent again")
