#!/usr/bin/python3
"""The classic session store: a dictionary, as JSON, under the id in a cookie, gone when nobody came for a while.

usage: tornado_sessions.py PORT
"""
import json
import secrets
import sys

import memcache
import tornado
import tornado.httpserver
import tornado.testing
import tornado.web

LIFETIME_S = 1800
PORT = sys.argv[1]


class SessionHandler(tornado.web.RequestHandler):
    """Gives each visitor a dictionary, self.session, that outlives the request."""

    def prepare(self):
        self.id = self.get_cookie("session") or secrets.token_urlsafe(16)
        stored = self.application.store.get("session:" + self.id)
        self.session = json.loads(stored) if stored else {}

    def on_finish(self):
        # each visit begins the session's lifetime anew
        self.application.store.set("session:" + self.id, json.dumps(self.session), time=LIFETIME_S)

    def write_page(self, text):
        self.set_cookie("session", self.id, httponly=True)
        self.write(text)


class Count(SessionHandler):
    def get(self):
        self.session["visits"] = self.session.get("visits", 0) + 1
        self.write_page("visit %d" % self.session["visits"])


class Shop(tornado.web.Application):
    def __init__(self):
        self.store = memcache.Client(["127.0.0.1:" + PORT])
        super().__init__([("/", Count)])


class SessionTest(tornado.testing.AsyncHTTPTestCase):
    def get_app(self):
        self.app = Shop()
        return self.app

    def test_visits(self):
        first = self.fetch("/")
        cookie = first.headers["Set-Cookie"].split(";")[0]
        assert first.body == b"visit 1"
        for n in (2, 3):
            assert self.fetch("/", headers={"Cookie": cookie}).body == b"visit %d" % n
        assert self.fetch("/").body == b"visit 1"
        key = "session:" + cookie.split("=", 1)[1].strip('"')
        assert json.loads(self.app.store.get(key)) == {"visits": 3}
        self.app.store.delete(key)
        assert self.fetch("/", headers={"Cookie": cookie}).body == b"visit 1"


sys.argv[1:] = []
import unittest

result = unittest.TextTestRunner(stream=sys.stderr).run(unittest.defaultTestLoader.loadTestsFromTestCase(SessionTest))
print("Tornado", tornado.version)
sys.exit(0 if result.wasSuccessful() else 1)
