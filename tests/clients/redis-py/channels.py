#!/usr/bin/python3
"""redis-py's PubSub: get_message, listen, run_in_thread, patterns, keyspace events, many subscribers, a connection that is lost.
usage: channels.py PORT [TIMES]"""
import queue
import sys
import threading
import time

import redis

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
MESSAGES = 500 * TIMES
PATIENCE = 30  # seconds until something that must come is missed

port = int(sys.argv[1])
client = redis.Redis(port=port, decode_responses=True)
client.flushall()
client.config_set("notify-keyspace-events", "KEA")


def expect(pubsub, *wanted):
    """Receives the messages (type, pattern, channel, data) in their order."""
    for want in wanted:
        got = pubsub.get_message(timeout=PATIENCE)
        assert got is not None, f"{want} does not come"
        assert (got["type"], got["pattern"], got["channel"], got["data"]) == want, (got, want)


def by_get_message():
    p = client.pubsub()
    p.subscribe("news", "chat")
    p.psubscribe("n?ws", "[ab]*")
    expect(p, ("subscribe", None, "news", 1), ("subscribe", None, "chat", 2))
    expect(p, ("psubscribe", None, "n?ws", 3), ("psubscribe", None, "[ab]*", 4))
    assert client.publish("news", "hello") == 2
    assert client.publish("chat", "") == 1
    assert client.publish("all", "x" * 100_000) == 1
    assert client.publish("nobody", "x") == 0
    expect(p, ("message", None, "news", "hello"), ("pmessage", "n?ws", "news", "hello"))
    expect(p, ("message", None, "chat", ""), ("pmessage", "[ab]*", "all", "x" * 100_000))
    p.ping("still there")
    expect(p, ("pong", None, None, "still there"))
    p.unsubscribe("news")
    p.punsubscribe()
    expect(p, ("unsubscribe", None, "news", 3))
    left = sorted((p.get_message(timeout=PATIENCE) for _ in range(2)), key=lambda m: -m["data"])
    assert [m["data"] for m in left] == [2, 1] and {m["channel"] for m in left} == {"n?ws", "[ab]*"}, left
    p.unsubscribe()
    expect(p, ("unsubscribe", None, "chat", 0))
    assert not p.subscribed
    p.subscribe("again")
    expect(p, ("subscribe", None, "again", 1))
    p.close()


def in_a_thread():
    got = queue.Queue()
    p = client.pubsub(ignore_subscribe_messages=True)
    p.subscribe(**{"orders": got.put})
    p.psubscribe(**{"order?": got.put})
    thread = p.run_in_thread(sleep_time=0.01, daemon=True)
    deadline = time.monotonic() + PATIENCE
    while client.publish("orders", "begin") < 2:
        assert time.monotonic() < deadline
    for i in range(MESSAGES):
        client.publish("orders", i)
    wanted = [str(i) for i in range(MESSAGES)]
    seen = {"message": [], "pmessage": []}
    while min(map(len, seen.values())) < MESSAGES:
        message = got.get(timeout=PATIENCE)
        if message["data"] != "begin":
            seen[message["type"]].append(message["data"])
    assert seen == {"message": wanted, "pmessage": wanted}
    thread.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def to_many():
    """Ten subscribers that listen, four threads that publish: each sees all, and all see one order."""
    subscribers = [client.pubsub(ignore_subscribe_messages=True) for _ in range(10)]
    for p in subscribers:
        p.subscribe("all")
        assert p.get_message(timeout=PATIENCE) is None  # the confirmation
    orders = [[] for _ in subscribers]

    def listen(p, order):
        for message in p.listen():
            order.append(message["data"])
            if len(order) == 4 * MESSAGES:
                break

    def publish(number):
        pipe = redis.Redis(port=port).pipeline(transaction=number % 2 == 0)
        for i in range(MESSAGES):
            pipe.publish("all", f"{number}:{i}")
        assert pipe.execute() == [10] * MESSAGES

    threads = [threading.Thread(target=listen, args=pair) for pair in zip(subscribers, orders)]
    threads += [threading.Thread(target=publish, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.daemon = True
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert all(order == orders[0] for order in orders), "subscribers see different orders"
    for number in range(4):
        mine = [text for text in orders[0] if text.startswith(f"{number}:")]
        assert mine == [f"{number}:{i}" for i in range(MESSAGES)], "a publisher's messages out of order"
    for p in subscribers:
        p.close()


def events():
    p = client.pubsub(ignore_subscribe_messages=True)
    p.subscribe("__keyevent@0__:expired", "__keyevent@0__:del")
    p.psubscribe("__keyspace@0__:session:*")
    for _ in range(3):
        assert p.get_message(timeout=PATIENCE) is None
    client.set("session:1", "x", px=50)
    client.incr("session:2")
    client.rename("session:2", "session:3")
    client.delete("session:3")
    space, got = "__keyspace@0__:session:*", []
    while ("message", "__keyevent@0__:expired", "session:1") not in got:
        message = p.get_message(timeout=PATIENCE)
        assert message is not None, got
        got.append((message["type"], message["channel"], message["data"]))
    in_order = [(channel.rpartition(":")[2], data) for kind, channel, data in got if data != "expired" and channel[-7:] != "expired"]
    assert in_order == [
        ("1", "set"), ("1", "expire"), ("2", "incrby"), ("2", "rename_from"), ("3", "rename_to"), ("3", "del"), ("del", "session:3"),
    ], got  # fmt: skip
    assert ("pmessage", "__keyspace@0__:session:1", "expired") in got, got
    redis.Redis(port=port, db=1).set("session:9", "x")
    client.set("session:4", "x")
    expect(p, ("pmessage", space, "__keyspace@0__:session:4", "set"))
    p.close()


def lost():
    """The server closes the connection: redis-py tells of it once, then connects again and subscribes anew."""
    p = client.pubsub()
    p.subscribe("news")
    p.psubscribe("p*")
    expect(p, ("subscribe", None, "news", 1), ("psubscribe", None, "p*", 2))
    assert client.client_kill_filter(_type="pubsub") >= 1  # those that left just now may count
    try:
        p.get_message(timeout=PATIENCE)
        sys.exit("the connection that was killed lives")
    except redis.ConnectionError:
        pass
    got = []
    while len(got) < 2:
        message = p.get_message(timeout=PATIENCE)
        assert message is not None, got
        got.append((message["type"], message["channel"]))
    assert sorted(got) == [("psubscribe", "p*"), ("subscribe", "news")], got
    assert client.publish("news", "back") == 1
    expect(p, ("message", None, "news", "back"))
    p.close()


by_get_message()
in_a_thread()
to_many()
events()
lost()
print(f"{MESSAGES} messages a publisher")
