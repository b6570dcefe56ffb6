#!/usr/bin/python3
"""A redis-py program as users write them: a pool, 50 threads that SET, GET and INCR, a pipeline. usage: pool.py PORT"""
import sys
import threading

import redis

THREADS, ROUNDS = 50, 200

pool = redis.ConnectionPool(host="127.0.0.1", port=int(sys.argv[1]), max_connections=THREADS, decode_responses=True)
client = redis.Redis(connection_pool=pool, client_name="pool")
client.flushall()
failures = []


def work(number):
    try:
        for i in range(ROUNDS):
            key = f"key:{number}:{i}"
            assert client.set(key, i, ex=1000) is True
            assert client.get(key) == str(i)
            client.execute_command("INCR", "counter")  # client.incr sends INCRBY
        assert client.set(f"key:{number}:0", "x", nx=True) is None
    except Exception as error:  # the main thread reports it
        failures.append(error)


threads = [threading.Thread(target=work, args=(i,)) for i in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if failures:
    sys.exit(f"{len(failures)} threads failed; the first: {failures[0]!r}")
assert client.get("counter") == str(THREADS * ROUNDS), client.get("counter")
assert client.dbsize() == THREADS * ROUNDS + 1, client.dbsize()
pipe = client.pipeline(transaction=False)
for i in range(100):
    pipe.mget([f"key:{i % THREADS}:{i}", "nosuch"])
assert pipe.execute() == [[str(i) if i != 0 else "0", None] for i in range(100)]
assert client.info()["redis_version"] >= "7.0"
assert client.client_list()
assert client.config_get("maxmemory") == {"maxmemory": "0"}
try:
    client.execute_command("SET", "k")
    sys.exit("a wrong number of arguments was taken")
except redis.ResponseError as error:
    assert "wrong number of arguments" in str(error)
print(f"{THREADS} threads, {THREADS * ROUNDS} increments")
