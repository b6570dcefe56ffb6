#!/usr/bin/python3
"""Sessions of a Tornado site, as hashes that expire, through redis.asyncio; and a page that waits for what others write, by publish/subscribe.
usage: sessions.py PORT [TIMES]"""
import asyncio
import secrets
import sys
import urllib.parse

import redis
import redis.asyncio
import tornado
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
BROWSERS, ROUNDS = 20, 5 * TIMES
LIFETIME = 600  # seconds from the last request on
PATIENCE = 30  # seconds until something that must come is missed

store = redis.asyncio.Redis(port=int(sys.argv[1]), decode_responses=True)


class Page(RequestHandler):
    """Has its session's hash in self.session; what a page changes in it is saved when the page is done."""

    async def prepare(self):
        cookie = self.get_secure_cookie("session")
        self.key = f"session:{cookie.decode() if cookie else secrets.token_hex(16)}"
        if not cookie:
            self.set_secure_cookie("session", self.key.partition(":")[2])
        async with store.pipeline() as pipe:
            self.session, _ = await pipe.hgetall(self.key).expire(self.key, LIFETIME).execute()

    async def save(self, **fields):
        async with store.pipeline() as pipe:
            await pipe.hset(self.key, mapping=fields).expire(self.key, LIFETIME).execute()


class Visits(Page):
    async def get(self):
        await self.save(visits=int(self.session.get("visits", 0)) + 1)
        self.write(str(await store.hget(self.key, "visits")))


class Login(Page):
    async def post(self):
        await self.save(user=self.get_argument("name"))

    async def delete(self):
        await store.delete(self.key)


class Chat(Page):
    async def get(self):
        """Waits for the next word."""
        async with store.pubsub(ignore_subscribe_messages=True) as p:
            await p.subscribe("chat")
            async for message in p.listen():
                self.write(message["data"])
                return

    async def post(self):
        if "user" not in self.session:
            self.send_error(403)
            return
        self.write(str(await store.publish("chat", f"{self.session['user']}: {self.get_argument('word')}")))


class Browser:
    """Keeps its cookie."""

    def __init__(self, address):
        self.address, self.cookie = address, None

    async def ask(self, path, method="GET", **form):
        headers = {"Cookie": self.cookie} if self.cookie else {}
        body = urllib.parse.urlencode(form) if method == "POST" else None
        response = await AsyncHTTPClient().fetch(
            self.address + path, method=method, body=body, headers=headers, raise_error=False, request_timeout=PATIENCE
        )
        for cookie in response.headers.get_list("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        return response.body.decode() if response.code == 200 else response.code


async def visits(address):
    async def visit(_):
        browser = Browser(address)
        assert [await browser.ask("visits") for _ in range(ROUNDS)] == [str(i + 1) for i in range(ROUNDS)]

    await asyncio.gather(*map(visit, range(BROWSERS)))
    keys = [key async for key in store.scan_iter("session:*")]
    assert len(keys) == BROWSERS
    assert all([LIFETIME - 10 < await store.ttl(key) <= LIFETIME for key in keys])


async def chat(address):
    ada, guest = Browser(address), Browser(address)
    readers = [asyncio.create_task(Browser(address).ask("chat")) for _ in range(5)]
    while (await store.pubsub_numsub("chat"))[0][1] < 5:
        await asyncio.sleep(0.01)
    assert await ada.ask("login", "POST", name="ada") == "" and await guest.ask("chat", "POST", word="x") == 403
    assert await ada.ask("chat", "POST", word="hello") == "5"
    assert await asyncio.wait_for(asyncio.gather(*readers), PATIENCE) == ["ada: hello"] * 5
    assert await ada.ask("login", "DELETE") == "" and await ada.ask("chat", "POST", word="x") == 403


async def main():
    await store.flushall()
    pages = [("/visits", Visits), ("/login", Login), ("/chat", Chat)]
    listener, port = bind_unused_port()
    site = HTTPServer(Application(pages, cookie_secret="for a test"))
    site.add_socket(listener)
    AsyncHTTPClient.configure(None, max_clients=100)
    for work in (visits, chat):
        await work(f"http://127.0.0.1:{port}/")
    site.stop()
    await store.close()


asyncio.run(main())
print(f"with Tornado {tornado.version}, redis-py {redis.__version__}")
print(f"{BROWSERS} browsers, {ROUNDS} requests each")
