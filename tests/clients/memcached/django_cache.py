#!/usr/bin/python3
"""Django's cache backends for memcached, and its sessions in them.

usage: django_cache.py PORT
"""
import sys

import django
from django.conf import settings

at = "127.0.0.1:" + sys.argv[1]
backends = {"default": "PyMemcacheCache", "libmc": "PyLibMCCache"}
settings.configure(
    CACHES={name: {"BACKEND": "django.core.cache.backends.memcached." + backend, "LOCATION": at, "KEY_PREFIX": name}
            for name, backend in backends.items()},
    SESSION_ENGINE="django.contrib.sessions.backends.cache", SECRET_KEY="x", INSTALLED_APPS=["django.contrib.sessions"])
django.setup()

from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import caches

for name in backends:
    cache = caches[name]
    cache.clear()
    cache.set("a", {"n": [1, None, "grüße"]}, 100)
    assert cache.get("a") == {"n": [1, None, "grüße"]}
    assert cache.get("none", "?") == "?"
    assert cache.add("b", 1) and not cache.add("b", 2)
    assert cache.incr("b") == 2 and cache.decr("b") == 1
    try:
        cache.incr("none")
        raise SystemExit("incr made a key")
    except ValueError:
        pass
    assert cache.set_many({"x": 1, "y": "2"}) == []
    assert cache.get_many(["x", "y", "z"]) == {"x": 1, "y": "2"}
    assert cache.touch("a", 50) and not cache.touch("none", 50)
    cache.set("gone", 1, 0)
    assert cache.get("gone") is None
    cache.set("forever", 1, None)
    assert "forever" in cache
    assert cache.get_or_set("made", lambda: 7, 100) == 7
    assert cache.delete("a") and not cache.delete("a")
    cache.delete_many(["x", "y"])
    cache.set("v", 1, version=2)
    assert cache.get("v") is None and cache.get("v", version=2) == 1 and cache.incr_version("v", version=2) == 3
    cache.clear()
    assert cache.get("b") is None

session = SessionStore()
session["user"] = {"id": 7}
session.set_expiry(100)
session.save()
again = SessionStore(session_key=session.session_key)
assert again["user"] == {"id": 7}
again.flush()
assert not SessionStore(session_key=session.session_key).exists(session.session_key)
print("Django", django.get_version())
