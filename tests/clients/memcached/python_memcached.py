#!/usr/bin/python3
"""python-memcached: every call of a user, several servers with weights, values of every kind.

usage: python_memcached.py PORT [PORT OF REDIS]
"""
import sys
import time

import memcache

port = int(sys.argv[1])
client = memcache.Client(["127.0.0.1:%d" % port], debug=0, cache_cas=True)
client.flush_all()

values = {"text": "grüße", "bytes": b"\x00\xff\r\n", "int": -12, "large": 1 << 70, "float": 0.1, "list": [1, {"a": None}], "true": True,
          "long": "x" * 200000, "empty": ""}
for key, value in values.items():
    assert client.set(key, value), key
for key, value in values.items():
    assert client.get(key) == value, key
assert client.get_multi(list(values)) == values
assert client.set_multi({"m1": 1, "m2": "two"}, key_prefix="p:") == []
assert client.get_multi(["m1", "m2", "m3"], key_prefix="p:") == {"m1": 1, "m2": "two"}
assert client.delete_multi(["m1", "m2"], key_prefix="p:")
assert client.set("compressed", "y" * 100000, min_compress_len=1000) and client.get("compressed") == "y" * 100000

assert client.add("new", 1) and not client.add("new", 2)
assert client.replace("new", 3) and not client.replace("none", 3)
assert client.set("s", "b") and client.append("s", "c") and client.prepend("s", "a") and client.get("s") == "abc"
assert not client.append("none", "x")
assert client.incr("new") == 4 and client.incr("new", 10) == 14 and client.decr("new", 100) == 0 and client.incr("none") is None
assert client.get("new") == 0
assert client.touch("new", 100) and not client.touch("none", 100)
assert client.delete("new") and client.get("new") is None and client.delete("new")

assert client.gets("s") == "abc"
other = memcache.Client(["127.0.0.1:%d" % port], cache_cas=True)
assert other.set("s", "changed")
assert not client.cas("s", "mine") and client.get("s") == "changed"
assert client.gets("s") == "changed" and client.cas("s", "mine") and client.get("s") == "mine"

assert client.set("soon", 1, time=1) and client.get("soon") == 1
deadline = time.time() + 10
while client.get("soon") is not None and time.time() < deadline:
    time.sleep(0.01)
assert client.get("soon") is None
assert client.set("k" * 250, 1) and client.get("k" * 250) == 1

[(name, stats)] = client.get_stats()
assert "127.0.0.1:%d" % port in name
assert int(stats["curr_items"]) >= len(values) and int(stats["get_hits"]) > 10, stats
assert client.get_stats("settings")[0][1]["item_size_max"]

if len(sys.argv) > 2:
    import redis
    r = redis.Redis(port=int(sys.argv[2]))
    assert r.get("s") == b"mine"
    r.set("from redis", "x")
    r.set("from_redis", "by the other protocol", ex=100)
    assert client.get("from_redis") == b"by the other protocol"
    assert r.ttl("from_redis") > 0
    r.set("s", "changed by redis")
    assert not client.cas("s", "lost")

# two names of the same server count as two, of which one gets three times as much
weighted = memcache.Client([("127.0.0.1:%d" % port, 1), ("localhost:%d" % port, 3)])
assert weighted.set_multi({"w:%d" % i: i for i in range(200)}) == []
assert weighted.get_multi(["w:%d" % i for i in range(200)]) == {"w:%d" % i: i for i in range(200)}
assert len(weighted.get_stats()) == 2
client.flush_all()
assert client.get("s") is None
client.disconnect_all()
print("python-memcached", memcache.__version__)
