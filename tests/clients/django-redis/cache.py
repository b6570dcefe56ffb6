#!/usr/bin/python3
"""Django's cache on django-redis: values and their time, many at once, incr and decr, versions, patterns, locks, threads, serializers.
usage: cache.py PORT [TIMES]"""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import site_settings  # first of all: it sets Django up
import django
import django_redis
import redis
from django.core.cache import cache, caches

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
THREADS, ROUNDS = 6, 20 * TIMES
PATIENCE = 30  # seconds until something that must come is missed


def values():
    cache.clear()
    for value in ("text", b"bytes", 5, -5, 2.5, None, True, {"a": [1, (2, 3)]}, {"sets"}, "x" * 1_000_000, 2**80):
        cache.set("k", value)
        assert cache.get("k") == value and type(cache.get("k")) is type(value), value
    assert cache.get("nosuch") is None and cache.get("nosuch", "instead") == "instead"
    assert cache.add("new", 1) is True and cache.add("new", 2) is False and cache.get("new") == 1
    assert cache.get_or_set("made", lambda: 7) == 7 and cache.get_or_set("made", lambda: 8) == 7
    assert not cache.set("new", 3, nx=True) and cache.get("new") == 1
    assert cache.set("fresh", 3, nx=True) is True and "fresh" in cache and cache.has_key("fresh")
    assert cache.delete("fresh") and not cache.delete("fresh") and "fresh" not in cache
    many = {f"many:{i}": i for i in range(100)}
    cache.set_many(many, timeout=100)
    assert cache.get_many([*many, "nosuch"]) == many
    assert cache.delete_many(list(many)[:50]) == 50 and len(cache.get_many(many)) == 50


def times():
    cache.set("timed", 1, timeout=100)
    assert 90 < cache.ttl("timed") <= 100 and 90_000 < cache.pttl("timed") <= 100_000
    assert cache.persist("timed") and cache.ttl("timed") is None
    assert cache.expire("timed", 50) and 40 < cache.ttl("timed") <= 50
    assert cache.pexpire("timed", 5_500) and 5_000 < cache.pttl("timed") <= 5_500
    assert cache.expire_at("timed", int(time.time()) + 20) and 10 < cache.ttl("timed") <= 20
    assert cache.touch("timed", 70) and 60 < cache.ttl("timed") <= 70
    assert cache.touch("timed", None) and cache.ttl("timed") is None
    assert cache.ttl("nosuch") == 0 and not cache.expire("nosuch", 10) and not cache.touch("nosuch")
    cache.set("default", 1)
    assert 290 < cache.ttl("default") <= 300
    cache.set("gone", 1, timeout=0)
    assert cache.get("gone") is None
    cache.set("brief", 1, timeout=0.05)
    deadline = time.monotonic() + PATIENCE
    while cache.get("brief") is not None:
        assert time.monotonic() < deadline, "what is brief stays"
        time.sleep(0.005)


def numbers():
    cache.set("n", 1, timeout=100)
    assert cache.incr("n") == 2 and cache.incr("n", 40) == 42 and cache.decr("n", 2) == 40 and cache.get("n") == 40
    assert 90 < cache.ttl("n") <= 100
    try:
        cache.incr("nosuch")
        sys.exit("incr made a key")
    except ValueError as error:
        assert "not found" in str(error), error
    assert cache.get("nosuch") is None
    cache.set("large", 2**63 - 1)
    assert cache.incr("large") == 2**63 and cache.get("large") == 2**63, "beyond what a server adds"
    assert cache.incr("made by incr", ignore_key_check=True) == 1

    with ThreadPoolExecutor(THREADS) as pool:
        seen = list(pool.map(lambda _: [cache.incr("n") for _ in range(ROUNDS)], range(THREADS)))
    assert sorted(n for ns in seen for n in ns) == list(range(41, 41 + THREADS * ROUNDS))


def versions():
    cache.set("v", "one")
    cache.set("v", "two", version=2)
    assert cache.get("v") == "one" and cache.get("v", version=2) == "two"
    assert cache.incr_version("v", delta=2) == 3 and cache.get("v") is None and cache.get("v", version=3) == "one"
    assert cache.make_key("v") == ":1:v"


def patterns():
    cache.set_many({f"user:{i}:name": i for i in range(500)})
    cache.set_many({f"user:{i}:age": i for i in range(500)}, timeout=None)
    assert set(cache.iter_keys("user:*:name", itersize=50)) == {f"user:{i}:name" for i in range(500)}
    assert sorted(cache.keys("user:1?:*")) == sorted(f"user:{i}:{what}" for i in range(10, 20) for what in ("name", "age"))
    assert cache.delete_pattern("user:*:name", itersize=100) == 500 and cache.delete_pattern("user:*:name") == 0
    assert len(cache.keys("user:*")) == 500
    raw = django_redis.get_redis_connection("default")
    assert raw.exists(":1:user:7:age") == 1 and raw.connection_pool.connection_kwargs["db"] == 1


def locks():
    with cache.lock("lock", timeout=60):
        assert not cache.lock("lock", timeout=60).acquire(blocking=False)
    assert cache.get("lock") is None

    def work(_):
        for _ in range(ROUNDS):
            with cache.lock("lock", timeout=60, sleep=0.001):
                cache.set("count", cache.get("count", 0) + 1)  # not atomic: the lock alone keeps it right

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert cache.get("count") == THREADS * ROUNDS


def serializers():
    other = caches["json"]
    other.set("k", {"a": [1, 2, "x" * 10_000]})
    assert other.get("k") == {"a": [1, 2, "x" * 10_000]}
    raw = django_redis.get_redis_connection("json")
    assert raw.strlen(":1:k") < 1000, "not compressed"
    assert cache.get("k") != other.get("k")
    other.clear()
    assert other.get("k") is None and cache.get("k") is not None


for work in (values, times, numbers, versions, patterns, locks, serializers):
    work()
print(f"with Django {django.__version__}, django-redis {django_redis.__version__}, redis-py {redis.__version__}")
print(f"{THREADS * ROUNDS} increments, as many locks")
