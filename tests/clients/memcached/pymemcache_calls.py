#!/usr/bin/python3
"""pymemcache: Client, PooledClient, HashClient and RetryingClient.

usage: pymemcache_calls.py PORT [PORT OF REDIS]
"""
import json
import sys

import pymemcache
from pymemcache import serde
from pymemcache.client.base import Client, PooledClient
from pymemcache.client.hash import HashClient
from pymemcache.client.retrying import RetryingClient

port = int(sys.argv[1])
address = ("127.0.0.1", port)


class Json:
    """A serializer that tells by its flags what it has made."""

    def serialize(self, key, value):
        return (value, 1) if isinstance(value, str) else (json.dumps(value), 2)

    def deserialize(self, key, value, flags):
        return {0: lambda v: v, 1: lambda v: v.decode(), 2: json.loads}[flags](value)


def work(client):
    client.flush_all(noreply=False)
    assert client.set("a", "text", noreply=False) and client.get("a") == "text"
    client.set("dict", {"n": [1, 2]})
    assert client.get("dict") == {"n": [1, 2]}
    assert client.set_many({"x": 1, "y": "2"}) == []
    assert client.get_many(["x", "y", "z"]) == {"x": 1, "y": "2"}
    assert client.get("none", default="?") == "?"
    assert client.add("a", "other", noreply=False) is False and client.replace("a", "new", noreply=False) is True
    value, number = client.gets("a")
    assert value == "new"
    assert client.cas("a", "mine", number, noreply=False) is True
    assert client.cas("a", "late", number, noreply=False) is False
    assert client.cas("none", "late", number, noreply=False) is None
    assert client.append("a", "+", noreply=False) and client.prepend("a", "-", noreply=False)
    client.set("n", "5", noreply=False)
    assert client.incr("n", 7) == 12 and client.decr("n", 20) == 0 and client.incr("none", 1) is None
    assert client.touch("a", 100, noreply=False) is True and client.touch("none", 100, noreply=False) is False
    assert client.delete("a", noreply=False) is True and client.delete("a", noreply=False) is False
    client.delete_many(["x", "y"])
    assert client.get("x") is None


for client in (Client(address, serde=Json()), PooledClient(address, serde=Json(), max_pool_size=3),
               RetryingClient(Client(address, serde=Json()), attempts=2)):
    work(client)
    assert client.version().startswith(b"1.6")
    stats = client.stats()
    assert stats[b"curr_items"] >= 1 and stats[b"cmd_get"] > 0, stats
    client.quit()
hashed = HashClient(["127.0.0.1:%d" % port, "localhost:%d" % port], serde=Json())
work(hashed)

pickled = Client(address, serde=serde.pickle_serde)
for value in ("text", b"bytes", 12, 1 << 70, {"a": (1, None)}):
    pickled.set("v", value, noreply=False)
    assert pickled.get("v") == value, value
assert pickled.get("v") is not None

plain = Client(address)
plain.set("expires", b"x", expire=100, noreply=False)
if len(sys.argv) > 2:
    import redis
    r = redis.Redis(port=int(sys.argv[2]))
    assert r.get("expires") == b"x" and 0 < r.ttl("expires") <= 100
    r.hset("hash", "f", 1)
    assert plain.get("hash") is None and plain.delete("hash", noreply=False) is False
try:
    plain.set("large", b"x" * (2 << 20), noreply=False)
    raise SystemExit("a large value was taken")
except pymemcache.exceptions.MemcacheServerError as e:
    assert "too large" in str(e), e
plain.close()
for bad in ("white space", "k" * 251):
    try:
        plain.set(bad, b"x")
        raise SystemExit("a bad key was taken")
    except pymemcache.exceptions.MemcacheIllegalInputError:
        pass
print("pymemcache", pymemcache.__version__)
