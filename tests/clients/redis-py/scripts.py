#!/usr/bin/python3
"""redis-py's scripts: register_script, by EVALSHA with SCRIPT LOAD's help, in pipelines, after SCRIPT FLUSH, with asyncio; replies of all kinds,
and errors. usage: scripts.py PORT [TIMES]"""
import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import redis
import redis.asyncio
from redis.exceptions import NoScriptError, ResponseError

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
THREADS, SOLD = 6, 999 * TIMES

port = int(sys.argv[1])
client = redis.Redis(port=port, decode_responses=True)
client.flushall()

# Takes from a stock as long as there is enough, and notes who took how much.
BUY = """
local left = tonumber(redis.call('GET', KEYS[1]) or '0')
local wanted = tonumber(ARGV[2])
if left < wanted then
    return redis.error_reply('SOLDOUT only ' .. left .. ' left')
end
redis.call('HINCRBY', KEYS[2], ARGV[1], wanted)
return redis.call('DECRBY', KEYS[1], wanted)
"""

# A bucket of tokens that fills with time: at most ARGV[1] calls in ARGV[2] milliseconds.
LIMIT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return {count <= tonumber(ARGV[1]), count, redis.call('PTTL', KEYS[1])}
"""


def refuses(error, text, work, *words, **options):
    try:
        work(*words, **options)
    except error as e:
        assert text in str(e), e
    else:
        sys.exit(f"{words} {options} was taken")


def shop():
    buy = client.register_script(BUY)
    client.set("stock", SOLD + 1)

    def customer(number):
        bought = 0
        while True:
            try:
                buy(keys=["stock", "sold"], args=[f"customer {number}", 3])
                bought += 3
            except ResponseError as error:
                assert str(error) == "SOLDOUT only 1 left", error
                return bought

    with ThreadPoolExecutor(THREADS) as pool:
        bought = list(pool.map(customer, range(THREADS)))
    assert client.get("stock") == "1" and sum(bought) == SOLD
    assert {name: int(count) for name, count in client.hgetall("sold").items()} == {f"customer {i}": n for i, n in enumerate(bought) if n}


def loading():
    """A script is known by its SHA-1 until SCRIPT FLUSH; then redis-py loads it again."""
    limit = client.register_script(LIMIT)
    client.script_flush()
    assert client.script_exists(limit.sha) == [False]
    refuses(NoScriptError, "No matching script. Please use EVAL", client.evalsha, limit.sha, 1, "calls", 2, 60_000)
    assert limit(keys=["calls"], args=[2, 60_000])[:2] == [1, 1]
    assert client.script_exists(limit.sha, "0" * 40) == [True, False]
    assert client.script_load(LIMIT) == limit.sha
    assert limit(keys=["calls"], args=[2, 60_000])[:2] == [1, 2]
    over, count, left = limit(keys=["calls"], args=[2, 60_000])
    assert over is None and count == 3 and 50_000 < left <= 60_000, (over, count, left)
    client.script_flush("SYNC")
    for transaction in (True, False):
        client.delete("calls")
        with client.pipeline(transaction=transaction) as pipe:
            pipe.set("before", 1)
            for _ in range(3):
                limit(keys=["calls"], args=[2, 60_000], client=pipe)
            pipe.get("before")
            replies = pipe.execute()
        assert [reply[:2] for reply in replies[1:4]] == [[1, 1], [1, 2], [None, 3]] and replies[4] == "1", replies


def replies():
    def run(script, *keys_and_args, keys=0):
        return client.eval(script, keys, *keys_and_args)

    assert run("return 3.99") == 3 and run("return -3.99") == -3 and run("return 'text'") == "text" and run("return true") == 1
    assert run("return false") is None and run("return nil") is None and run("return redis.status_reply('FINE')") == "FINE"
    assert run("return {1, 'a', {2, 'b'}, false, 5, nil, 6}") == [1, "a", [2, "b"], None, 5]
    assert run("return {KEYS[1], KEYS[2], ARGV[1], #KEYS, #ARGV}", "a", "b", "c", keys=2) == ["a", "b", "c", 2, 1]
    assert run("return redis.sha1hex('')") == "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    assert run("return cjson.encode({name = 'ada', langs = {'en', 'fr'}})") in (
        '{"name":"ada","langs":["en","fr"]}',
        '{"langs":["en","fr"],"name":"ada"}',
    )
    assert run("return cjson.decode(ARGV[1]).a[2]", '{"a":[1,2.5,"x"]}') == 2
    assert run("return cmsgpack.unpack(cmsgpack.pack({1, 'two'}))") == [1, "two"]
    assert run("return redis.call('SET', KEYS[1], ARGV[1])", "k", "v", keys=1) == "OK" and client.get("k") == "v"
    assert run("local r = redis.pcall('INCR', KEYS[1]); return r.err", "k", keys=1).startswith("ERR value is not an integer")
    refuses(ResponseError, "value is not an integer", run, "return redis.call('INCR', KEYS[1])", "k", keys=1)
    refuses(ResponseError, "Error compiling script", run, "return (")
    refuses(ResponseError, "Script attempted to access nonexistent global variable 'nosuch'", run, "return nosuch")
    refuses(ResponseError, "Wrong number of args calling Redis command", run, "return redis.call('GET')")
    refuses(ResponseError, "Number of keys can't be greater than number of args", client.eval, "return 1", 3, "a")
    refuses(ResponseError, "Write commands are not allowed", client.execute_command, "EVAL_RO", "return redis.call('SET', KEYS[1], 1)", 1, "k")
    assert client.execute_command("EVAL_RO", "return redis.call('GET', KEYS[1])", 1, "k") == "v"


async def with_asyncio():
    server = redis.asyncio.Redis(port=port, decode_responses=True)
    buy = server.register_script(BUY)
    await server.set("stock", 100)
    await asyncio.gather(*(buy(keys=["stock", "sold by tasks"], args=[number, 5]) for number in range(20)))
    assert await server.get("stock") == "0" and await server.hlen("sold by tasks") == 20
    await server.close()


shop()
loading()
replies()
asyncio.run(with_asyncio())
print(f"with redis-py {redis.__version__}")
print(f"{THREADS} customers bought {SOLD}, as much as there was")
