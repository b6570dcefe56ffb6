#!/usr/bin/python3
"""redis-py's Monitor: what several threads send, as its parser takes it apart, each thread's in its order. usage: monitor.py PORT [TIMES]"""
import sys
import threading
import time

import redis

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
THREADS, ROUNDS = 4, 100 * TIMES

port = int(sys.argv[1])
client = redis.Redis(port=port, decode_responses=True)
client.flushall()


def send(number):
    mine = redis.Redis(port=port, db=number)
    for i in range(ROUNDS):
        if i % 3 == 0:
            mine.pipeline(transaction=True).set("k", i).get("k").execute()
        else:
            mine.get(f"k {i}")
    mine.close()


def wanted(number):
    for i in range(ROUNDS):
        if i % 3 == 0:
            yield from ("MULTI", f"SET k {i}", "GET k", "EXEC")
        else:
            yield f"GET k {i}"


with client.monitor() as monitor:
    threads = [threading.Thread(target=send, args=(i,), daemon=True) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    orders = [[] for _ in threads]
    last = time.time() - 60
    while any(len(order) < len(list(wanted(i))) for i, order in enumerate(orders)):
        shown = monitor.next_command()
        assert last <= shown["time"] <= time.time() + 1, shown
        assert shown["client_type"] == "tcp" and shown["client_address"] == "127.0.0.1", shown
        last = shown["time"]
        if not shown["command"].startswith(("SELECT", "CLIENT")):
            orders[shown["db"]].append(shown["command"])
    for thread in threads:
        thread.join(30)
for i, order in enumerate(orders):
    assert order == list(wanted(i)), order
print(f"{sum(map(len, orders))} commands of {THREADS} threads were shown, each thread's in order")
