#!/usr/bin/python3
"""redis.asyncio: many tasks on a pool, pipelines, WATCH, a subscriber, scan_iter, a task that is cancelled while it waits.
usage: asynchronous.py PORT [TIMES]"""
import asyncio
import sys

import redis.asyncio as redis
from redis.exceptions import ResponseError, WatchError

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
TASKS, ROUNDS = 40, 20 * TIMES
PATIENCE = 30  # seconds until something that must come is missed


async def set_and_get(client):
    async def work(number):
        for i in range(ROUNDS):
            key = f"key:{number}:{i}"
            assert await client.set(key, i, px=100_000) is True
            assert await client.get(key) == str(i)
            await client.incr("counter")

    await asyncio.gather(*(work(number) for number in range(TASKS)))
    assert await client.get("counter") == str(TASKS * ROUNDS)
    seen = {key async for key in client.scan_iter("key:*", count=50)}
    assert seen == {f"key:{number}:{i}" for number in range(TASKS) for i in range(ROUNDS)}


async def pipelines(client):
    async with client.pipeline(transaction=True) as pipe:
        assert await pipe.set("a", 1).incr("a").getdel("a").get("a").execute() == [True, 2, "2", None]
        pipe.set("a", "word").incr("a")
        try:
            await pipe.execute()
            sys.exit("INCR of a word was taken")
        except ResponseError as error:
            assert "value is not an integer" in str(error), error
    conflicts = 0

    async def add(_):
        nonlocal conflicts
        for _ in range(5):
            while True:
                async with client.pipeline() as pipe:
                    try:
                        await pipe.watch("watched")
                        count = int(await pipe.get("watched") or 0)
                        pipe.multi()
                        await pipe.set("watched", count + 1).execute()
                        break
                    except WatchError:
                        conflicts += 1

    await asyncio.gather(*map(add, range(8)))
    assert await client.get("watched") == "40" and conflicts > 0, conflicts


async def messages(client):
    got = []
    async with client.pubsub() as p:
        await p.subscribe("news")
        await p.psubscribe("n*")
        ready = [await p.get_message(timeout=PATIENCE) for _ in range(2)]
        assert [m["type"] for m in ready] == ["subscribe", "psubscribe"], ready

        async def listen():
            while len(got) < 2 * ROUNDS:
                message = await p.get_message(timeout=PATIENCE)
                assert message is not None, got
                got.append((message["type"], message["data"]))

        listener = asyncio.create_task(listen())
        for i in range(ROUNDS):
            assert await client.publish("news", i) == 2
        await asyncio.wait_for(listener, PATIENCE)
    assert got == [pair for i in range(ROUNDS) for pair in (("message", str(i)), ("pmessage", str(i)))], got


async def cancelled(client):
    """A task that gives up in the midst of a reply takes only its own connection with it."""
    await client.set("large", "x" * 2_000_000)
    tasks = [asyncio.create_task(client.get("large")) for _ in range(10)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    for end in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(end, asyncio.CancelledError) or len(end) == 2_000_000, end  # some have their reply already
    fresh = redis.Redis(port=int(sys.argv[1]))
    assert len(await fresh.get("large")) == 2_000_000
    await fresh.close()


async def main():
    client = redis.Redis(port=int(sys.argv[1]), decode_responses=True)
    await client.flushall()
    for work in (set_and_get, pipelines, messages, cancelled):
        await work(client)
    await client.connection_pool.disconnect()


asyncio.run(main())
print(f"{TASKS} tasks")
