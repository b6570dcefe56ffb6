#!/usr/bin/python3
"""Deadlines as redis-py sets and reads them: EXPIRE and its relatives, TTL, PERSIST, SET's and GETEX's options, what keeps them and what
doesn't. usage: expiry.py PORT [TIMES]"""
import datetime
import sys
import time

import redis

PATIENCE = 30  # seconds until something that must come is missed

client = redis.Redis(port=int(sys.argv[1]), decode_responses=True)
client.flushall()


def gone(key):
    deadline = time.monotonic() + PATIENCE
    while client.exists(key):
        assert time.monotonic() < deadline, f"{key} does not expire"
        time.sleep(0.005)
    return client.get(key) is None and client.ttl(key) == -2 and client.type(key) == "none"


def near(value, wanted, slack):
    return wanted - slack <= value <= wanted


def round_trips():
    assert client.ttl("nosuch") == client.pttl("nosuch") == -2
    assert client.expire("nosuch", 10) is False and client.persist("nosuch") is False
    client.set("k", "v")
    assert client.ttl("k") == client.pttl("k") == -1
    assert client.expire("k", 100) is True
    assert near(client.ttl("k"), 100, 10) and near(client.pttl("k"), 100_000, 10_000)
    assert client.persist("k") is True and client.persist("k") is False
    assert client.ttl("k") == -1
    assert client.expire("k", datetime.timedelta(minutes=5)) is True and near(client.ttl("k"), 300, 10)
    assert client.pexpire("k", datetime.timedelta(milliseconds=90_500)) is True and near(client.pttl("k"), 90_500, 10_000)
    when = datetime.datetime.now() + datetime.timedelta(hours=1)
    assert client.expireat("k", when) is True and near(client.ttl("k"), 3600, 10)
    assert client.pexpireat("k", int(time.time() * 1000) + 50_000) is True and near(client.pttl("k"), 50_000, 10_000)
    assert client.expireat("k", 4_000_000_000) is True and client.execute_command("EXPIRETIME", "k") == 4_000_000_000
    assert client.pexpireat("k", 4_000_000_000_123) is True and client.execute_command("PEXPIRETIME", "k") == 4_000_000_000_123
    for words, wanted in (("NX", 0), ("XX", 1), ("GT", 0), ("LT", 1)):
        client.set("cond", "v", ex=100)
        seconds = 50 if words in ("GT", "LT") else 200
        assert client.execute_command("EXPIRE", "cond", seconds, words) == wanted, words
        assert near(client.ttl("cond"), seconds if wanted else 100, 10), words


def expired():
    client.set("p", "v", px=30)
    client.psetex("q", 30, "v")
    client.set("r", "v")
    client.pexpire("r", 30)
    client.set("s", "v", ex=1000)
    client.getex("s", px=30)
    assert all(map(gone, "pqrs"))
    for change in (lambda: client.expire("t", -1), lambda: client.expireat("t", 1), lambda: client.pexpire("t", 0)):
        client.set("t", "v")
        assert change() is True and client.exists("t") == 0
    client.pipeline().set("u", "v", px=30).persist("u").execute()
    client.set("w", "v", px=30)
    client.set("w", "kept", ex=1000)
    client.set("x", "v", px=30)
    assert gone("x") and client.set("x", "again", nx=True) is True
    assert client.mget("u", "w", "x") == ["v", "kept", "again"]


def kept():
    """What changes a value keeps the deadline, what replaces it drops it."""
    changes = [
        (lambda: client.append("k", "2"), True), (lambda: client.incr("k"), True), (lambda: client.setrange("k", 0, "9"), True),
        (lambda: client.setbit("k", 1, 1), True), (lambda: client.incrbyfloat("k", 1.5), True), (lambda: client.getex("k"), True),
        (lambda: client.set("k", "1", keepttl=True), True), (lambda: client.set("k", "1"), False), (lambda: client.getset("k", "1"), False),
        (lambda: client.mset({"k": "1"}), False), (lambda: client.getex("k", persist=True), False),
    ]  # fmt: skip
    for i, (change, keeps) in enumerate(changes):
        client.set("k", "1", ex=1000)
        change()
        assert (client.ttl("k") > 0) is keeps, i
    client.set("k", "1", ex=1000)
    client.rename("k", "renamed")
    assert near(client.ttl("renamed"), 1000, 10)
    assert client.copy("renamed", "copied") is True and near(client.ttl("copied"), 1000, 10)
    assert client.move("copied", 1) is True
    assert near(redis.Redis(port=int(sys.argv[1]), db=1).ttl("copied"), 1000, 10)


def options():
    now = int(time.time())
    for given, wanted in (
        (dict(ex=100), 100_000), (dict(ex=datetime.timedelta(seconds=100)), 100_000), (dict(px=5000), 5000),
        (dict(px=datetime.timedelta(seconds=5)), 5000), (dict(exat=now + 100), 101_000), (dict(pxat=(now + 100) * 1000), 101_000),
    ):  # fmt: skip
        assert client.set("o", "v", **given) is True and near(client.pttl("o"), wanted, 3000 if wanted < 10_000 else 15_000), given
        client.set("o", "v")
        assert client.getex("o", **given) == "v" and near(client.pttl("o"), wanted, 3000 if wanted < 10_000 else 15_000), given
    assert client.set("o", "new", get=True, ex=10) == "v" and near(client.ttl("o"), 10, 9)
    assert client.set("o", "x", nx=True) is None and client.set("nosuch", "x", xx=True) is None
    assert client.set("fresh", "x", xx=True, get=True) is None and client.exists("fresh") == 0
    for seconds in (0, -1):
        try:
            client.set("o", "v", ex=seconds)
            sys.exit(f"SET with EX {seconds} was taken")
        except redis.ResponseError as error:
            assert "invalid expire time in 'set' command" in str(error), error
    assert client.get("o") == "new"


def many():
    """A thousand sessions that slide, a thousand that end."""
    pipe = client.pipeline()
    for i in range(1000):
        pipe.set(f"slides:{i}", i, px=200)
        pipe.set(f"ends:{i}", i, px=200)
    for i in range(1000):
        pipe.expire(f"slides:{i}", 1000)
    pipe.dbsize()
    size = pipe.execute()[-1]
    deadline = time.monotonic() + PATIENCE
    while client.dbsize() > size - 1000:
        assert time.monotonic() < deadline, "keys that nobody asks for stay"
        time.sleep(0.005)
    assert client.exists(*(f"slides:{i}" for i in range(1000))) == 1000
    assert client.exists(*(f"ends:{i}" for i in range(1000))) == 0
    assert client.info("stats")["expired_keys"] >= 1000


round_trips()
expired()
kept()
options()
many()
print("deadlines held")
