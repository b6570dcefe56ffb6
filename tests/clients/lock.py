#!/usr/bin/python3
"""Locks: redis-py's Lock takes one by SET NX PX, asks who has it and waits for it. Its release() and extend() are scripts and wait for
EVALSHA, so a lock is given back here as it was before there were scripts, by WATCH, GET, MULTI, DEL. usage: lock.py PORT [TIMES]"""
import sys
from concurrent.futures import ThreadPoolExecutor

import redis
from redis.lock import Lock

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
THREADS, ROUNDS = 6, 10 * TIMES

client = redis.Redis(port=int(sys.argv[1]))
client.flushall()


class WatchingLock(Lock):
    def do_release(self, expected_token):
        with self.redis.pipeline() as pipe:
            try:
                pipe.watch(self.name)
                if pipe.get(self.name) != expected_token:
                    raise redis.exceptions.LockNotOwnedError("not ours any more")
                pipe.multi()
                pipe.delete(self.name)
                pipe.execute()
            except redis.WatchError:
                raise redis.exceptions.LockNotOwnedError("not ours any more")


def work(number):
    lock = WatchingLock(client, "lock", timeout=60, sleep=0.001)
    for _ in range(ROUNDS):
        with lock:
            assert lock.owned()
            client.set("holder", number)
            count = int(client.get("count") or 0)  # not atomic: the lock alone keeps it right
            client.set("count", count + 1)
            assert int(client.get("holder")) == number, "two hold the lock"


lock = client.lock("mine", timeout=60)
assert lock.acquire(blocking=False) is True and lock.locked() and lock.owned()
assert 50_000 < client.pttl("mine") <= 60_000
other = client.lock("mine", timeout=60)
assert other.acquire(blocking=False) is False and other.locked() and not other.owned()
assert other.acquire(blocking_timeout=0.05, sleep=0.01) is False
client.pexpire("mine", 50)
assert other.acquire(blocking_timeout=30, sleep=0.005) is True, "a lock that has run out stays"
assert other.owned() and not lock.owned()
brief = WatchingLock(client, "brief", timeout=0.02)
brief.acquire()
client.set("brief", "somebody else's")
try:
    brief.release()
    sys.exit("another's lock was released")
except redis.exceptions.LockNotOwnedError:
    pass

with ThreadPoolExecutor(THREADS) as pool:
    list(pool.map(work, range(THREADS)))
assert int(client.get("count")) == THREADS * ROUNDS and client.exists("lock") == 0
print(f"{THREADS * ROUNDS} locks")
