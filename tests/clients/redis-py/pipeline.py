#!/usr/bin/python3
"""redis-py's pipelines, with MULTI and EXEC around them and without. usage: pipeline.py PORT [TIMES]"""
import sys

import redis

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
COUNT = 5_000 * TIMES

client = redis.Redis(port=int(sys.argv[1]), decode_responses=True)
client.flushall()


def many(transaction):
    """More commands than fit one buffer of any socket, answered in order."""
    pipe = client.pipeline(transaction=transaction)
    for i in range(COUNT):
        pipe.set(f"key:{i}", i)
        pipe.incrby(f"key:{i}", 10)
        pipe.get(f"key:{i}")
    replies = pipe.execute()
    assert len(replies) == 3 * COUNT, len(replies)
    for i in range(COUNT):
        assert replies[3 * i : 3 * i + 3] == [True, i + 10, str(i + 10)], (i, replies[3 * i : 3 * i + 3])


def large(transaction):
    """Requests and replies of megabytes in one pipeline."""
    text = "".join(chr(ord("a") + i % 26) for i in range(1_000_000))
    pipe = client.pipeline(transaction=transaction)
    for i in range(8):
        pipe.set(f"large:{i}", text)
        pipe.getrange(f"large:{i}", 10, 19)
        pipe.get(f"large:{i}")
    assert pipe.execute() == [True, text[10:20], text] * 8


def failing(transaction):
    """A command that fails in the midst: the others take effect, and the exception says which it was."""
    client.set("word", "no number")
    pipe = client.pipeline(transaction=transaction)
    pipe.set("before", 1).incr("word").set("after", 1)
    try:
        pipe.execute()
        sys.exit("INCR of a word was taken")
    except redis.ResponseError as error:
        assert "Command # 2 (INCRBY word 1) of pipeline caused error" in str(error), error
        assert "value is not an integer or out of range" in str(error), error
    assert client.mget("before", "after") == ["1", "1"]
    pipe.get("before").incr("word").getdel("after")
    replies = pipe.execute(raise_on_error=False)
    assert replies[0] == "1" and replies[2] == "1", replies
    assert isinstance(replies[1], redis.ResponseError), replies
    assert client.exists("before", "after") == 1


def refused():
    """A command that can't be queued: nothing takes effect."""
    pipe = client.pipeline()
    pipe.set("queued", 1).execute_command("SET", "alone")
    try:
        pipe.execute()
        sys.exit("SET of one word was taken")
    except redis.ResponseError as error:
        assert "wrong number of arguments" in str(error), error
    assert client.exists("queued") == 0
    assert client.ping(), "the connection is whole"


def contexts():
    """The with statement, chains, an empty pipeline, one that is dropped, one used twice."""
    with client.pipeline() as pipe:
        pipe.set("a", 1).append("a", "2").strlen("a").exists("a", "nosuch").delete("a").get("a")
        assert pipe.execute() == [True, 2, 2, 1, 1, None]
        assert pipe.execute() == []
        pipe.set("a", "x")
        pipe.reset()
        assert pipe.execute() == []
        assert client.get("a") is None
        pipe.mset({"b": 1, "c": 2}).mget("b", "nosuch", "c")
        assert pipe.execute() == [True, ["1", None, "2"]]
    raw = redis.Redis(port=int(sys.argv[1])).pipeline()
    binary = bytes(range(256))
    raw.set(binary, binary).get(binary).getrange(binary, 250, -1).strlen(binary)
    assert raw.execute() == [True, binary, binary[250:], 256]


for transaction in (True, False):
    many(transaction)
    large(transaction)
    failing(transaction)
refused()
contexts()
print(f"pipelines of {3 * COUNT} commands")
