#!/usr/bin/python3
"""redis-py's helpers for strings, bits and keys, with decode_responses and without. usage: strings.py PORT [TIMES]"""
import sys

import redis

client = redis.Redis(port=int(sys.argv[1]))
client.flushall()


def refuses(text, work, *words, **options):
    try:
        work(*words, **options)
    except redis.ResponseError as error:
        assert text in str(error), error
    else:
        sys.exit(f"{words} {options} was taken")


def values(c, text):
    """text is what the client gives for a str: itself, or its bytes."""
    c.flushdb()
    assert c.set("k", "Grüße") is True and c.get("k") == text("Grüße") and c.strlen("k") == 7
    assert c["k"] == text("Grüße") and "k" in c and "nosuch" not in c
    c["item"] = 5
    del c["item"]
    assert c.get("item") is None
    assert c.getdel("k") == text("Grüße") and c.getdel("k") is None and c.getex("k") is None
    assert c.append("k", "Hello") == 5 and c.append("k", " World") == 11
    assert c.getrange("k", 0, 4) == text("Hello") and c.getrange("k", -5, -1) == text("World") and c.getrange("k", 5, 1) == text("")
    assert c.substr("k", 0, 4) == text("Hello")
    assert c.setrange("k", 6, "Redis") == 11 and c.get("k") == text("Hello Redis")
    assert c.setrange("pad", 3, "x") == 4 and c.get("pad") == text("\0\0\0x")
    assert c.getset("k", "new") == text("Hello Redis") and c.getset("fresh", 1) is None
    assert c.mset({"a": 1, "b": 2.5, b"c": "x"}) is True and c.mget(["a", "b", "c"], "nosuch") == [text("1"), text("2.5"), text("x"), None]
    assert c.msetnx({"d": 1, "a": 9}) is False and c.exists("d") == 0 and c.msetnx({"d": 1, "e": 2}) is True
    assert c.setnx("d", 5) is False and c.setnx("f", 5) is True
    assert c.incr("n") == 1 and c.incr("n", 41) == 42 and c.decr("n", 2) == 40 and c.incrby("n", -50) == -10 and c.decrby("n", 1) == -11
    assert c.incrbyfloat("n", 0.5) == -10.5 and c.get("n") == text("-10.5")
    assert c.incrbyfloat("float", "5.0e3") == 5000.0 and c.get("float") == text("5000")
    refuses("value is not an integer or out of range", c.incr, "k")
    refuses("value is not a valid float", c.incrbyfloat, "k")
    c.set("max", 2**63 - 1)
    refuses("increment or decrement would overflow", c.incr, "max")
    refuses("offset is out of range", c.setrange, "k", -1, "x")
    c.mset({"one": "ohmytext", "two": "mynewtext"})
    assert c.lcs("one", "two") == text("mytext") if hasattr(c, "lcs") else True
    assert c.execute_command("LCS", "one", "two", "LEN") == 6


def bits():
    client.flushdb()
    assert client.setbit("b", 7, 1) == 0 and client.setbit("b", 7, True) == 1 and client.getbit("b", 7) == 1 and client.getbit("b", 1000) == 0
    assert client.get("b") == b"\x01" and client.setbit("b", 20, 1) == 0 and client.strlen("b") == 3
    client.set("b", b"\xff\xf0\x00foobar")
    assert client.bitcount("b") == 12 + 26 and client.bitcount("b", 0, 1) == 12 and client.bitcount("b", -6, -1) == 26
    assert client.bitcount("b", 4, 11, mode="BIT") == 8
    assert client.bitpos("b", 0) == 12 and client.bitpos("b", 1, 2) == 25 and client.bitpos("b", 1, 2, 2) == -1
    assert client.bitpos("b", 0, 9, 15, mode="BIT") == 12
    client.mset({"x": b"abc", "y": b"ab", "z": b"\x0f"})
    assert client.bitop("AND", "out", "x", "y") == 3 and client.get("out") == b"ab\0"
    assert client.bitop("OR", "out", "x", "z") == 3 and client.get("out") == b"obc"
    assert client.bitop("XOR", "out", "x", "x") == 3 and client.get("out") == b"\0\0\0"
    assert client.bitop("NOT", "out", "z") == 1 and client.get("out") == b"\xf0"
    assert client.bitop("AND", "out", "nosuch") == 0 and client.exists("out") == 0
    refuses("BITOP NOT must be called with a single source key", client.bitop, "NOT", "out", "x", "y")
    field = client.bitfield("f", default_overflow="SAT")
    field.set("u8", 0, 250).incrby("u8", 0, 100).get("u8", 0).incrby("i5", "#3", -3).overflow("FAIL").incrby("u2", 100, 9).get("i64", 8)
    replies = field.execute()
    assert replies[:5] == [0, 255, 255, -3, None], replies
    assert client.bitfield("f").get("u8", 0).get("u4", 0).execute() == [255, 15]
    assert client.execute_command("BITFIELD_RO", "f", "GET", "u8", "#0") == [255]
    # Who was here: a bit a user and a day, as in many tutorials.
    for day in range(7):
        for user in range(day, 1000, 7):
            client.setbit(f"day:{day}", user, 1)
    assert client.bitop("OR", "week", *(f"day:{day}" for day in range(7))) == 125 and client.bitcount("week") == 1000
    assert client.bitop("AND", "every", *(f"day:{day}" for day in range(7))) == 125 and client.bitcount("every") == 0


def keys():
    client.flushall()
    client.mset({"a": 1, "b": "text", "c": "x" * 100})
    assert client.exists("a", "a", "nosuch") == 2 and client.touch("a", "nosuch") == 1
    assert client.type("a") == b"string" and client.type("nosuch") == b"none"
    assert client.rename("a", "d") is True and client.renamenx("b", "d") is False and client.renamenx("b", "e") is True
    refuses("no such key", client.rename, "nosuch", "x")
    assert client.copy("c", "f") is True and client.copy("d", "f") is False and client.copy("d", "f", replace=True) is True
    assert client.get("f") == b"1"
    assert client.copy("d", "d", destination_db=1) is True and client.move("d", 1) is False and client.move("f", 1) is True
    assert client.dbsize() == 3 and sorted(client.keys()) == [b"c", b"d", b"e"] and client.keys("[cd]") in ([b"c", b"d"], [b"d", b"c"])
    assert client.randomkey() in (b"c", b"d", b"e")
    assert [client.object("encoding", key) for key in "dec"] == [b"int", b"embstr", b"raw"]
    assert client.object("refcount", "e") == 1 and client.object("idletime", "e") < 60
    assert client.memory_usage("c") > 100 and client.memory_usage("nosuch") is None
    assert client.swapdb(0, 1) is True and sorted(client.keys()) == [b"d", b"f"]
    assert client.unlink("d", "nosuch") == 1 and client.delete("f") == 1 and client.dbsize() == 0 and client.randomkey() is None
    seconds, micros = client.time()
    assert seconds > 1_600_000_000 and 0 <= micros < 1_000_000
    assert client.wait(0, 10) == 0
    assert client.flushdb(asynchronous=True) is True and client.flushall(asynchronous=True) is True
    assert client.info("keyspace") == {}


def encodings():
    """Other charsets, bytes as they are, and what redis-py itself refuses."""
    latin = redis.Redis(port=int(sys.argv[1]), encoding="latin-1", decode_responses=True)
    latin.set("k", "Größe")
    assert client.get("k") == b"Gr\xf6\xdfe" and latin.get("k") == "Größe"
    everything = bytes(range(256)) * 4
    client.set(everything, everything)
    assert client.get(everything) == everything and client.getrange(everything, 256, 511) == everything[:256]
    strict = redis.Redis(port=int(sys.argv[1]), decode_responses=True)
    try:
        strict.get(everything)
        sys.exit("bytes that are no UTF-8 were decoded")
    except UnicodeDecodeError:
        pass
    try:
        client.set("k", None)
        sys.exit("None was taken")
    except redis.DataError:
        pass


values(client, str.encode)
values(redis.Redis(port=int(sys.argv[1]), decode_responses=True), str)
bits()
keys()
encodings()
print("strings, bits and keys")
