#!/usr/bin/python3
"""Django's sessions on django-redis: a user who is logged in stays so when the server is killed and started again (it must keep an append only
file); while it is down, a cache that is told to be forgiving has nothing. usage: sessions.py PORT"""
import http.cookiejar
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server

import site_settings  # first of all: it sets Django up
import django
import django_redis
from django.contrib.auth.models import User
from django.core.cache import cache, caches
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


class Browser:
    """Keeps its cookies."""

    def __init__(self, address):
        self.address, self.jar = address, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, path, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self.opener.open(self.address + path, data, timeout=30) as response:
                return response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code


def ask(what):
    print(what, flush=True)
    assert sys.stdin.readline()


call_command("migrate", verbosity=0)
User.objects.create_user("ada", password="analytical")
site = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=site.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{site.server_port}/"

ada, guest = Browser(address), Browser(address)
assert ada.ask("me") == "nobody" and not list(ada.jar)
assert ada.ask("login", name="ada", password="wrong") == 403
assert ada.ask("login", name="ada", password="analytical") == "welcome"
assert ada.ask("me") == "ada" and guest.ask("me") == "nobody"
assert [guest.ask("visits") for _ in range(3)] == ["1", "2", "3"] and ada.ask("visits") == "1"
assert len(cache.keys("django.contrib.sessions.cache*")) == 2
session = next(cookie.value for cookie in ada.jar if cookie.name == "sessionid")
assert cache.ttl(f"django.contrib.sessions.cache{session}") > 1_209_000

ask("@kill")
forgiving = caches["forgiving"]
assert forgiving.get("k", "nothing") == "nothing" and not forgiving.set("k", 1)
assert Browser(address).ask("visits") == 500  # to one with a cookie Django would give an empty session, and take his cookie
ask("@start")

assert ada.ask("me") == "ada", "the login is lost"
assert guest.ask("visits") == "4" and ada.ask("visits") == "2"
assert forgiving.set("k", 1) and forgiving.get("k") == 1
assert ada.ask("logout") == "goodbye" and ada.ask("me") == "nobody"
assert len(cache.keys("django.contrib.sessions.cache*")) == 1
site.shutdown()
print(f"with Django {django.__version__}, django-redis {django_redis.__version__}")
print("a login outlived its server")
