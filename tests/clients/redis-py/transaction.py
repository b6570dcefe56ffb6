#!/usr/bin/python3
"""Threads that contend for one counter, by client.transaction() and by a WATCH loop written by hand: no increment is lost, and some
tries fail with WatchError. usage: transaction.py PORT [TIMES]"""
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import redis

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
THREADS, ROUNDS = 8, 25 * TIMES

client = redis.Redis(port=int(sys.argv[1]), decode_responses=True)
client.flushall()


def together(work):
    """Runs work(0), work(1), ... in threads that begin at once; what they return."""
    begin = threading.Barrier(THREADS)

    def run(i):
        begin.wait(30)
        return work(i)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def by_hand(_):
    conflicts = 0
    for _ in range(ROUNDS):
        with client.pipeline() as pipe:
            while True:
                try:
                    pipe.watch("counter", "log")
                    count = int(pipe.get("counter") or 0)
                    pipe.multi()
                    pipe.set("counter", count + 1)
                    pipe.append("log", ".")
                    pipe.get("counter")
                    replies = pipe.execute()
                    assert replies[0] is True and replies[2] == str(count + 1), replies
                    break
                except redis.WatchError:
                    conflicts += 1
    return conflicts


def by_helper(_):
    tries = 0

    def increment(pipe):
        nonlocal tries
        tries += 1
        count = int(pipe.get("helped") or 0)
        pipe.multi()
        pipe.set("helped", count + 1)
        return count + 1

    values = [client.transaction(increment, "helped", value_from_callable=True) for _ in range(ROUNDS)]
    assert values == sorted(set(values)), values
    return tries - ROUNDS


def moves(i):
    """Money goes round between accounts; whoever looks sees the same sum."""
    for n in range(ROUNDS):
        source, target = f"account:{(i + n) % 5}", f"account:{(i + 2 * n + 1) % 5}"
        if source == target:
            continue

        def move(pipe):
            if int(pipe.get(source)) < 7:
                pipe.multi()
                return
            pipe.multi()
            pipe.decrby(source, 7)
            pipe.incrby(target, 7)

        client.transaction(move, source, target)
        total = sum(map(int, client.mget([f"account:{k}" for k in range(5)])))
        assert total == 500, total


def certain():
    """Each way in which a watched key counts as touched, and those in which it does not."""

    def fails(name, change, prepare=lambda: None):
        client.delete("w", "v")
        prepare()
        with client.pipeline() as pipe:
            pipe.watch("w")
            change()
            pipe.multi()
            pipe.get("w")
            try:
                pipe.execute()
                return False
            except redis.WatchError:
                return True

    other = redis.Redis(port=int(sys.argv[1]), db=1)
    assert fails("set", lambda: client.set("w", 1))
    assert fails("set to the same", lambda: client.set("w", 1), lambda: client.set("w", 1))
    assert fails("expire", lambda: client.expire("w", 100), lambda: client.set("w", 1))
    assert fails("persist", lambda: client.persist("w"), lambda: client.set("w", 1, ex=100))
    assert fails("delete", lambda: client.delete("w"), lambda: client.set("w", 1))
    assert fails("rename away", lambda: client.rename("w", "v"), lambda: client.set("w", 1))
    assert fails("rename to", lambda: client.rename("v", "w"), lambda: client.set("v", 1))
    assert fails("setbit", lambda: client.setbit("w", 0, 1))
    assert fails("flush", client.flushdb, lambda: client.set("w", 1))
    assert not fails("flush of nothing", client.flushdb)
    assert not fails("read", lambda: client.get("w"), lambda: client.set("w", 1))
    assert not fails("delete of nothing", lambda: client.delete("w"))
    assert not fails("set that sets nothing", lambda: client.set("w", 1, xx=True))
    assert not fails("another database", lambda: other.set("w", 1))
    with client.pipeline() as pipe:
        pipe.watch("w")
        client.set("w", 2)
        pipe.unwatch()
        pipe.multi()
        pipe.get("w")
        assert pipe.execute() == ["2"], "UNWATCH forgets"


conflicts = together(by_hand)
assert client.get("counter") == str(THREADS * ROUNDS), client.get("counter")
assert client.strlen("log") == THREADS * ROUNDS, client.strlen("log")
assert sum(conflicts) > 0, "nobody saw a WatchError"
helped = together(by_helper)
assert client.get("helped") == str(THREADS * ROUNDS), client.get("helped")
client.mset({f"account:{k}": 100 for k in range(5)})
together(moves)
certain()
print(f"{THREADS} threads, {2 * THREADS * ROUNDS} increments, {sum(conflicts)} and {sum(helped)} tries again")
