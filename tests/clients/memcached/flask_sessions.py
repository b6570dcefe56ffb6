#!/usr/bin/python3
"""Sessions of Flask in memcached (Flask-Session).

usage: flask_sessions.py PORT
"""
import sys

import flask
import flask_session
import memcache

app = flask.Flask("shop")
app.config.update(SESSION_TYPE="memcached", SESSION_MEMCACHED=memcache.Client(["127.0.0.1:" + sys.argv[1]]), SESSION_KEY_PREFIX="session:")
flask_session.Session(app)


@app.route("/add/<thing>")
def add(thing):
    flask.session["basket"] = flask.session.get("basket", []) + [thing]
    return ",".join(flask.session["basket"])


@app.route("/leave")
def leave():
    flask.session.clear()
    return "bye"


one, two = app.test_client(), app.test_client()
assert one.get("/add/tea").data == b"tea"
assert two.get("/add/milk").data == b"milk"
assert one.get("/add/cake").data == b"tea,cake"
assert one.get("/leave").data == b"bye"
assert one.get("/add/tea").data == b"tea"
assert two.get("/add/jam").data == b"milk,jam"
print("Flask-Session", flask_session.__version__)
