#!/usr/bin/python3
"""pylibmc on libmemcached: the text protocol and the binary one, and with a password SASL.

usage: pylibmc_calls.py PORT [PORT OF REDIS [PASSWORD]]
"""
import sys

import pylibmc

port = sys.argv[1]
password = sys.argv[3] if len(sys.argv) > 3 else None


def missing(call, *args):
    """Tells whether a call finds no key: some say so by an error."""
    try:
        return not call(*args)
    except pylibmc.NotFound:
        return True


def work(client):
    client.flush_all()
    for value in ("text", b"bytes", 12, 1 << 70, [1, {"a": None}], True, "x" * 100000):
        assert client.set("v", value)
        assert client.get("v") == value, value
    assert client.set_multi({"a": 1, "b": "two", "c": [3]}, time=100) == []
    assert client.get_multi(["a", "b", "c", "none"]) == {"a": 1, "b": "two", "c": [3]}
    assert client.add("new", 1) and not client.add("new", 2)
    assert client.replace("new", 2) and missing(client.replace, "none", 2)
    assert client.set("s", b"b") and client.append("s", b"c") and client.prepend("s", b"a") and client.get("s") == b"abc"
    assert client.incr("new") == 3 and client.incr("new", 10) == 13 and client.decr("new", 100) == 0
    assert missing(client.incr, "none")
    assert client.touch("new", 100)
    assert client.delete("new") and not client.delete("new")
    assert client.delete_multi(["a", "b"])
    client.set("cas", "one")
    value, number = client.gets("cas")
    assert value == "one"
    assert client.cas("cas", "two", number) and not client.cas("cas", "three", number)
    assert client.get("cas") == "two"
    assert client.set("zipped", "z" * 100000, min_compress_len=100) and client.get("zipped") == "z" * 100000
    [(name, stats)] = client.get_stats()
    assert int(stats[b"curr_items"] if b"curr_items" in stats else stats["curr_items"]) > 0


def connect(binary, **more):
    return pylibmc.Client(["127.0.0.1:" + port], binary=binary, behaviors={"cas": True, "tcp_nodelay": True}, **more)


if password:
    client = connect(True, username="somebody", password=password)
    work(client)
    try:
        connect(True, username="somebody", password="wrong").set("a", 1)
        raise SystemExit("a wrong password was taken")
    except pylibmc.Error:
        pass
else:
    for binary in (False, True):
        client = connect(binary)
        work(client)
        with pylibmc.ClientPool(client, 3).reserve() as pooled:
            assert pooled.set("pooled", binary) and pooled.get("pooled") == binary
    consistent = pylibmc.Client(["127.0.0.1:" + port, "localhost:" + port], behaviors={"ketama_weighted": True, "no_block": False})
    assert consistent.set_multi({"k%d" % i: i for i in range(100)}) == []
    assert consistent.get_multi(["k%d" % i for i in range(100)]) == {"k%d" % i: i for i in range(100)}
if len(sys.argv) > 2 and sys.argv[2] != "0":
    import redis
    r = redis.Redis(port=int(sys.argv[2]), password=password)
    assert r.get("cas") == b"two" or not password
print("pylibmc", pylibmc.__version__, "libmemcached", pylibmc.libmemcached_version)
