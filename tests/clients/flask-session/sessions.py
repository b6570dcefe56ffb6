#!/usr/bin/python3
"""Flask-Session: a shop's carts in a server, for many browsers at once, with a lifetime, signed cookies and a logout. usage: sessions.py PORT [TIMES]"""
import http.cookiejar
import sys
import threading
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import redis
from flask import Flask, request, session
from flask_session import Session
from werkzeug.serving import WSGIRequestHandler, make_server

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
BROWSERS, ROUNDS = 8, 10 * TIMES

store = redis.Redis(port=int(sys.argv[1]))
store.flushall()


def shop(**settings):
    app = Flask("shop")
    app.config.update(SECRET_KEY="for a test", SESSION_TYPE="redis", SESSION_REDIS=store, PERMANENT_SESSION_LIFETIME=600, **settings)
    Session(app)

    @app.post("/add")
    def add():
        session["cart"] = [*session.get("cart", []), request.form["what"]]
        return str(len(session["cart"]))

    @app.get("/cart")
    def cart():
        return ",".join(session.get("cart", []))

    @app.get("/logout")
    def logout():
        session.clear()
        return "goodbye"

    return app


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        pass


def serve(app):
    site = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{site.server_port}/"


class Browser:
    """Keeps its cookies."""

    def __init__(self, address):
        self.address, self.jar = address, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, path, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        with self.opener.open(self.address + path, data, timeout=30) as response:
            return response.read().decode()

    def cookie(self):
        return next(cookie for cookie in self.jar if cookie.name == "session")


def many(address):
    def buy(number):
        browser = Browser(address)
        for i in range(ROUNDS):
            assert browser.ask("add", what=f"{number}-{i}") == str(i + 1)
        assert browser.ask("cart") == ",".join(f"{number}-{i}" for i in range(ROUNDS))
        return browser

    with ThreadPoolExecutor(BROWSERS) as pool:
        return list(pool.map(buy, range(BROWSERS)))


for signed in (False, True):
    store.flushall()
    address = serve(shop(SESSION_USE_SIGNER=signed, SESSION_KEY_PREFIX="shop:"))
    browsers = many(address)
    keys = list(store.scan_iter("shop:*"))
    assert len(keys) == BROWSERS == store.dbsize() and all(590 < store.ttl(key) <= 600 for key in keys)
    first = browsers[0]
    identity = first.cookie().value.partition(".")[0] if signed else first.cookie().value
    assert b"shop:" + identity.encode() in keys
    assert first.ask("logout") == "goodbye" and store.exists("shop:" + identity) == 0 and first.ask("cart") == ""
    store.delete(*store.scan_iter("shop:*"))
    assert browsers[1].ask("cart") == "", "a session that the server has not"
    assert browsers[1].ask("add", what="anew") == "1"

print(f"with Flask {version('flask')}, Flask-Session {version('flask-session')}, redis-py {redis.__version__}")
print(f"{BROWSERS} browsers, {ROUNDS} requests each")
