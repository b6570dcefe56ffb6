#!/usr/bin/python3
"""scan_iter while others write: each key that is there throughout is seen, whatever comes and goes beside it.
usage: scan.py PORT [TIMES]"""
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import redis

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
STAY, GUESTS = 2_000 * TIMES, 3_000 * TIMES

sys.setswitchinterval(0.0002)  # else each step of a scan waits 5 ms for each writer

client = redis.Redis(port=int(sys.argv[1]), decode_responses=True)
client.flushall()
pipe = client.pipeline(transaction=False)
stay = {f"user:{i}:name" if i % 2 else f"session:{i}" for i in range(STAY)}
for key in stay:
    pipe.set(key, "x", ex=1000 if key.startswith("s") else None)
pipe.execute()


def write(number, ended):
    """Adds and takes away as many keys as stay, so that the table grows and shrinks all the time."""
    written = 0
    while not ended.is_set():
        guests = [f"guest:{number}:{i}" for i in range(GUESTS // 2)]
        with client.pipeline(transaction=False) as pipe:
            for i, key in enumerate(guests):
                pipe.set(key, i, px=1 if i % 5 == 0 else None)
            pipe.execute()
            for key in guests:
                pipe.unlink(key)
            pipe.execute()
        written += len(guests)
    return written


def walk(match=None, count=None, wanted=frozenset(), allowed=lambda key: True):
    seen = list(client.scan_iter(match=match, count=count))
    missing = wanted - set(seen)
    assert not missing, f"match {match} count {count}: {len(missing)} keys are not seen, {sorted(missing)[:5]} among them"
    strangers = [key for key in seen if not allowed(key)]
    assert not strangers, strangers[:5]
    return len(seen)


def scan_all():
    """Every key, in steps of each size."""
    seen = 0
    for count in (None, 100, 1000, 10 * STAY):
        seen += walk(count=count, wanted=stay, allowed=lambda key: key in stay or key.startswith("guest:"))
    return seen


def scan_some():
    sessions = {key for key in stay if key.startswith("session:")}
    tens = {f"session:{i}" for i in range(0, STAY, 10) if f"session:{i}" in stay}
    seen = 0
    for count in (50, 500):
        seen += walk("session:*", count, sessions, sessions.__contains__)
        seen += walk("session:*0", count, tens, tens.__contains__)
        seen += walk("user:[0-9]:name", count, {f"user:{i}:name" for i in range(1, 10, 2)}, lambda key: len(key) == len("user:1:name"))
    assert walk("nosuch*", 1000) == 0
    assert walk("session:4", 1000) == 1
    return seen


def scan_types():
    """By hand, cursor by cursor, with TYPE."""
    for kind, expected in (("string", stay), ("list", set()), ("nosuch", set())):
        cursor, seen = 0, set()
        while True:
            cursor, keys = client.scan(cursor, count=300, _type=kind)
            seen.update(keys)
            if cursor == 0:
                break
        assert expected <= seen if expected else not seen, kind
    return 0


ended = threading.Event()
with ThreadPoolExecutor(8) as pool:
    writers = [pool.submit(write, number, ended) for number in range(2)]
    try:
        walkers = [pool.submit(work) for work in (scan_all, scan_some, scan_types)]
        seen = sum(walker.result() for walker in walkers)
    finally:
        ended.set()
    written = sum(writer.result() for writer in writers)
assert written > 0

# Nobody writes any more.
rest = list(client.scan_iter(count=50))
assert set(rest) == set(stay), len(rest)
assert set(client.keys("*")) == set(stay) and set(client.keys("user:*")) == {key for key in stay if key.startswith("user:")}
assert client.randomkey() in stay
other = redis.Redis(port=int(sys.argv[1]), db=1)
assert list(other.scan_iter()) == [] and other.scan() == (0, [])
other.set(b"\xff\x00", b"")
assert list(other.scan_iter(match=b"\xff*")) == [b"\xff\x00"]
print(f"{seen} keys seen while {written} were written")
