#!/usr/bin/python3
"""redis-py's Lock, taken by SET NX PX, given back and extended by scripts: what is whose, time that runs out, threads and tasks that contend.
usage: lock.py PORT [TIMES]"""
import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import redis
import redis.asyncio
from redis.exceptions import LockError, LockNotOwnedError

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
THREADS, ROUNDS = 6, 10 * TIMES

port = int(sys.argv[1])
client = redis.Redis(port=port)
client.flushall()


def refuses(error, text, work, *words):
    try:
        work(*words)
    except error as e:
        assert text in str(e), e
    else:
        sys.exit(f"{work} {words} was taken")


def owners():
    lock = client.lock("mine", timeout=60)
    assert lock.acquire(blocking=False) is True and lock.locked() and lock.owned()
    assert 50_000 < client.pttl("mine") <= 60_000
    other = client.lock("mine", timeout=60)
    assert other.acquire(blocking=False) is False and other.locked() and not other.owned()
    assert other.acquire(blocking_timeout=0.05, sleep=0.01) is False
    refuses(LockError, "Cannot release an unlocked lock", other.release)
    assert lock.extend(60) is True and 110_000 < client.pttl("mine") <= 120_000
    assert lock.extend(10, replace_ttl=True) is True and 5_000 < client.pttl("mine") <= 10_000
    assert lock.reacquire() is True and 50_000 < client.pttl("mine") <= 60_000
    client.pexpire("mine", 50)
    assert other.acquire(blocking_timeout=30, sleep=0.005) is True, "a lock that has run out stays"
    assert other.owned() and not lock.owned()
    refuses(LockNotOwnedError, "Cannot extend a lock that's no longer owned", lock.extend, 5)
    refuses(LockNotOwnedError, "Cannot reacquire a lock that's no longer owned", lock.reacquire)
    refuses(LockNotOwnedError, "Cannot release a lock that's no longer owned", lock.release)
    assert other.owned()
    other.release()
    assert client.exists("mine") == 0 and not other.locked()
    refuses(LockError, "Cannot release an unlocked lock", other.release)


def threads():
    def work(number):
        lock = client.lock("lock", timeout=60, sleep=0.001)
        for _ in range(ROUNDS):
            with lock:
                assert lock.owned()
                client.set("holder", number)
                count = int(client.get("count") or 0)  # not atomic: the lock alone keeps it right
                client.set("count", count + 1)
                assert int(client.get("holder")) == number, "two hold the lock"

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert int(client.get("count")) == THREADS * ROUNDS and client.exists("lock") == 0


async def tasks():
    server = redis.asyncio.Redis(port=port)
    held = 0

    async def work():
        nonlocal held
        for _ in range(ROUNDS):
            async with server.lock("lock", timeout=60, sleep=0.001):
                held += 1
                count = held
                await asyncio.sleep(0)
                assert held == count, "two hold the lock"

    await asyncio.gather(*(work() for _ in range(THREADS)))
    assert held == THREADS * ROUNDS and await server.exists("lock") == 0
    await server.close()


owners()
threads()
asyncio.run(tasks())
print(f"{2 * THREADS * ROUNDS} locks")
