#!/usr/bin/python3
"""Celery's tasks on two workers: results, retries, countdown and eta, groups, chains and chords, priorities, remote control, a thousand tasks.
usage: work.py PORT [TIMES]"""
import datetime
import os
import sys
import time

os.environ["CELERY_PORT"] = sys.argv[1]

from celery import chain, chord, group, states
from celery.exceptions import ChordError, TaskRevokedError
from kombu import Queue

from tasks import PATIENCE, add, app, broken, complain, count, hopeless, long, note, notes, total, unsteady, when
from worker import Worker, until, versions

TASKS = 1000


def raises(error, result):
    try:
        result.get(timeout=PATIENCE)
    except error as e:
        return e
    sys.exit(f"{result} did not raise {error}")


def results():
    result = add.delay(2, 3)
    assert result.get(timeout=PATIENCE) == 5 and result.state == states.SUCCESS and result.successful()
    assert add.delay("x" * 1_000_000, "y").get(timeout=PATIENCE) == "x" * 1_000_000 + "y"
    assert add.apply_async((1, 1), ignore_result=True).state in (states.PENDING, states.STARTED)
    failed = broken.apply_async(link_error=complain.s())
    assert str(raises(ValueError, failed)) == "broken" and failed.state == states.FAILURE
    until("a failure is told", lambda: notes.lrange("complaints", 0, -1) == [f"{failed.id} ValueError('broken')"])
    result.forget()
    assert result.state == states.PENDING


def retries():
    assert unsteady.delay(3).get(timeout=PATIENCE) == 3
    raises(KeyError, hopeless.delay())
    assert notes.get("hopeless") == "3"


def later():
    begin = time.time()
    countdown = when.apply_async(countdown=1)
    eta = when.apply_async(eta=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1.5))
    expired = when.apply_async(countdown=1, expires=0.5)
    assert 1 <= countdown.get(timeout=PATIENCE) - begin < 10
    assert 1.4 <= eta.get(timeout=PATIENCE) - begin < 10
    raises(TaskRevokedError, expired)


def canvas():
    assert group(add.s(i, i) for i in range(20))().get(timeout=PATIENCE) == [2 * i for i in range(20)]
    assert chain(add.s(1, 2), add.s(3), add.s(4))().get(timeout=PATIENCE) == 10
    assert chord((add.s(i, i) for i in range(20)), total.s())().get(timeout=PATIENCE) == 380
    assert (group(add.s(1, 1), add.s(2, 2)) | total.s() | add.s(10)).delay().get(timeout=PATIENCE) == 16
    nested = chord([chord([add.s(1, 1), add.s(2, 2)], total.s()), add.s(5, 5)], total.s())
    assert nested.delay().get(timeout=PATIENCE) == 16
    assert group(chain(add.s(i, 1), add.s(1)) for i in range(5))().get(timeout=PATIENCE) == [2, 3, 4, 5, 6]
    assert list(add.chunks(zip(range(10), range(10)), 4)().get(timeout=PATIENCE)) == [[0, 2, 4, 6], [8, 10, 12, 14], [16, 18]]
    assert "broken" in str(raises((ChordError, ValueError), chord([add.s(1, 1), broken.s()], total.s())()))
    saved = group(add.s(i, 1) for i in range(3))()
    saved.save()
    restored = app.GroupResult.restore(saved.id)
    until("what was restored is ready", restored.ready)
    assert restored.join(timeout=PATIENCE) == [1, 2, 3]


def priorities():
    """Most urgent first (0 is), and in their order where they are equally urgent: all lie there before the worker begins."""
    for i in range(5):
        for priority in (9, 6, 3, 0):
            note.apply_async((f"{priority} {i}",), queue="ranked", priority=priority)
    with Worker("ranked", "--queues", "ranked", "--concurrency", "1", "--prefetch-multiplier", "1"):
        until("all is noted", lambda: notes.llen("noted") == 20)
    assert notes.lrange("noted", 0, -1) == [f"{priority} {i}" for priority in (0, 3, 6, 9) for i in range(5)]


def control(worker, second):
    both = {worker.name, second.name}
    answers = app.control.ping(timeout=PATIENCE, limit=2)
    assert {name for answer in answers for name in answer} == both and all(list(a.values()) == [{"ok": "pong"}] for a in answers), answers
    inspect = app.control.inspect([worker.name], timeout=PATIENCE)
    assert "tasks.add" in inspect.registered()[worker.name]
    assert inspect.stats()[worker.name]["broker"]["transport"] == "redis"
    assert [queue["name"] for queue in inspect.active_queues()[worker.name]] == ["celery"]
    waiting = add.apply_async((1, 1), countdown=1000)
    until("the task is scheduled", lambda: [t["request"]["id"] for t in inspect.scheduled()[worker.name]] == [waiting.id])
    waiting.revoke()
    until("the revocation is known", lambda: waiting.id in inspect.revoked()[worker.name])
    running = long.delay("terminated")
    until("the task runs", lambda: notes.llen("begun:terminated") == 1)
    assert [task["id"] for task in inspect.active()[worker.name]] == [running.id]
    assert inspect.query_task(running.id)[worker.name][running.id][0] == "active"
    running.revoke(terminate=True, signal="SIGTERM")
    raises(TaskRevokedError, running)
    answers = app.control.add_consumer("extra", destination=[worker.name], reply=True, timeout=PATIENCE)
    assert answers[0][worker.name] == {"ok": "add consumer extra"}, answers
    assert add.apply_async((4, 4), queue="extra").get(timeout=PATIENCE) == 8
    answers = app.control.cancel_consumer("extra", destination=[worker.name], reply=True, timeout=PATIENCE)
    assert "extra" in answers[0][worker.name]["ok"], answers
    unread = add.apply_async((5, 5), queue="nobody's")
    with app.connection_for_read() as connection:
        queue = Queue("nobody's", channel=connection.default_channel)
        assert queue.queue_declare(passive=True).message_count == 1 and unread.state == states.PENDING
        assert queue.purge() == 1 and connection.default_channel.client.exists("nobody's") == 0


def thousand():
    begin = time.monotonic()
    sent = [count.delay(i) for i in range(TASKS)]
    assert [result.get(timeout=PATIENCE) for result in sent] == [1] * TASKS
    assert notes.mget([f"ran:{i}" for i in range(TASKS)]) == ["1"] * TASKS, "lost or doubled"
    return time.monotonic() - begin


notes.flushall()
print(versions())
with Worker("first", "--concurrency", "2") as worker:
    for work in (results, retries, later, canvas, priorities):
        work()
    with Worker("second", "--queues", "other", "--pool", "solo") as second:
        control(worker, second)
    seconds = thousand()
assert notes.llen("complaints") == 1
with app.connection_for_read() as connection:
    client = connection.default_channel.client
    assert client.hlen("unacked") == 0 and client.zcard("unacked_index") == 0
    assert client.llen("celery") == 1, "a worker that ends gives back what it has not begun, the task revoked long before its time"
print(f"{TASKS} tasks in {seconds:.1f} s, none lost or doubled")
